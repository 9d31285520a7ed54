package propagate

import (
	"fmt"
	"strings"
	"testing"
)

const (
	traceID = "0af7651916cd43dd8448eb211c80319c"
	spanID  = "b7ad6b7169203331"
	good    = "00-" + traceID + "-" + spanID + "-01"
)

var traceparentCases = []struct {
	name, in string
	ok       bool
	flags    byte
}{
	{"sampled", good, true, 1},
	{"not sampled", "00-" + traceID + "-" + spanID + "-00", true, 0},
	{"random", "00-" + traceID + "-" + spanID + "-03", true, 3},
	{"unknown flags are dropped", "00-" + traceID + "-" + spanID + "-fd", true, 1},
	{"later version", "cc-" + traceID + "-" + spanID + "-01", true, 1},
	{"later version, more fields", "cc-" + traceID + "-" + spanID + "-01-what-the-future", true, 1},
	{"later version, nothing behind the dash", "cc-" + traceID + "-" + spanID + "-01-", true, 1},
	{"later version, longer flags", "cc-" + traceID + "-" + spanID + "-01.what", false, 0},
	{"version ff", "ff-" + traceID + "-" + spanID + "-01", false, 0},
	{"version 00, more fields", good + "-01", false, 0},
	{"version 00, a dash more", good + "-", false, 0},
	{"version in upper case", "0A-" + traceID + "-" + spanID + "-01", false, 0},
	{"version is no number", "qw-" + traceID + "-" + spanID + "-01", false, 0},
	{"empty", "", false, 0},
	{"short", good[:54], false, 0},
	{"shorter", "00", false, 0},
	{"upper case trace id", "00-" + strings.ToUpper(traceID) + "-" + spanID + "-01", false, 0},
	{"upper case span id", "00-" + traceID + "-" + strings.ToUpper(spanID) + "-01", false, 0},
	{"upper case flags", "00-" + traceID + "-" + spanID + "-0A", false, 0},
	{"no hexadecimal trace id", "00-" + strings.Replace(traceID, "a", "g", 1) + "-" + spanID + "-01", false, 0},
	{"no hexadecimal span id", "00-" + traceID + "-" + strings.Replace(spanID, "a", " ", 1) + "-01", false, 0},
	{"trace id of zeros", "00-" + strings.Repeat("0", 32) + "-" + spanID + "-01", false, 0},
	{"span id of zeros", "00-" + traceID + "-" + strings.Repeat("0", 16) + "-01", false, 0},
	{"other separators", strings.Replace(good, "-", "_", -1), false, 0},
	{"white space before", " " + good, false, 0},
	{"white space behind", good + " ", false, 0},
	{"ids of other lengths", "00-" + traceID + "0-" + spanID[1:] + "-01", false, 0},
	{"bytes that are no text", "00-" + strings.Repeat("\xff", 32) + "-" + spanID + "-01", false, 0},
}

