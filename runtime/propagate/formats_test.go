package propagate

import (
	"fmt"
	"strings"
	"testing"
)

// headersOf makes headers of name, value, name, value.
func headersOf(kv ...string) map[string][]string {
	h := map[string][]string{}
	for i := 0; i < len(kv); i += 2 {
		h[kv[i]] = append(h[kv[i]], kv[i+1])
	}
	return h
}

// show writes a context in a short form; "none" for an invalid one.
func show(c Context, ok bool) string {
	if ok != c.Valid() {
		return "contradicts itself"
	}
	if !ok {
		return "none"
	}
	return fmt.Sprintf("%x %x %d %d", c.TraceID, c.SpanID, c.Flags, c.Hints)
}

const (
	half   = "8448eb211c80319c" // a trace id of 64 bits
	padded = "0000000000000000" + half
	zeros  = "0000000000000000"
)

var b3Cases = []struct{ in, want string }{
	{traceID + "-" + spanID + "-1", traceID + " " + spanID + " 1 0"},
	{traceID + "-" + spanID + "-0", traceID + " " + spanID + " 0 0"},
	{traceID + "-" + spanID + "-d", traceID + " " + spanID + " 1 1"},
	{traceID + "-" + spanID, traceID + " " + spanID + " 0 2"},
	{half + "-" + spanID, padded + " " + spanID + " 0 2"},
	{half + "-" + spanID + "-1-" + spanID, padded + " " + spanID + " 1 0"},
	{traceID + "-" + spanID + "-1-" + spanID, traceID + " " + spanID + " 1 0"},
	{traceID + "-" + spanID + "-1-" + zeros, traceID + " " + spanID + " 1 0"}, // means none
	{"", "none"}, {"0", "none"}, {"1", "none"}, {"d", "none"}, {"-", "none"},
	{traceID, "none"}, {half, "none"}, {traceID + "-", "none"}, {traceID + "-" + spanID[1:], "none"},
	{traceID + "-" + spanID + "-", "none"},
	{traceID + "-" + spanID + "-x", "none"},
	{traceID + "-" + spanID + "-\x00", "none"},
	{traceID + "-" + spanID + "-1-", "none"},
	{traceID + "-" + spanID + "x1", "none"},
	{traceID + "-" + spanID + "-1x" + spanID, "none"},
	{traceID + "-" + spanID + "-" + spanID, "none"},
	{traceID + "-" + spanID + "-1-" + spanID + "0", "none"},
	{traceID + "-" + spanID + "-1-" + strings.ToUpper(spanID), "none"},
	{strings.ToUpper(traceID) + "-" + spanID + "-1", "none"},
	{traceID[2:] + "-" + spanID + "-1", "none"},
	{zeros + zeros + "-" + spanID + "-1", "none"},
	{traceID + "-" + zeros + "-1", "none"},
	{strings.Repeat("-", 1<<16), "none"},
	{traceID + "_" + spanID + "-1", "none"},
}

func TestB3Single(t *testing.T) {
	for _, c := range b3Cases {
		if got := show(ParseB3(c.in)); got != c.want {
			t.Errorf("%q: %s, want %s", c.in, got, c.want)
		}
	}
}

