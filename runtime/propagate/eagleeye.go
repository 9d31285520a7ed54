package propagate

import (
	"encoding/binary"
	"strconv"
	"sync/atomic"
)

// EagleEye is Alibaba's EagleEye: EagleEye-TraceID, EagleEye-RpcID and others. The book's page on
// propagation describes it.
type EagleEye struct{}

var (
	eagleTrace   = header{canonical: "Eagleeye-Traceid", lower: "eagleeye-traceid", original: "EagleEye-TraceID"}
	eagleRPC     = header{canonical: "Eagleeye-Rpcid", lower: "eagleeye-rpcid", original: "EagleEye-RpcID"}
	eagleSpan    = header{canonical: "Eagleeye-Spanid", lower: "eagleeye-spanid", original: "EagleEye-SpanID"}
	eagleParent  = header{canonical: "Eagleeye-Pspanid", lower: "eagleeye-pspanid", original: "EagleEye-pSpanID"}
	eagleSampled = header{canonical: "Eagleeye-Sampled", lower: "eagleeye-sampled", original: "EagleEye-Sampled"}
	eagleUser    = header{canonical: "Eagleeye-Userdata", lower: "eagleeye-userdata", original: "EagleEye-UserData"}

	eagleHeaders = [...]*header{&eagleTrace, &eagleRPC, &eagleSpan, &eagleParent, &eagleSampled}
)

const (
	minEagleTraceLen   = 25 // address, time and counter
	usualEagleTraceLen = 30 // with letter and process id
	maxEagleTraceLen   = 32
	maxEagleRPCLen     = 256
	maxEagleUserLen    = 8192
	eagleRoot          = "0"
)

// eagleState is the position of a request's calls in a trace of EagleEye.
type eagleState struct {
	trace string // as the caller wrote it, "" if there was none
	rpc   string // the path of the request itself, "" without EagleEye
	user  string
	calls uint32 // calls made so far; atomic
}

// IDs implements Format.
func (EagleEye) IDs() bool { return true }

// Present implements Format.
func (EagleEye) Present(h map[string][]string) bool { return eagleTrace.present(h) }

// Remove implements Format. User data is kept, as baggage is.
func (EagleEye) Remove(h map[string][]string) {
	for _, name := range eagleHeaders {
		name.remove(h)
	}
}

// Extract implements Format.
func (EagleEye) Extract(h map[string][]string, c *Context) bool {
	trace := eagleTrace.single(h)
	rpc := eagleRPC.single(h)
	if !eagleTraceID(&c.TraceID, trace) || c.TraceID == [16]byte{} || !validRPC(rpc) {
		return false
	}
	c.SpanID = eagleSpanID(&c.TraceID, rpc, eagleSpan.single(h))
	c.Hints = Structured
	switch eagleSampled.single(h) {
	case "s0":
	case "s1":
		c.Flags = FlagSampled
	default:
		c.Hints |= Deferred
	}
	return true
}

func eagleTraceID(id *[16]byte, text string) bool {
	return len(text) >= minEagleTraceLen && len(text) <= maxEagleTraceLen && hexNumber(id[:], text)
}

// eagleSpanID returns the id of the caller's span, computed from trace id and path if there is
// none.
func eagleSpanID(trace *[16]byte, rpc, span string) (id [8]byte) {
	n, err := int64(0), error(nil)
	if len(span) <= len("-9223372036854775808") {
		n, err = strconv.ParseInt(span, 10, 64)
	}
	x := uint64(n)
	if err != nil || x == 0 {
		x = binary.BigEndian.Uint64(trace[:8]) ^ mix64(binary.BigEndian.Uint64(trace[8:]))
		for i := 0; i < len(rpc); i++ {
			x = (x ^ uint64(rpc[i])) * 0x100000001b3 // as FNV-1a does
		}
		if x = mix64(x); x == 0 {
			x = 1
		}
	}
	binary.BigEndian.PutUint64(id[:], x)
	return id
}

