package propagate

import (
	"strings"
	"unsafe"
)

// W3C is the W3C Trace Context recommendation: the headers traceparent and tracestate.
type W3C struct{}

var (
	traceparent = header{canonical: "Traceparent", lower: "traceparent"}
	tracestate  = header{canonical: "Tracestate", lower: "tracestate"}
)

const (
	// TraceparentLen is the length of a traceparent of version 00.
	TraceparentLen = 55

	maxMembers = 32
	maxKeyLen  = 256
	maxValue   = 256
	// maxTracestate is the length of the longest valid list: 32 members, their commas, and some
	// white space.
	maxTracestate = maxMembers * (maxKeyLen + 1 + maxValue + 3)
)

// IDs implements Format.
func (W3C) IDs() bool { return true }

// Present implements Format. A tracestate alone does not count.
func (W3C) Present(h map[string][]string) bool { return traceparent.present(h) }

// Remove implements Format.
func (W3C) Remove(h map[string][]string) {
	traceparent.remove(h)
	tracestate.remove(h)
}

// Carry implements Format.
func (W3C) Carry(_ map[string][]string, _ [16]byte, what *Carried) *Carried { return what }

// Extract implements Format. More than one traceparent is malformed; more than one tracestate is
// one list in several parts.
func (W3C) Extract(h map[string][]string, c *Context) bool {
	parent, state := h[traceparent.canonical], tracestate.canonical
	if parent == nil { // a table with one of them in lower case has the other in lower case, too
		parent, state = h[traceparent.lower], tracestate.lower
	}
	if len(parent) != 1 || !parseTraceparent(parent[0], c) {
		return false
	}
	if list := h[state]; len(list) > 0 {
		c.State = joinTracestate(list)
	}
	return true
}

// headerValue is a header's value and the list that holds it, in one allocation.
type headerValue struct {
	values [1]string
	text   [TraceparentLen]byte
}

// set makes text, which must be in p.text and is never written again, the value.
func (p *headerValue) set(text []byte) []string {
	p.values[0] = *(*string)(unsafe.Pointer(&text))
	return p.values[:]
}

// Inject implements Format. It makes one allocation, two with a tracestate.
func (W3C) Inject(h map[string][]string, c Context) {
	p := new(headerValue)
	h[traceparent.canonical] = p.set(AppendTraceparent(p.text[:0], c))
	if c.State != "" {
		h[tracestate.canonical] = []string{c.State}
	}
}

// ParseTraceparent reads one traceparent. It accepts version 00 exactly, and of later versions the
// part that has the layout of version 00; version ff, upper case, ids of all zeros and other
// lengths are malformed.
func ParseTraceparent(s string) (Context, bool) {
	var c Context
	ok := parseTraceparent(s, &c)
	return c, ok
}

func parseTraceparent(s string, c *Context) bool {
	if len(s) < TraceparentLen || s[2] != '-' || s[35] != '-' || s[52] != '-' {
		return false
	}
	version, ok := hexByte(s[0], s[1])
	if !ok || version == 0xff {
		return false
	}
	if len(s) > TraceparentLen && (version == 0 || s[TraceparentLen] != '-') {
		return false
	}
	flags, ok := hexByte(s[53], s[54])
	if !ok || !hexBytes(c.TraceID[:], s[3:35]) || !hexBytes(c.SpanID[:], s[36:52]) {
		return false
	}
	c.Flags = flags & (FlagSampled | FlagRandom)
	return c.Valid()
}

// AppendTraceparent appends c as a traceparent of version 00, 55 bytes.
func AppendTraceparent(b []byte, c Context) []byte {
	b = append(b, "00-"...)
	b = AppendHex(b, c.TraceID[:])
	b = append(b, '-')
	b = AppendHex(b, c.SpanID[:])
	return append(b, '-', lowerHex[c.Flags>>4], lowerHex[c.Flags&15])
}

// joinTracestate returns the list as one string, or "" if it is malformed: a malformed tracestate
// must not make the traceparent useless.
func joinTracestate(parts []string) string {
	total := 0
	for _, p := range parts {
		if total += len(p) + 1; total > maxTracestate {
			return ""
		}
	}
	state := ""
	switch len(parts) {
	case 0:
		return ""
	case 1:
		state = parts[0]
	default:
		state = strings.Join(parts, ",")
	}
	if !ValidTracestate(state) {
		return ""
	}
	return state
}

// ValidTracestate reports whether s is a list of 1 to 32 members key=value with different keys.
// Empty members are allowed and not counted.
func ValidTracestate(s string) bool {
	if len(s) > maxTracestate {
		return false
	}
	var keys [maxMembers]string
	n := 0
	for more := true; more; {
		var member string
		if comma := strings.IndexByte(s, ','); comma >= 0 {
			member, s = s[:comma], s[comma+1:]
		} else {
			member, more = s, false
		}
		member = strings.Trim(member, " \t")
		if member == "" {
			continue
		}
		equals := strings.IndexByte(member, '=')
		if equals < 0 || n == maxMembers {
			return false
		}
		key := member[:equals]
		if !validKey(key) || !validValue(member[equals+1:]) {
			return false
		}
		for _, k := range keys[:n] {
			if k == key {
				return false
			}
		}
		keys[n] = key
		n++
	}
	return n > 0
}

// validKey accepts both forms: simple, and tenant@system.
func validKey(key string) bool {
	at := strings.IndexByte(key, '@')
	if at < 0 {
		return len(key) <= maxKeyLen && validKeyPart(key, false)
	}
	tenant, system := key[:at], key[at+1:]
	return len(tenant) <= 241 && len(system) <= 14 && validKeyPart(tenant, true) && validKeyPart(system, false)
}

// validKeyPart checks one identifier; digit is true if it may begin with a digit.
func validKeyPart(s string, digit bool) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z':
		case '0' <= c && c <= '9':
			if i == 0 && !digit {
				return false
			}
		case c == '_' || c == '-' || c == '*' || c == '/':
			if i == 0 {
				return false
			}
		default:
			return false
		}
	}
	return s != ""
}

func validValue(s string) bool {
	if s == "" || len(s) > maxValue {
		return false
	}
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c > '~' || c == ',' || c == '=' {
			return false
		}
	}
	return s[len(s)-1] != ' '
}