func TestB3Multi(t *testing.T) {
	const ids = traceID + " " + spanID
	full := []string{"X-B3-Traceid", traceID, "X-B3-Spanid", spanID}
	for _, c := range []struct {
		in   []string
		want string
	}{
		{full, ids + " 0 2"},
		{append([]string{"X-B3-Sampled", "1"}, full...), ids + " 1 0"},
		{append([]string{"X-B3-Sampled", "True"}, full...), ids + " 1 0"},
		{append([]string{"X-B3-Sampled", "0"}, full...), ids + " 0 0"},
		{append([]string{"X-B3-Sampled", "fALSE"}, full...), ids + " 0 0"},
		{append([]string{"X-B3-Sampled", "0", "X-B3-Flags", "1"}, full...), ids + " 1 1"},
		{append([]string{"X-B3-Flags", "1"}, full...), ids + " 1 1"},
		{append([]string{"X-B3-Flags", "7"}, full...), ids + " 0 2"},
		{append([]string{"X-B3-Sampled", "maybe"}, full...), "none"},
		{append([]string{"X-B3-Sampled", "1", "X-B3-Sampled", "1"}, full...), "none"},
		{append([]string{"X-B3-Parentspanid", spanID}, full...), ids + " 0 2"},
		{append([]string{"X-B3-Parentspanid", "x"}, full...), "none"},
		{append([]string{"X-B3-Spanid", spanID}, full...), "none"},
		{append([]string{"B3", "rubbish"}, full...), ids + " 0 2"},
		{append([]string{"b3", half + "-" + spanID + "-1"}, full...), padded + " " + spanID + " 1 0"},
		{[]string{"x-b3-traceid", half, "x-b3-spanid", spanID, "x-b3-sampled", "1"}, padded + " " + spanID + " 1 0"},
		{[]string{"X-B3-TraceId", half, "X-B3-SpanId", spanID}, padded + " " + spanID + " 0 2"},
		{[]string{"X-B3-Traceid", traceID}, "none"},
		{[]string{"X-B3-Spanid", spanID}, "none"},
		{[]string{"X-B3-Traceid", traceID + "0", "X-B3-Spanid", spanID}, "none"},
		{[]string{"X-B3-Traceid", traceID, "X-B3-Spanid", spanID[1:]}, "none"},
		{[]string{"X-B3-Sampled", "0"}, "none"},
	} {
		for _, f := range []B3{{}, {Multi: true}} {
			if got := show(extract(f, headersOf(c.in...))); got != c.want {
				t.Errorf("%v: %s, want %s", c.in, got, c.want)
			}
		}
	}
}

var jaegerCases = []struct{ in, want string }{
	{traceID + ":" + spanID + ":0:1", traceID + " " + spanID + " 1 0"},
	{traceID + ":" + spanID + ":0:0", traceID + " " + spanID + " 0 0"},
	{traceID + ":" + spanID + ":0:3", traceID + " " + spanID + " 1 1"},
	{traceID + ":" + spanID + ":0:2", traceID + " " + spanID + " 0 0"},
	{traceID + ":" + spanID + ":0:09", traceID + " " + spanID + " 1 0"},
	{traceID + ":" + spanID + ":" + spanID + ":1", traceID + " " + spanID + " 1 0"},
	{traceID + "%3A" + spanID + "%3a0%3A1", traceID + " " + spanID + " 1 0"},
	{half + ":" + spanID + ":0:1", padded + " " + spanID + " 1 0"},
	{"1:2:0:1", zeros + "0000000000000001 0000000000000002 1 0"},
	{"123:12:0:1", zeros + "0000000000000123 0000000000000012 1 0"},
	{traceID + ":" + spanID + "::", traceID + " " + spanID + " 0 0"},
	{traceID + ":" + spanID + ":no id:", traceID + " " + spanID + " 0 0"},
	{"", "none"}, {":::", "none"}, {"::::", "none"}, {"%", "none"}, {"%3", "none"},
	{traceID + ":" + spanID + ":0", "none"},
	{traceID + ":" + spanID + ":0:1:", "none"},
	{traceID + ":" + spanID + ":0:x", "none"},
	{traceID + ":" + spanID + ":0:001", "none"},
	{traceID + ":" + spanID + ":0:-1", "none"},
	{traceID + "0:" + spanID + ":0:1", "none"},
	{traceID + ":" + spanID + "0:0:1", "none"},
	{"0:" + spanID + ":0:1", "none"},
	{traceID + ":0:0:1", "none"},
	{strings.ToUpper(traceID) + ":" + spanID + ":0:1", "none"},
	{strings.Repeat(":", 1<<20), "none"},
	{traceID + ":" + spanID + ":" + strings.Repeat("0", 1<<20) + ":1", "none"},
}

func TestJaeger(t *testing.T) {
	for _, c := range jaegerCases {
		if got := show(ParseJaeger(c.in)); got != c.want {
			t.Errorf("%q: %s, want %s", c.in, got, c.want)
		}
	}
	if _, ok := extract((Jaeger{}), headersOf("Uber-Trace-Id", jaegerCases[0].in, "Uber-Trace-Id", jaegerCases[0].in)); ok {
		t.Error("twice")
	}
}

