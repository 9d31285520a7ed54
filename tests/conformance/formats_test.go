package conformance

import (
	"context"
	"fmt"
	"math/rand"
	"net/http"
	"strings"
	"testing"

	"goagent/propagate"

	"go.opentelemetry.io/contrib/propagators/b3"
	"go.opentelemetry.io/contrib/propagators/jaeger"
	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// formatPair is one of our formats and the official one of the same name.
type formatPair struct {
	ours   propagate.Format
	theirs propagation.TextMapPropagator
}

var (
	single = formatPair{propagate.B3{}, b3.New(b3.WithInjectEncoding(b3.B3SingleHeader))}
	multi  = formatPair{propagate.B3{Multi: true}, b3.New(b3.WithInjectEncoding(b3.B3MultipleHeader))}
	uber   = formatPair{propagate.Jaeger{}, jaeger.Jaeger{}}
)

// extract returns what both extract from headers.
func (f formatPair) extract(h http.Header) (propagate.Context, bool, context.Context, trace.SpanContext) {
	var ours propagate.Context
	ok := f.ours.Extract(h, &ours)
	ctx := f.theirs.Extract(context.Background(), propagation.HeaderCarrier(h))
	return ours, ok, ctx, trace.SpanContextFromContext(ctx)
}

func sameContext(ours propagate.Context, theirs trace.SpanContext) bool {
	return trace.TraceID(ours.TraceID) == theirs.TraceID() && trace.SpanID(ours.SpanID) == theirs.SpanID() &&
		trace.TraceFlags(ours.Flags) == theirs.TraceFlags()
}

// compare reads h with both formats, writes each context with both, and reads the result with the
// other one. One difference in the output is intended: an id of 64 bits stays one, while the
// official propagators pad it with zeros. One in the input is intended, too, and such input is
// skipped: B3's parent, which nobody uses, may be zeros, which some write for none.
func (f formatPair) compare(t *testing.T, h http.Header) {
	t.Helper()
	ours, ok, ctx, theirs := f.extract(h)
	if ok != theirs.IsValid() || ok && !sameContext(ours, theirs) {
		t.Fatalf("%T %v: %v %+v, official %+v", f.ours, h, ok, ours, theirs)
	}
	if !ok {
		return
	}
	ourHeader, theirHeader := http.Header{}, http.Header{}
	f.ours.Inject(ourHeader, ours)
	f.theirs.Inject(ctx, propagation.HeaderCarrier(theirHeader))
	got, want := fmt.Sprint(ourHeader), fmt.Sprint(theirHeader)
	if ours.Hints&propagate.Deferred == 0 && got != strings.Replace(want, strings.Repeat("0", 16), "", 1) && got != want {
		t.Fatalf("%T writes %s, official %s", f.ours, got, want)
	}
	if _, _, _, back := f.extract(ourHeader); !sameContext(ours, back) {
		t.Fatalf("%T: official reads %+v from %s", f.ours, back, got)
	}
	if back, ok, _, _ := f.extract(theirHeader); !ok || !sameContext(back, theirs) {
		t.Fatalf("%T: %+v from %s", f.ours, back, want)
	}
}

// hasUncommonFlags reports flags that are skipped: the official propagator accepts numbers with a
// sign, in capitals and of any length.
func hasUncommonFlags(uberTraceID string) bool {
	flags := uberTraceID[strings.LastIndexByte(uberTraceID, ':')+1:]
	return len(flags) > 2 || strings.ContainsAny(flags, "+-ABCDEF") || strings.Contains(strings.ToLower(uberTraceID), "%3a")
}

// isLooseB3 reports forms of B3's single header that are skipped: the official propagator accepts
// any byte for the dashes after the span id.
func isLooseB3(s string) bool {
	end := strings.IndexByte(s, '-') + 1 + 16
	return len(s) > end && s[end] != '-' || len(s) > end+2 && s[end+2] != '-' || strings.HasSuffix(s, "-"+none)
}

const (
	id128, id64 = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
	none        = "0000000000000000"
)

var seedSingles = []string{id128 + "-" + id64, id128 + "-" + id64 + "-1", id64 + "-" + id64 + "-d", id64 + "-" + id64 + "-0-" + id64,
	id128 + "-" + none + "-1", none + "-" + id64, "0", "d", "", id128, id128 + "-" + id64 + "-" + id64}

var seedUbers = []string{id128 + ":" + id64 + ":0:1", id64 + ":" + id64 + ":" + id64 + ":3", "1:2:3:0", "f:e::",
	id128 + ":" + id64 + ":0:2",
	id128 + ":" + none + ":0:1", ":" + id64 + ":0:1", id128 + ":" + id64 + ":0:1:0", ""}

// newMutator returns a function that changes good headers slightly, in the same ways in every run.
func newMutator(alphabet string) func(string) string {
	random := rand.New(rand.NewSource(2))
	return func(s string) string {
		for n := random.Intn(3); n > 0; n-- {
			at := random.Intn(len(s) + 1)
			c := string(alphabet[random.Intn(len(alphabet))])
			switch random.Intn(3) {
			case 0:
				s = s[:at] + c + s[at:]
			case 1:
				if at < len(s) {
					s = s[:at] + s[at+1:]
				}
			case 2:
				if at < len(s) {
					s = s[:at] + c + s[at+1:]
				}
			}
		}
		return s
	}
}

func TestB3SameAsOfficial(t *testing.T) {
	change := newMutator("0123456789abcdefgAF-d \x00\xff")
	compared := 0
	for i := 0; i < 50000; i++ {
		s := change(seedSingles[i%len(seedSingles)])
		if isLooseB3(s) {
			continue
		}
		compared++
		for _, f := range []formatPair{single, multi} {
			f.compare(t, http.Header{"B3": {s}})
		}
	}
	if compared < 30000 {
		t.Errorf("only %d were compared", compared)
	}
	pick := func(i int, of ...string) []string { return []string{of[i%len(of)]} }
	for i := 0; i < 50000; i++ {
		h := http.Header{
			"X-B3-Traceid": {change(pick(i, id128, id64, "")[0])}, "X-B3-Spanid": {change(pick(i/3, id64, id64, "")[0])},
			"X-B3-Sampled": pick(i/7, "", "1", "0", "true", "False", "tRUE", "2", "d"), "X-B3-Flags": pick(i/57, "", "1", "0", "2"),
			"X-B3-Parentspanid": pick(i/11, "", id64, "x"), "B3": pick(i/31, "", "", "0", "x", id64+"-"+id64+"-1"),
		}
		single.compare(t, h)
		multi.compare(t, h)
	}
}

func TestJaegerSameAsOfficial(t *testing.T) {
	change := newMutator("0123456789abcdefgAF:% \x00\xff")
	compared := 0
	for i := 0; i < 100000; i++ {
		if s := change(seedUbers[i%len(seedUbers)]); !hasUncommonFlags(s) {
			uber.compare(t, http.Header{"Uber-Trace-Id": {s}})
			compared++
		}
	}
	if compared < 50000 {
		t.Errorf("only %d were compared", compared)
	}
}

func FuzzB3SameAsOfficial(f *testing.F) {
	for _, s := range seedSingles {
		f.Add(s, id128, id64, "1", "")
		f.Add("", id64, id64, s, "1")
	}
	f.Fuzz(func(t *testing.T, s, traceID, spanID, sampled, flags string) {
		if strings.ToLower(sampled) != sampled && !strings.EqualFold(sampled, "true") && !strings.EqualFold(sampled, "false") {
			return // letters that differ in lower case
		}
		// Not all in one: the official propagator remembers a "d" of a single header that
		// it refuses.
		h := http.Header{"X-B3-Traceid": {traceID}, "X-B3-Spanid": {spanID}, "X-B3-Sampled": {sampled}, "X-B3-Flags": {flags}}
		if !isLooseB3(s) {
			single.compare(t, http.Header{"B3": {s}})
		}
		multi.compare(t, h)
	})
}

func FuzzJaegerSameAsOfficial(f *testing.F) {
	for _, s := range seedUbers {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		// Ours refuses longer ones, whose third part is anything.
		if !hasUncommonFlags(s) && len(s) < 80 {
			uber.compare(t, http.Header{"Uber-Trace-Id": {s}})
		}
	})
}