func TestParseTraceparent(t *testing.T) {
	for _, c := range traceparentCases {
		got, ok := ParseTraceparent(c.in)
		if ok != c.ok {
			t.Errorf("%s: %v", c.name, ok)
			continue
		}
		if ok && (fmt.Sprintf("%x-%x", got.TraceID, got.SpanID) != traceID+"-"+spanID || got.Flags != c.flags) {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}

func tracestateOf(n int) string {
	var list []string
	for i := 0; i < n; i++ {
		list = append(list, fmt.Sprintf("k%d=v", i))
	}
	return strings.Join(list, ",")
}

var tracestateCases = []struct {
	name, in string
	ok       bool
}{
	{"one", "a=1", true},
	{"two", "a=1,b=2", true},
	{"white space around", " a=1 \t,\t b=2 ", true},
	{"empty members", "a=1,,b=2,", true},
	{"tenant and system", "1tenant@system=x", true},
	{"all that a key may be", "a-z_0*/9=1", true},
	{"all that a value may be", "a= !\"#$%&'()*+-./:;<>?@[]^_`{|}~", true},
	{"32", tracestateOf(32), true},
	{"33", tracestateOf(33), false},
	{"nothing", "", false},
	{"only commas", " , ,", false},
	{"no value", "a", false},
	{"empty value", "a=", false},
	{"empty key", "=1", false},
	{"upper case key", "A=1", false},
	{"digit first", "1=1", false},
	{"sign first", "_a=1", false},
	{"two at signs", "a@b@c=1", false},
	{"no system", "a@=1", false},
	{"no tenant", "@a=1", false},
	{"digit first in system", "a@1=1", false},
	{"long system", "a@" + strings.Repeat("b", 15) + "=1", false},
	{"long tenant", strings.Repeat("b", 242) + "@a=1", false},
	{"twice the same", "a=1,b=1,a=2", false},
	{"equals in value", "a=1=2", false},
	{"control in value", "a=1\x01", false},
	{"not ASCII", "a=\u00e9", false},
	{"longest key", strings.Repeat("k", 256) + "=1", true},
	{"longer key", strings.Repeat("k", 257) + "=1", false},
	{"longest value", "k=" + strings.Repeat("v", 256), true},
	{"longer value", "k=" + strings.Repeat("v", 257), false},
	{"huge", "k=1" + strings.Repeat(",", 1<<20), false},
}

func TestTracestate(t *testing.T) {
	for _, c := range tracestateCases {
		if got := ValidTracestate(c.in); got != c.ok {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestExtract(t *testing.T) {
	for _, c := range []struct {
		name  string
		in    map[string][]string
		ok    bool
		state string
	}{
		{"nil", nil, false, ""},
		{"none", map[string][]string{"Traceparent": {}}, false, ""},
		{"both", map[string][]string{"Traceparent": {good}, "Tracestate": {"a=1"}}, true, "a=1"},
		{"lower case names", map[string][]string{"traceparent": {good}, "tracestate": {"a=1"}}, true, "a=1"},
		{"two parents", map[string][]string{"Traceparent": {good, good}}, false, ""},
		{"state in parts", map[string][]string{"Traceparent": {good}, "Tracestate": {"a=1", "b=2"}}, true, "a=1,b=2"},
		{"parts that repeat", map[string][]string{"Traceparent": {good}, "Tracestate": {"a=1", "a=2"}}, true, ""},
		{"broken state", map[string][]string{"Traceparent": {good}, "Tracestate": {"!"}}, true, ""},
		{"state without parent", map[string][]string{"Tracestate": {"a=1"}}, false, ""},
		{"many parts", map[string][]string{"Traceparent": {good}, "Tracestate": make([]string, 1<<20)}, true, ""},
	} {
		got, ok := extract(Default, c.in)
		if ok != c.ok || got.State != c.state || ok != got.Valid() {
			t.Errorf("%s: %v %+v", c.name, ok, got)
		}
	}
}

func TestInject(t *testing.T) {
	c, _ := ParseTraceparent(good)
	c.State = "a=1"
	h := map[string][]string{}
	Default.Inject(h, c)
	if back, ok := extract(Default, h); !ok || back != c || h["Traceparent"][0] != good {
		t.Errorf("%v", h)
	}
	for _, h := range []map[string][]string{{"Traceparent": {"x"}}, {"traceparent": {"x"}}} {
		Default.Inject(h, c)
		if len(h) != 1 {
			t.Errorf("wrote beside another: %v", h)
		}
	}
	Default.Inject(nil, c)
	h = map[string][]string{}
	Default.Inject(h, Context{})
	if len(h) != 0 {
		t.Error("wrote zeros")
	}
}

func TestByName(t *testing.T) {
	if f, ok := ByName("tracecontext"); !ok || f != (W3C{}) {
		t.Error("tracecontext")
	}
	if _, ok := ByName("x"); ok {
		t.Error("x")
	}
}

func TestAllocations(t *testing.T) {
	h := map[string][]string{"Traceparent": {good}, "Tracestate": {"a=1,b=2"}}
	var into Context
	if n := testing.AllocsPerRun(100, func() { into = Context{}; Default.Extract(h, &into) }); n != 0 {
		t.Errorf("Extract: %v", n)
	}
	c, _ := ParseTraceparent(good)
	to := map[string][]string{}
	if n := testing.AllocsPerRun(100, func() { delete(to, "Traceparent"); Default.Inject(to, c) }); n != 1 {
		t.Errorf("Inject: %v", n)
	}
}

func BenchmarkExtract(b *testing.B) {
	h := map[string][]string{"Traceparent": {good}, "Tracestate": {"a=1,b=2"}}
	b.ReportAllocs()
	for i := 0; i < b.N; i++ {
		var c Context
		Default.Extract(h, &c)
	}
}

// FuzzW3C checks that an accepted context can be written and read again with the same meaning.
func FuzzW3C(f *testing.F) {
	for _, c := range traceparentCases {
		f.Add(c.in, "a=1")
	}
	for _, c := range tracestateCases {
		f.Add(good, c.in)
	}
	f.Fuzz(func(t *testing.T, parent, state string) {
		c, ok := extract(Default, map[string][]string{"Traceparent": {parent}, "Tracestate": {state}})
		if !ok {
			if c != (Context{}) && c.Valid() {
				t.Fatalf("refused, and yet %+v", c)
			}
			return
		}
		if !c.Valid() || len(c.State) > maxTracestate || c.State != "" && c.State != state {
			t.Fatalf("%+v", c)
		}
		h := map[string][]string{}
		Default.Inject(h, c)
		if back, ok := extract(Default, h); !ok || back != c {
			t.Fatalf("%+v became %+v", c, back)
		}
		if p := h["Traceparent"][0]; p[:53] != "00"+parent[2:53] {
			t.Fatalf("%q became %q", parent, p)
		}
	})
}
