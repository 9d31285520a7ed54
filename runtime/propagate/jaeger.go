package propagate

import "strings"

// Jaeger is the format of Jaeger's own clients: the header uber-trace-id.
type Jaeger struct{}

var jaeger = header{canonical: "Uber-Trace-Id", lower: "uber-trace-id"}

// The flags of Jaeger that are supported.
const (
	jaegerSampled = 1 << 0
	jaegerDebug   = 1 << 1
)

// maxJaeger is the length of the longest valid header: 32, 16, 16 and 2 digits and three
// percent-encoded colons.
const maxJaeger = 32 + 16 + 16 + 2 + 3*3

// IDs implements Format.
func (Jaeger) IDs() bool { return true }

// Present implements Format.
func (Jaeger) Present(h map[string][]string) bool { return jaeger.present(h) }

// Remove implements Format.
func (Jaeger) Remove(h map[string][]string) { jaeger.remove(h) }

// Carry implements Format.
func (Jaeger) Carry(_ map[string][]string, _ [16]byte, what *Carried) *Carried { return what }

// Extract implements Format.
func (Jaeger) Extract(h map[string][]string, c *Context) (ok bool) {
	*c, ok = ParseJaeger(jaeger.single(h))
	return ok
}

// ParseJaeger reads one header. Ids may lack leading zeros; the parent may be anything.
func ParseJaeger(s string) (c Context, ok bool) {
	if len(s) > maxJaeger {
		return Context{}, false
	}
	trace, s, ok1 := jaegerPart(s)
	span, s, ok2 := jaegerPart(s)
	_, s, ok3 := jaegerPart(s)
	flags, _, more := jaegerPart(s)
	if !ok1 || !ok2 || !ok3 || more || !hexNumber(c.TraceID[:], trace) || !hexNumber(c.SpanID[:], span) {
		return Context{}, false
	}
	var bits [1]byte
	if flags != "" && !hexNumber(bits[:], flags) || !c.Valid() {
		return Context{}, false
	}
	if bits[0]&jaegerSampled != 0 {
		c.Flags = FlagSampled
		if bits[0]&jaegerDebug != 0 {
			c.Hints = Debug
		}
	}
	return c, true
}

// jaegerPart cuts s at its first colon; if there is none, the part is all of s.
func jaegerPart(s string) (part, rest string, more bool) {
	for i := 0; i < len(s); i++ {
		if s[i] == ':' {
			return s[:i], s[i+1:], true
		}
		if s[i] == '%' && len(s) >= i+3 && strings.EqualFold(s[i:i+3], "%3a") {
			return s[:i], s[i+3:], true
		}
	}
	return s, "", false
}

// Inject implements Format. It makes one allocation.
func (Jaeger) Inject(h map[string][]string, c Context) {
	flags := byte('0')
	switch {
	case c.Hints&Debug != 0:
		flags = '0' + jaegerSampled | jaegerDebug
	case c.Sampled():
		flags = '0' + jaegerSampled
	}
	p := new(headerValue)
	text := append(appendTraceID(p.text[:0], &c.TraceID), ':')
	h[jaeger.canonical] = p.set(append(AppendHex(text, c.SpanID[:]), ':', '0', ':', flags))
}