// compareBaggage compares what the official propagator reads from baggage before and after it was
// passed on.
func compareBaggage(t *testing.T, values ...string) {
	read := func(h http.Header) string {
		return baggage.FromContext(propagation.Baggage{}.Extract(context.Background(), propagation.HeaderCarrier(h))).String()
	}
	in := http.Header{"Baggage": values, "Traceparent": {seedParents[0]}}
	var c propagate.Context
	propagate.Default.Extract(in, &c)
	out := http.Header{}
	propagate.Default.Inject(out, c)
	for _, v := range values {
		for i := 0; i < len(v); i++ {
			if (v[i] < ' ' && v[i] != '\t') || v[i] > '~' {
				if out["Baggage"] != nil {
					t.Fatalf("%q is sent", out["Baggage"])
				}
				return // no server accepts it, and no client sends it
			}
		}
	}
	sorted := func(s string) string {
		members := map[string]bool{}
		for _, m := range strings.Split(s, ",") {
			members[m] = true
		}
		return fmt.Sprint(members) // prints maps in order
	}
	if before, after := sorted(read(in)), sorted(read(out)); before != after {
		t.Fatalf("%q: official reads %s, and after %s", values, before, after)
	}
}

func TestBaggageSameAsOfficial(t *testing.T) {
	compareBaggage(t, "a=1,b=2;p=q;r", " c = %20 ")
	compareBaggage(t, "a=1", "rubbish", "b=2")
	compareBaggage(t, "k="+strings.Repeat("v", 8190))
	compareBaggage(t, "k="+strings.Repeat("v", 8191))
	compareBaggage(t, "k="+strings.Repeat("v", 8187), "a=")
	compareBaggage(t, "k="+strings.Repeat("v", 8188), "a=")
	change := newMutator("abc=,;% \t\"\\\x00\xff")
	for i := 0; i < 20000; i++ {
		compareBaggage(t, change("a=1,b=2;p=q;r,c=%20%2C"), change("a=3"))
	}
}
