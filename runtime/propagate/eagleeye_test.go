package propagate

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
)

const (
	eagle30 = "0a67793015313127251908120e23db"   // from a public page
	eagle32 = "eac0a8020216868084400006973d000a" // ARMS
	sofa    = "0ad1348f1403169275002100356696"   // SOFATracer
)

func eagleHeadersOf(trace, rpc string, more ...string) map[string][]string {
	return headersOf(append([]string{"Eagleeye-Traceid", trace, "Eagleeye-Rpcid", rpc}, more...)...)
}

func TestEagleEye(t *testing.T) {
	const number = "-1207596966212570593"
	const span = "ef3dc0f5150f721f" // the same in hexadecimal
	for _, c := range []struct {
		in   map[string][]string
		want string
	}{
		{eagleHeadersOf(eagle32, "0.1", "Eagleeye-Spanid", number, "Eagleeye-Sampled", "s1"), eagle32 + " " + span + " 1 4"},
		{eagleHeadersOf(eagle30, "0", "Eagleeye-Spanid", number, "Eagleeye-Sampled", "s0"), "00" + eagle30 + " " + span + " 0 4"},
		{eagleHeadersOf(sofa, "0.1.2", "Eagleeye-Spanid", number), "00" + sofa + " " + span + " 0 6"},
		{eagleHeadersOf(sofa[:25], "9", "Eagleeye-Spanid", "1", "Eagleeye-Sampled", "?"), "0000000" + sofa[:25] + " 0000000000000001 0 6"},
		{headersOf("eagleeye-traceid", eagle32, "eagleeye-rpcid", "0", "eagleeye-spanid", "1"), eagle32 + " 0000000000000001 0 6"},
		{headersOf("EagleEye-TraceID", eagle32, "EagleEye-RpcID", "0", "EagleEye-SpanID", "1"), eagle32 + " 0000000000000001 0 6"},
		{eagleHeadersOf(eagle32, ""), "none"}, {eagleHeadersOf(eagle32, "."), "none"},
		{eagleHeadersOf(eagle32, "0."), "none"}, {eagleHeadersOf(eagle32, ".1"), "none"},
		{eagleHeadersOf(eagle32, "0..1"), "none"}, {eagleHeadersOf(eagle32, "0.x"), "none"}, {eagleHeadersOf(eagle32, "0 "), "none"},
		{eagleHeadersOf(eagle32, "0"+strings.Repeat(".1", 1<<20)), "none"},
		{eagleHeadersOf(eagle32+"0", "0"), "none"}, {eagleHeadersOf(eagle32[:24], "0"), "none"},
		{eagleHeadersOf(strings.ToUpper(eagle32), "0"), "none"},
		{eagleHeadersOf(strings.Repeat("0", 30), "0"), "none"}, {eagleHeadersOf("cff945a9-0059-a740-f0e2-c06661fc", "0"), "none"},
		{headersOf("Eagleeye-Traceid", eagle32), "none"}, {headersOf("Eagleeye-Rpcid", "0"), "none"}, {nil, "none"},
		{eagleHeadersOf(eagle32, "0", "Eagleeye-Traceid", eagle32), "none"},
	} {
		if got := show(extract(EagleEye{}, c.in)); got != c.want {
			t.Errorf("%.200v: %s, want %s", c.in, got, c.want)
		}
	}
}

// TestEagleEyeParent checks that without an id of the caller's span one is computed, from trace and
// path alone.
func TestEagleEyeParent(t *testing.T) {
	id := func(trace, rpc, span string) [8]byte {
		c, ok := extract(EagleEye{}, eagleHeadersOf(trace, rpc, "Eagleeye-Spanid", span))
		if !ok {
			t.Fatal(trace, rpc, span)
		}
		return c.SpanID
	}
	first := id(eagle32, "0.1", "")
	for _, span := range []string{"0", "x", "9223372036854775808", strings.Repeat("1", 1<<20)} {
		if id(eagle32, "0.1", span) != first {
			t.Errorf("%.30q is not ignored", span)
		}
	}
	if first == id(eagle32, "0.2", "") || first == id(eagle30, "0.1", "") || first == ([8]byte{}) {
		t.Error("the same for others")
	}
}

