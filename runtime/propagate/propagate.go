package propagate

// Context is the context that travels with a request: the trace id, the parent's span id and
// whether it is recorded. The zero value means none.
type Context struct {
	TraceID [16]byte
	SpanID  [8]byte
	Flags   byte     // the bits FlagSampled and FlagRandom, all others are zero
	Hints   byte     // additional information of other formats, see below
	State   string   // W3C tracestate, already validated; empty if there is none
	Carried *Carried // data that travels beside the ids; usually nil
}

// The trace flags that the W3C recommendation defines.
const (
	FlagSampled byte = 1 << 0 // the caller records this trace
	FlagRandom  byte = 1 << 1 // the right half of the trace id is random
)

// Hints are information that W3C's flags cannot express.
const (
	Debug      byte = 1 << iota // B3, Jaeger: always recorded; FlagSampled is set, too
	Deferred                    // the caller leaves it to the receiver whether to record
	Structured                  // EagleEye: the trace id is not a random number
)

// Valid reports whether neither id is all zeros.
func (c *Context) Valid() bool {
	return c.TraceID != [16]byte{} && c.SpanID != [8]byte{}
}

// hasContent reports whether there is anything to pass on. Baggage needs no parent.
func (c *Context) hasContent() bool {
	return c.Valid() || c.Carried != nil && len(c.Carried.baggage) > 0
}

// Sampled reports whether the caller records this trace.
func (c *Context) Sampled() bool { return c.Flags&FlagSampled != 0 }

// Carried is data that the spans of one request share and do not read. It never changes, except for
// a counter.
type Carried struct {
	baggage []string // the values of the header
	eagle   eagleState
}

// Format is one way to write a Context in headers. Contexts are passed by value, so that none of
// them has to be on the heap; a context that is read is written to its final place.
type Format interface {
	// IDs reports whether this format names the parent. Baggage does not.
	IDs() bool
	// Present reports whether h has a header of this format, valid or not.
	Present(h map[string][]string) bool
	// Extract puts the ids in h into c, which is all zeros, and returns false if there are no
	// valid ones: then c may have any content.
	Extract(h map[string][]string, c *Context) bool
	// Carry returns what, with the data in h that travels beside the ids of the given trace,
	// which is all zeros if none is known. If there is no such data it returns what itself.
	Carry(h map[string][]string, traceID [16]byte, what *Carried) *Carried
	// Inject writes c to h, replacing headers of this format.
	Inject(h map[string][]string, c Context)
	// Remove deletes from h the headers that Present looks for.
	Remove(h map[string][]string)
}

// Formats is a list of formats in order of preference.
type Formats []Format

// Default is the value of OTEL_PROPAGATORS if it is unset.
var Default = Formats{W3C{}, Baggage{}}

// ByName returns the format that OTEL_PROPAGATORS calls name, and false if there is none. "none" is
// not a format: the caller handles it.
func ByName(name string) (Format, bool) {
	switch name {
	case "tracecontext":
		return W3C{}, true
	case "baggage":
		return Baggage{}, true
	case "b3":
		return B3{}, true
	case "b3multi":
		return B3{Multi: true}, true
	case "jaeger":
		return Jaeger{}, true
	case "eagleeye":
		return EagleEye{}, true
	}
	return nil, false
}

// Extract puts the context of the first format that has a valid one into c, which is all zeros, and
// returns false if there is none. Carried data is set in either case.
func (f Formats) Extract(h map[string][]string, c *Context) bool {
	ok := f.extractIDs(h, c)
	for _, format := range f {
		c.Carried = format.Carry(h, c.TraceID, c.Carried)
	}
	return ok
}

func (f Formats) extractIDs(h map[string][]string, c *Context) bool {
	for _, format := range f {
		if format.Extract(h, c) {
			return true
		}
		*c = Context{}
	}
	return false
}

// Begin returns the data carried by a trace that begins without a request; usually nil.
func (f Formats) Begin() (what *Carried) {
	for _, format := range f {
		what = format.Carry(nil, [16]byte{}, what)
	}
	return what
}

// Present reports whether h names the parent in any of the formats, valid or not: somebody has set
// it.
func (f Formats) Present(h map[string][]string) bool {
	for _, format := range f {
		if format.IDs() && format.Present(h) {
			return true
		}
	}
	return false
}

// Inject writes c to h in every format, unless h already names the parent. Existing baggage is
// kept. Without ids only baggage is written.
func (f Formats) Inject(h map[string][]string, c Context) { f.InjectBeside(h, h, c) }

// InjectBeside is Inject for headers in two tables: own is only read, extra is written to.
func (f Formats) InjectBeside(extra, own map[string][]string, c Context) {
	if extra == nil || !c.hasContent() || f.Present(own) {
		return
	}
	f.write(extra, own, c)
}

func (f Formats) write(extra, own map[string][]string, c Context) {
	for _, format := range f {
		if ids := format.IDs(); ids && c.Valid() || !ids && !format.Present(own) {
			format.Inject(extra, c)
		}
	}
}

// Outgoing returns a copy of h with c in it, which replaces a context of the same trace: a proxy
// has passed on the headers of the request that it serves, or an inner span has written it. It
// returns nil if h is to be sent unchanged, because its context is of another trace or of none: the
// program's own choice.
func (f Formats) Outgoing(h map[string][]string, c Context) map[string][]string {
	if len(f) == 0 || !c.hasContent() {
		return nil
	}
	present := f.Present(h)
	if present {
		var theirs Context
		if !f.extractIDs(h, &theirs) || theirs.TraceID != c.TraceID {
			return nil
		}
	}
	out := make(map[string][]string, len(h)+2)
	for k, v := range h {
		out[k] = v
	}
	for _, format := range f {
		if present && format.IDs() {
			format.Remove(out)
		}
	}
	f.write(out, out, c)
	if !present && len(out) == len(h) {
		return nil // nothing to add
	}
	return out
}

// header is a header's name: in the form of net/http, in that of HTTP/2 and gRPC, and, if that
// differs from both, as its inventors write it.
type header struct{ canonical, lower, original string }

// values returns the values in h, and whether there is an entry.
func (n *header) values(h map[string][]string) ([]string, bool) {
	if v, ok := h[n.canonical]; ok {
		return v, true
	}
	if v, ok := h[n.lower]; ok || n.original == "" {
		return v, ok
	}
	v, ok := h[n.original]
	return v, ok
}

// single returns the value of a header that may occur once; "" means none.
func (n *header) single(h map[string][]string) string {
	if v, _ := n.values(h); len(v) == 1 {
		return v[0]
	}
	return ""
}

func (n *header) present(h map[string][]string) bool {
	_, ok := n.values(h)
	return ok
}

func (n *header) remove(h map[string][]string) {
	delete(h, n.canonical)
	delete(h, n.lower)
	if n.original != "" {
		delete(h, n.original)
	}
}

// isHeaderText reports whether s may be a header's value, or a part of one.
func isHeaderText(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; (c < ' ' && c != '\t') || c > '~' {
			return false
		}
	}
	return true
}
