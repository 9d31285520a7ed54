// Package propagate reads and writes trace contexts in the headers of a
// request: what a service is told by its caller, and what it tells the next.
//
// A header table is a map from header name to values, as in net/http and in
// the metadata of gRPC. Nothing here returns an error: what is malformed is
// ignored, as the specification asks, and costs time that is bounded by the
// length of the header and by the limits of the format. Nothing here knows
// spans; the agent turns a Context into one.
//
// Another format (B3, Jaeger, EagleEye, baggage) is one more type that
// implements Format, in a file of its own, and one more line in ByName.
package propagate

// Context is what travels: who started the trace, which span is the parent and
// whether it is recorded. The zero value is "none".
type Context struct {
	TraceID [16]byte
	SpanID  [8]byte
	Flags   byte   // the bits FlagSampled and FlagRandom, all others are zero
	State   string // W3C tracestate, already checked; empty if there is none
}

// The trace flags that are known to the W3C recommendation.
const (
	FlagSampled byte = 1 << 0 // the caller records this trace
	FlagRandom  byte = 1 << 1 // the right half of the trace id is random
)

// Valid reports whether neither id is all zero.
func (c Context) Valid() bool {
	return c.TraceID != [16]byte{} && c.SpanID != [8]byte{}
}

// Sampled reports whether the caller records this trace.
func (c Context) Sampled() bool { return c.Flags&FlagSampled != 0 }

// Format is one way to write a Context in headers. Contexts go by value, so
// that none of them has to live on the heap.
type Format interface {
	// Extract returns the context in h, and false if there is none that is valid.
	Extract(h map[string][]string) (Context, bool)
	// Inject writes c to h, unless h has one of this format already.
	Inject(h map[string][]string, c Context)
}

// Formats is a list of formats in order of preference.
type Formats []Format

// Default is what OTEL_PROPAGATORS means when it is unset (baggage is not
// carried yet).
var Default = Formats{W3C{}}

// Extract returns the context of the first format that has a valid one.
func (f Formats) Extract(h map[string][]string) (Context, bool) {
	for _, format := range f {
		if c, ok := format.Extract(h); ok {
			return c, true
		}
	}
	return Context{}, false
}

// Inject writes c in every format.
func (f Formats) Inject(h map[string][]string, c Context) {
	for _, format := range f {
		format.Inject(h, c)
	}
}

// ByName returns the format that OTEL_PROPAGATORS calls name, and false if
// there is none. "none" is not a format: the caller knows it.
func ByName(name string) (Format, bool) {
	if name == "tracecontext" {
		return W3C{}, true
	}
	return nil, false
}

// values returns the values of a header, by its canonical name or, as HTTP/2
// and gRPC write it, in lower case.
func values(h map[string][]string, canonical, lower string) []string {
	if v, ok := h[canonical]; ok {
		return v
	}
	return h[lower]
}