// TestEagleEyePath counts the calls of a request, and writes the trace as it came.
func TestEagleEyePath(t *testing.T) {
	f := formatsNamed("eagleeye", "tracecontext")
	next := func(c Context) string {
		t.Helper()
		h := map[string][]string{}
		EagleEye{}.Inject(h, c)
		for name, list := range h {
			if len(list) != 1 || cap(list) != 1 {
				t.Errorf("%s: %q", name, list)
			}
		}
		back, ok := extract(EagleEye{}, h)
		if !ok || back.TraceID != c.TraceID || back.SpanID != c.SpanID || back.Flags != c.Flags {
			t.Errorf("%+v became %+v", c, back)
		}
		return h["Eagleeye-Traceid"][0] + " " + h["Eagleeye-Rpcid"][0] + " " + strings.Join(h["Eagleeye-Userdata"], "")
	}
	for _, trace := range []string{eagle30, eagle32, sofa, sofa[:27], "00" + eagle30} {
		c, _ := extract(f, eagleHeadersOf(trace, "0.3", "Eagleeye-Userdata", "k1=v1&k2=v2"))
		child := c
		child.SpanID[0]++
		if one, two := next(c), next(child); one != trace+" 0.3.1 k1=v1&k2=v2" || two != trace+" 0.3.2 k1=v1&k2=v2" {
			t.Errorf("%s, %s", one, two)
		}
	}
	// Begun elsewhere, begun here, and a path of maximal length.
	c, _ := extract(f, headersOf("Traceparent", good))
	if got := next(c); got != traceID[2:]+" 0.1 " && got != traceID+" 0.1 " {
		t.Error(got)
	}
	c, _ = ParseTraceparent("00-00" + traceID[2:] + "-" + spanID + "-01")
	c.Carried = f.Begin()
	if one, two := next(c), next(c); one != traceID[2:]+" 0.1 " || two != traceID[2:]+" 0.2 " {
		t.Error(one, two)
	}
	long := "0" + strings.Repeat(".12", 85)
	c, _ = extract(f, eagleHeadersOf(eagle32, long))
	if got := next(c); got != eagle32+" "+long+" " {
		t.Error(got)
	}
	// Both formats of one trace, W3C first: the path is continued. Of another trace: it begins.
	both := eagleHeadersOf(eagle32, "0.7", "Traceparent", "00-"+eagle32+"-"+spanID+"-01")
	c, _ = extract(formatsNamed("tracecontext", "eagleeye"), both)
	if got := next(c); got != eagle32+" 0.7.1 " || c.Hints != 0 {
		t.Error(got)
	}
	both["Eagleeye-Traceid"] = []string{eagle30}
	c, _ = extract(formatsNamed("tracecontext", "eagleeye"), both)
	if got := next(c); got != eagle32+" 0.1 " {
		t.Error(got)
	}
	if formatsNamed("tracecontext", "b3").Begin() != nil {
		t.Error("a cost for those who do not use it")
	}
}

func TestRandomness(t *testing.T) {
	c, _ := ParseTraceparent(good)
	if c.Randomness() != 0x48eb211c80319c {
		t.Errorf("%x", c.Randomness())
	}
	// EagleEye's ids of one process differ in time and counter: a tenth of them must be sampled
	// as a tenth.
	n := 0
	for i := 0; i < 4000; i++ {
		c, ok := extract(EagleEye{}, eagleHeadersOf(fmt.Sprintf("0a677930%013d%04de23db", 1531312725190+int64(i)*7, i), "0"))
		if !ok {
			t.Fatal(i)
		}
		if c.Randomness() >= 1<<56-1<<56/10 {
			n++
		}
	}
	if n < 270 || n > 530 { // 7 standard deviations
		t.Errorf("%d of 4000", n)
	}
}

func FuzzEagleEye(f *testing.F) {
	f.Add(eagle32, "0.1", "-5", "s1", "a=b")
	f.Add(eagle30, "0", "", "", "\x00")
	formats := formatsNamed("eagleeye")
	f.Fuzz(func(t *testing.T, trace, rpc, span, sampled, user string) {
		h := eagleHeadersOf(trace, rpc, "Eagleeye-Spanid", span, "Eagleeye-Sampled", sampled, "Eagleeye-Userdata", user)
		c, ok := extract(formats, h)
		if ok != c.Valid() || c.Carried == nil {
			t.Fatalf("%v %+v", ok, c)
		}
		if !ok {
			return
		}
		out := map[string][]string{}
		formats.Inject(out, c)
		back, ok := extract(formats, out)
		if !ok || back.TraceID != c.TraceID || back.SpanID != c.SpanID || back.Flags != c.Flags {
			t.Fatalf("%+v became %+v in %v", c, back, out)
		}
		path := out["Eagleeye-Rpcid"][0]
		if out["Eagleeye-Traceid"][0] != trace || path != rpc+".1" && (path != rpc || len(rpc) < maxEagleRPCLen-1) {
			t.Fatalf("%v", out)
		}
		if binary.BigEndian.Uint64(c.SpanID[:]) == 0 {
			t.Fatal("no parent")
		}
	})
}