// TestRoundTrip writes what was read, in each format.
func TestRoundTrip(t *testing.T) {
	short := Context{Flags: FlagSampled}
	hexNumber(short.TraceID[:], half)
	hexNumber(short.SpanID[:], spanID)
	long := short
	hexNumber(long.TraceID[:], traceID)
	unsampled, debug := long, long
	unsampled.Flags = 0
	debug.Hints = Debug
	for _, c := range []struct {
		f    Format
		in   Context
		want map[string][]string
	}{
		{B3{}, long, headersOf("B3", traceID+"-"+spanID+"-1")},
		{B3{}, short, headersOf("B3", half+"-"+spanID+"-1")},
		{B3{}, unsampled, headersOf("B3", traceID+"-"+spanID+"-0")},
		{B3{}, debug, headersOf("B3", traceID+"-"+spanID+"-d")},
		{B3{Multi: true}, long, headersOf("X-B3-Traceid", traceID, "X-B3-Spanid", spanID, "X-B3-Sampled", "1")},
		{B3{Multi: true}, short, headersOf("X-B3-Traceid", half, "X-B3-Spanid", spanID, "X-B3-Sampled", "1")},
		{B3{Multi: true}, unsampled, headersOf("X-B3-Traceid", traceID, "X-B3-Spanid", spanID, "X-B3-Sampled", "0")},
		{B3{Multi: true}, debug, headersOf("X-B3-Traceid", traceID, "X-B3-Spanid", spanID, "X-B3-Flags", "1")},
		{Jaeger{}, long, headersOf("Uber-Trace-Id", traceID+":"+spanID+":0:1")},
		{Jaeger{}, short, headersOf("Uber-Trace-Id", half+":"+spanID+":0:1")},
		{Jaeger{}, unsampled, headersOf("Uber-Trace-Id", traceID+":"+spanID+":0:0")},
		{Jaeger{}, debug, headersOf("Uber-Trace-Id", traceID+":"+spanID+":0:3")},
		{W3C{}, short, headersOf("Traceparent", "00-"+padded+"-"+spanID+"-01")},
	} {
		h := map[string][]string{}
		c.f.Inject(h, c.in)
		if fmt.Sprint(h) != fmt.Sprint(c.want) {
			t.Errorf("%T: %v, want %v", c.f, h, c.want)
		}
		if back, ok := extract(c.f, h); !ok || c.in != back && c.f != (W3C{}) {
			t.Errorf("%T: %+v became %+v", c.f, c.in, back)
		}
		for name, list := range h { // appending to one must not write into another
			if cap(list) != len(list) {
				t.Errorf("%T: %s has room to spare", c.f, name)
			}
		}
	}
}

func TestBaggage(t *testing.T) {
	carried := func(values ...string) []string {
		c, ok := extract(Default, map[string][]string{"baggage": values})
		if ok {
			t.Error("baggage is a parent")
		}
		hexNumber(c.TraceID[:], traceID)
		hexNumber(c.SpanID[:], spanID)
		h := map[string][]string{}
		Default.Inject(h, c)
		return h["Baggage"]
	}
	for _, c := range [][]string{
		{"a=1"}, {"a=1;p=q, b = 2 ,c=%20"}, {"a=1", "b=2", "", "a=3"}, {"not even baggage"}, {strings.Repeat("a", 8192)},
		{strings.Repeat("a", 8190), "b"},
	} {
		if got := carried(c...); fmt.Sprint(got) != fmt.Sprint(c) || len(got) != len(c) {
			t.Errorf("%.50q became %.50q", c, got)
		}
	}
	for _, c := range [][]string{
		nil, {}, {strings.Repeat("a", 8193)}, {strings.Repeat("a", 8191), "b"}, make([]string, 1<<20),
		{"a=1\r\nX: y"}, {"a=\xff"}, {"a=1", "\x00"},
	} {
		if got := carried(c...); got != nil {
			t.Errorf("%.50q became %.50q", c, got)
		}
	}
	// The lists are not shared.
	in := headersOf("Traceparent", good, "Baggage", "a=1")
	c, _ := extract(Default, in)
	in["Baggage"][0] = "changed"
	one, two := map[string][]string{}, map[string][]string{}
	Default.Inject(one, c)
	one["Baggage"][0] = "changed"
	Default.Inject(two, c)
	if two["Baggage"][0] != "a=1" {
		t.Error("the program has changed what is carried")
	}
	own := headersOf("baggage", "own=1")
	Default.Inject(own, c)
	if len(own) != 2 || own["baggage"][0] != "own=1" {
		t.Errorf("the program's own baggage: %v", own)
	}
}