// mix64 makes each bit of the result depend on each bit of x (murmur's finaliser).
func mix64(x uint64) uint64 {
	x = (x ^ x>>33) * 0xff51afd7ed558ccd
	x = (x ^ x>>33) * 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}

// Randomness returns the 56 bits of a trace id that a sampler may consider random: the right ones,
// as in the W3C recommendation.
func (c *Context) Randomness() uint64 {
	x := binary.BigEndian.Uint64(c.TraceID[8:])
	if c.Hints&Structured != 0 {
		x = mix64(x ^ mix64(binary.BigEndian.Uint64(c.TraceID[:8])))
	}
	return x & (1<<56 - 1)
}

// validRPC reports whether s is a path: numbers separated by dots.
func validRPC(s string) bool {
	if s == "" || len(s) > maxEagleRPCLen {
		return false
	}
	digit := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case '0' <= c && c <= '9':
			digit = true
		case c == '.' && digit:
			digit = false
		default:
			return false
		}
	}
	return digit
}

// Carry implements Format. The path is continued if the headers name the same trace; otherwise it
// starts at the root.
func (EagleEye) Carry(h map[string][]string, traceID [16]byte, what *Carried) *Carried {
	if what == nil {
		what = new(Carried)
	}
	what.eagle.rpc = eagleRoot
	if user := eagleUser.single(h); len(user) <= maxEagleUserLen && isHeaderText(user) {
		what.eagle.user = user
	}
	var id [16]byte
	if trace := eagleTrace.single(h); eagleTraceID(&id, trace) && id == traceID {
		what.eagle.trace = trace
		if rpc := eagleRPC.single(h); validRPC(rpc) {
			what.eagle.rpc = rpc
		}
	}
	return what
}

// Inject implements Format.
func (EagleEye) Inject(h map[string][]string, c Context) {
	var calls *eagleState
	if c.Carried != nil {
		calls = &c.Carried.eagle
	}
	values := new([5]string)
	b := make([]byte, 0, 128)
	b = appendEagleTrace(b, &c, calls)
	trace := len(b)
	b = appendRPC(b, calls)
	rpc := len(b)
	b = strconv.AppendInt(b, int64(binary.BigEndian.Uint64(c.SpanID[:])), 10)
	text := string(b)
	values[0], values[1], values[2], values[3] = text[:trace], text[trace:rpc], text[rpc:], "s0"
	if c.Sampled() {
		values[3] = "s1"
	}
	h[eagleTrace.canonical] = values[0:1:1]
	h[eagleRPC.canonical] = values[1:2:2]
	h[eagleSpan.canonical] = values[2:3:3]
	if c.Hints&Deferred == 0 { // otherwise nobody has decided, and the receiver is to do it
		h[eagleSampled.canonical] = values[3:4:4]
	}
	if calls != nil && calls.user != "" && !eagleUser.present(h) {
		values[4] = calls.user
		h[eagleUser.canonical] = values[4:5:5]
	}
}

func appendEagleTrace(b []byte, c *Context, calls *eagleState) []byte {
	if calls != nil && calls.trace != "" {
		return append(b, calls.trace...)
	}
	id := c.TraceID[:]
	if id[0] == 0 {
		id = id[1:]
	}
	return AppendHex(b, id)
}

// appendRPC appends the path of the next call. If there is none, because the span was started
// before this format was configured, the call is the first of its trace.
func appendRPC(b []byte, calls *eagleState) []byte {
	if calls == nil || calls.rpc == "" {
		return append(b, eagleRoot+".1"...)
	}
	from := len(b)
	b = append(append(b, calls.rpc...), '.')
	b = strconv.AppendUint(b, uint64(atomic.AddUint32(&calls.calls, 1)), 10)
	if len(b)-from > maxEagleRPCLen {
		return append(b[:from], calls.rpc...)
	}
	return b
}
