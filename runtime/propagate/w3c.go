package propagate

import (
	"strings"
	"unsafe"
)

// W3C is the W3C Trace Context recommendation: the headers traceparent and
// tracestate.
type W3C struct{}

const (
	traceparentKey   = "Traceparent"
	traceparentLower = "traceparent"
	tracestateKey    = "Tracestate"
	tracestateLower  = "tracestate"

	// TraceparentLen is the length of a traceparent of version 00.
	TraceparentLen = 55

	maxMembers = 32
	maxKeyLen  = 256
	maxValue   = 256
	// No valid list is longer: 32 members, their commas, and some white space.
	maxTracestate = maxMembers * (maxKeyLen + 1 + maxValue + 3)
)

// Extract implements Format. More than one traceparent is malformed; more than
// one tracestate is one list in several parts.
func (W3C) Extract(h map[string][]string) (Context, bool) {
	parents := values(h, traceparentKey, traceparentLower)
	if len(parents) != 1 {
		return Context{}, false
	}
	c, ok := ParseTraceparent(parents[0])
	if !ok {
		return Context{}, false
	}
	c.State = joinTracestate(values(h, tracestateKey, tracestateLower))
	return c, true
}

// injected is a header's value and the list that holds it, in one allocation.
type injected struct {
	values [1]string
	text   [TraceparentLen]byte
}

// Inject implements Format. One allocation, two with a tracestate.
func (W3C) Inject(h map[string][]string, c Context) {
	if h == nil || !c.Valid() {
		return
	}
	if len(values(h, traceparentKey, traceparentLower)) > 0 {
		return // somebody has said it already; the pair belongs together
	}
	p := new(injected)
	text := AppendTraceparent(p.text[:0], c)
	p.values[0] = *(*string)(unsafe.Pointer(&text)) // text is never written again
	h[traceparentKey] = p.values[:]
	if c.State != "" {
		h[tracestateKey] = []string{c.State}
	}
}

// ParseTraceparent reads one traceparent. It accepts version 00 exactly, and of
// later versions the part that is laid out as in version 00; ff, upper case, ids
// of zeros and other lengths are malformed.
func ParseTraceparent(s string) (c Context, ok bool) {
	if len(s) < TraceparentLen || s[2] != '-' || s[35] != '-' || s[52] != '-' {
		return Context{}, false
	}
	version, ok := hexByte(s[0], s[1])
	if !ok || version == 0xff {
		return Context{}, false
	}
	if len(s) > TraceparentLen && (version == 0 || s[TraceparentLen] != '-') {
		return Context{}, false
	}
	flags, ok := hexByte(s[53], s[54])
	if !ok || !hexBytes(c.TraceID[:], s[3:35]) || !hexBytes(c.SpanID[:], s[36:52]) {
		return Context{}, false
	}
	c.Flags = flags & (FlagSampled | FlagRandom)
	return c, c.Valid()
}

// AppendTraceparent appends c as a traceparent of version 00, 55 bytes.
func AppendTraceparent(b []byte, c Context) []byte {
	b = append(b, "00-"...)
	b = AppendHex(b, c.TraceID[:])
	b = append(b, '-')
	b = AppendHex(b, c.SpanID[:])
	return append(b, '-', lowerHex[c.Flags>>4], lowerHex[c.Flags&15])
}

const lowerHex = "0123456789abcdef"

// AppendHex appends id in lower case hexadecimal digits.
func AppendHex(b, id []byte) []byte {
	for _, x := range id {
		b = append(b, lowerHex[x>>4], lowerHex[x&15])
	}
	return b
}

// hexBytes fills dst from text, which has twice its length.
func hexBytes(dst []byte, text string) bool {
	for i := range dst {
		x, ok := hexByte(text[2*i], text[2*i+1])
		if !ok {
			return false
		}
		dst[i] = x
	}
	return true
}

func hexByte(high, low byte) (byte, bool) {
	h, l := hexDigit(high), hexDigit(low)
	return h<<4 | l&15, h|l < 16
}

// hexDigit returns 255 for what is no lower case hexadecimal digit.
func hexDigit(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	}
	return 255
}

// joinTracestate returns the list as one string, or "" if it is malformed: a
// caller's broken tracestate must not cost its traceparent.
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

// ValidTracestate reports whether s is a list of 1 to 32 members key=value with
// different keys. Empty members are allowed and not counted.
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

// validKey knows both shapes: simple, and tenant@system.
func validKey(key string) bool {
	at := strings.IndexByte(key, '@')
	if at < 0 {
		return len(key) <= maxKeyLen && keyPart(key, false)
	}
	tenant, system := key[:at], key[at+1:]
	return len(tenant) <= 241 && len(system) <= 14 && keyPart(tenant, true) && keyPart(system, false)
}

// keyPart checks one identifier; digit says whether it may begin with one.
func keyPart(s string, digit bool) bool {
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
