package propagate

import (
	"strings"
	"unsafe"
)

// B3 is Zipkin's B3. It reads the header b3 and the X-B3- headers, and writes the former, or the
// latter if Multi is set.
type B3 struct{ Multi bool }

var (
	b3Single  = header{canonical: "B3", lower: "b3"}
	b3Trace   = header{canonical: "X-B3-Traceid", lower: "x-b3-traceid", original: "X-B3-TraceId"}
	b3Span    = header{canonical: "X-B3-Spanid", lower: "x-b3-spanid", original: "X-B3-SpanId"}
	b3Parent  = header{canonical: "X-B3-Parentspanid", lower: "x-b3-parentspanid", original: "X-B3-ParentSpanId"}
	b3Sampled = header{canonical: "X-B3-Sampled", lower: "x-b3-sampled"}
	b3Flags   = header{canonical: "X-B3-Flags", lower: "x-b3-flags"}

	b3Headers = [...]*header{&b3Single, &b3Trace, &b3Span, &b3Sampled, &b3Flags, &b3Parent}
)

// IDs implements Format.
func (B3) IDs() bool { return true }

// Present implements Format. A sampling state without ids counts as well: somebody has set it.
func (B3) Present(h map[string][]string) bool {
	return b3Single.present(h) || b3Trace.present(h) || b3Sampled.present(h) || b3Flags.present(h)
}

// Remove implements Format.
func (B3) Remove(h map[string][]string) {
	for _, name := range b3Headers {
		name.remove(h)
	}
}

// Carry implements Format.
func (B3) Carry(_ map[string][]string, _ [16]byte, what *Carried) *Carried { return what }

// Extract implements Format. If the single header is malformed the others are read.
func (B3) Extract(h map[string][]string, c *Context) (ok bool) {
	if *c, ok = ParseB3(b3Single.single(h)); ok {
		return true
	}
	trace := b3Trace.single(h)
	if trace == "" {
		return false
	}
	for _, name := range b3Headers[1:] {
		if v, _ := name.values(h); len(v) > 1 {
			return false
		}
	}
	*c, ok = parseB3(trace, b3Span.single(h), b3Parent.single(h), b3State(b3Sampled.single(h), b3Flags.single(h)))
	return ok
}

// b3State converts the two headers to the form of the single one; "" means none, and "x" means
// malformed.
func b3State(sampled, flags string) string {
	state := ""
	switch {
	case sampled == "":
	case sampled == "0" || strings.EqualFold(sampled, "false"):
		state = "0"
	case sampled == "1" || strings.EqualFold(sampled, "true"):
		state = "1"
	default:
		return "x"
	}
	if flags == "1" {
		return "d"
	}
	return state
}

// ParseB3 reads the value of the single header. Ids are required.
func ParseB3(s string) (Context, bool) {
	const span, parent = 16, 16
	trace := 16
	if len(s) > trace && s[trace] != '-' {
		trace = 32
	}
	if len(s) < trace+1+span || s[trace] != '-' {
		return Context{}, false
	}
	traceID, spanID, rest := s[:trace], s[trace+1:trace+1+span], s[trace+1+span:]
	switch {
	case rest == "":
		return parseB3(traceID, spanID, "", "")
	case rest[0] != '-' || len(rest) != 2 && (len(rest) != 2+1+parent || rest[2] != '-'):
		return Context{}, false
	case len(rest) == 2:
		return parseB3(traceID, spanID, "", rest[1:2])
	}
	return parseB3(traceID, spanID, rest[3:], rest[1:2])
}

func parseB3(trace, span, parent, state string) (c Context, ok bool) {
	if len(trace) != 32 && len(trace) != 16 || len(span) != 16 ||
		!hexNumber(c.TraceID[:], trace) || !hexNumber(c.SpanID[:], span) {
		return Context{}, false
	}
	var ignored [8]byte
	if parent != "" && (len(parent) != 16 || !hexNumber(ignored[:], parent)) {
		return Context{}, false
	}
	switch state {
	case "":
		c.Hints = Deferred
	case "0":
	case "1":
		c.Flags = FlagSampled
	case "d":
		c.Flags, c.Hints = FlagSampled, Debug
	default:
		return Context{}, false
	}
	if !c.Valid() {
		return Context{}, false
	}
	return c, true
}

// undecided is the sampling state of a context that leaves the decision to the receiver: no state
// is written.
const undecided = 3

// Inject implements Format. It makes one allocation.
func (f B3) Inject(h map[string][]string, c Context) {
	state := 0
	switch {
	case c.Hints&Debug != 0:
		state = 2
	case c.Sampled():
		state = 1
	case c.Hints&Deferred != 0: // nobody has decided: it is passed on unchanged
		state = undecided
	}
	if f.Multi {
		injectMultiB3(h, &c, state)
		return
	}
	p := new(headerValue)
	text := append(appendTraceID(p.text[:0], &c.TraceID), '-')
	text = AppendHex(text, c.SpanID[:])
	if state != undecided {
		text = append(text, '-', "01d"[state])
	}
	h[b3Single.canonical] = p.set(text)
}

// b3Values is like headerValue, for three headers.
type b3Values struct {
	values [3]string
	text   [48]byte
}

func injectMultiB3(h map[string][]string, c *Context, state int) {
	p := new(b3Values)
	trace := appendTraceID(p.text[:0], &c.TraceID)
	span := AppendHex(trace[len(trace):], c.SpanID[:])
	p.values[0] = *(*string)(unsafe.Pointer(&trace))
	p.values[1] = *(*string)(unsafe.Pointer(&span))
	name := b3Sampled.canonical
	switch state {
	case 0:
		p.values[2] = "0"
	case 1:
		p.values[2] = "1"
	default:
		p.values[2] = "1"
		name = b3Flags.canonical
	}
	h[b3Trace.canonical] = p.values[0:1:1]
	h[b3Span.canonical] = p.values[1:2:2]
	if state != undecided {
		h[name] = p.values[2:3:3]
	}
}