func formatsNamed(names ...string) (f Formats) {
	for _, name := range names {
		one, ok := ByName(name)
		if !ok {
			panic(name)
		}
		f = append(f, one)
	}
	return f
}

func TestSeveral(t *testing.T) {
	other := "4bf92f3577b34da6a3ce929d0e0e4736"
	in := headersOf("Traceparent", good, "B3", other+"-"+spanID+"-0", "Baggage", "a=1")
	for names, want := range map[string]string{
		"tracecontext b3 baggage": traceID, "baggage b3 tracecontext": other, "jaeger tracecontext": traceID,
		"jaeger": "", "": "", "b3multi": other,
	} {
		f := formatsNamed(strings.Fields(names)...)
		c, ok := extract(f, in)
		if got := fmt.Sprintf("%x", c.TraceID); got != want && (ok || want != "") {
			t.Errorf("%s: %s", names, got)
		}
		if has := c.Carried != nil; has != strings.Contains(names, "baggage") {
			t.Errorf("%s: carried %v", names, has)
		}
	}
	f := formatsNamed("tracecontext", "baggage", "b3", "b3multi", "jaeger", "eagleeye")
	c, _ := extract(f, in)
	h := map[string][]string{}
	f.Inject(h, c)
	if len(h) != 11 {
		t.Errorf("%d headers: %v", len(h), h)
	}
	for _, format := range f {
		if got, ok := extract(format, h); format.IDs() && (!ok || got.TraceID != c.TraceID ||
			got.SpanID != c.SpanID || got.Flags != c.Flags) {
			t.Errorf("%T: %+v", format, got)
		}
	}
	for name := range h {
		if f.Present(headersOf(name, "x")) == (name == "Baggage" || name == "X-B3-Spanid" ||
			strings.HasPrefix(name, "Eagleeye") && name != "Eagleeye-Traceid") {
			t.Errorf("%s: present", name)
		}
		full := map[string][]string{name: {"x"}}
		before := f.Present(full)
		if f.Inject(full, c); before && len(full) != 1 {
			t.Errorf("%s: wrote beside it", name)
		}
	}
}

func TestOutgoing(t *testing.T) {
	f := formatsNamed("tracecontext", "baggage", "b3multi")
	mine, _ := ParseTraceparent("00-" + traceID + "-00f067aa0ba902b7-01")
	mine.Carried = &Carried{baggage: []string{"in=1"}}
	const own = "00-" + traceID + "-00f067aa0ba902b7-01"
	for _, c := range []struct {
		name string
		in   []string
		want []string // nil: sent unchanged
	}{
		{"nothing", []string{"A", "1"}, []string{"A", "1", "Traceparent", own, "Baggage", "in=1",
			"X-B3-Traceid", traceID, "X-B3-Spanid", "00f067aa0ba902b7", "X-B3-Sampled", "1"}},
		{"forwarded", []string{"traceparent", good, "Tracestate", "a=1", "X-B3-ParentSpanId", spanID, "A", "1", "baggage", "own=1"},
			[]string{"A", "1", "Traceparent", own, "baggage", "own=1", "X-B3-Traceid", traceID, "X-B3-Spanid",
				"00f067aa0ba902b7", "X-B3-Sampled", "1"}},
		{"another trace", []string{"B3", half + "-" + spanID}, nil},
		{"told not to", []string{"b3", "0"}, nil},
		{"malformed", []string{"Traceparent", "x"}, nil},
	} {
		h := headersOf(c.in...)
		before := fmt.Sprint(h)
		got := f.Outgoing(h, mine)
		if (got == nil) != (c.want == nil) || c.want != nil && fmt.Sprint(got) != fmt.Sprint(headersOf(c.want...)) {
			t.Errorf("%s: %v", c.name, got)
		}
		if fmt.Sprint(h) != before {
			t.Errorf("%s: the program's headers are changed", c.name)
		}
	}
	if f.Outgoing(map[string][]string{"Traceparent": nil}, mine) != nil {
		t.Error("an entry without a value keeps the header from being sent")
	}
	if Formats(nil).Outgoing(nil, mine) != nil || f.Outgoing(nil, Context{}) != nil {
		t.Error("a copy for nothing")
	}
	if got := formatsNamed("baggage").Outgoing(headersOf("baggage", "own=1"), mine); got != nil {
		t.Errorf("a copy that says the same: %v", got)
	}
	if got := f.Outgoing(nil, mine); len(got) != 5 {
		t.Errorf("no headers at all: %v", got)
	}
	extra := map[string][]string{}
	f.InjectBeside(extra, headersOf("Baggage", "own=1"), mine)
	if len(extra) != 4 || extra["Baggage"] != nil {
		t.Errorf("beside own baggage: %v", extra)
	}
	extra = map[string][]string{}
	f.InjectBeside(extra, headersOf("X-B3-TraceId", "x"), mine)
	if len(extra) != 0 {
		t.Errorf("beside a context: %v", extra)
	}
}

func TestAllocationsOfFormats(t *testing.T) {
	c, _ := ParseTraceparent(good)
	for _, f := range []Format{B3{}, B3{Multi: true}, Jaeger{}} {
		h := map[string][]string{}
		if n := testing.AllocsPerRun(100, func() { f.Inject(h, c) }); n != 1 {
			t.Errorf("%T: Inject %v", f, n)
		}
		var into Context
		if n := testing.AllocsPerRun(100, func() { into = Context{}; f.Extract(h, &into) }); n != 0 {
			t.Errorf("%T: Extract %v", f, n)
		}
	}
}

func FuzzB3(f *testing.F) {
	for _, c := range b3Cases {
		f.Add(c.in, traceID, spanID, "1", "")
	}
	f.Add("", half, spanID, "true", "1")
	f.Fuzz(func(t *testing.T, single, trace, span, sampled, flags string) {
		h := headersOf("B3", single, "X-B3-Traceid", trace, "X-B3-Spanid", span)
		if sampled != "" {
			h["X-B3-Sampled"] = []string{sampled}
		}
		if flags != "" {
			h["X-B3-Flags"] = []string{flags}
		}
		c, ok := extract(B3{}, h)
		checkRoundTrip(t, c, ok, B3{}, B3{Multi: true})
	})
}

func FuzzJaeger(f *testing.F) {
	for _, c := range jaegerCases {
		f.Add(c.in)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, ok := ParseJaeger(s)
		checkRoundTrip(t, c, ok, Jaeger{})
	})
}

// checkRoundTrip checks that an accepted context can be written and read again with the same
// meaning.
func checkRoundTrip(t *testing.T, c Context, ok bool, formats ...Format) {
	if ok != c.Valid() || !ok && c != (Context{}) {
		t.Fatalf("%v, and yet %+v", ok, c)
	}
	if !ok {
		return
	}
	c.Hints &^= Deferred // the writer has decided
	for _, f := range formats {
		h := map[string][]string{}
		f.Inject(h, c)
		if back, ok := extract(f, h); !ok || back != c {
			t.Fatalf("%+v became %+v in %v", c, back, h)
		}
	}
}

func FuzzBaggage(f *testing.F) {
	f.Add("a=1", "b=2;p")
	f.Add("\x00", "")
	f.Fuzz(func(t *testing.T, one, two string) {
		c, _ := extract(Default, headersOf("Traceparent", good, "Baggage", one, "Baggage", two))
		h := map[string][]string{}
		Default.Inject(h, c)
		carried := len(one)+1+len(two) <= maxBaggage && isHeaderText(one) && isHeaderText(two)
		if got := h["Baggage"]; carried && (len(got) != 2 || got[0] != one || got[1] != two) || !carried && got != nil {
			t.Fatalf("%q", got)
		}
	})
}

// extract is Extract of one or several formats, into a new context. If there is none, one format
// may leave anything in the context, several leave nothing of what they have refused.
func extract(from interface {
	Extract(map[string][]string, *Context) bool
}, h map[string][]string) (c Context, ok bool) {
	ok = from.Extract(h, &c)
	if _, one := from.(Format); one && !ok {
		c = Context{}
	}
	return c, ok
}
