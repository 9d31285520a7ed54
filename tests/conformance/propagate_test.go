package conformance

import (
	"context"
	"math/rand"
	"net/http"
	"strings"
	"testing"

	"goagent/propagate"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// extractOfficial returns what the SDK's propagator extracts from headers.
func extractOfficial(h http.Header) trace.SpanContext {
	ctx := propagation.TraceContext{}.Extract(context.Background(), propagation.HeaderCarrier(h))
	return trace.SpanContextFromContext(ctx)
}

// compareW3C extracts and injects with both. Three differences are intended, and such input is
// skipped. The recommendation has receivers ignore reserved flags of version 00, the SDK refuses
// them; it has version 00 end after the flags, the SDK accepts one more dash; it allows list
// members of white space, the SDK does not.
func compareW3C(t *testing.T, parent, state string) {
	t.Helper()
	if strings.HasPrefix(parent, "00") && (len(parent) == 56 && parent[55] == '-' ||
		len(parent) == 55 && (parent[53] != '0' || parent[54] > '3')) {
		return
	}
	for _, member := range strings.Split(state, ",") {
		if member != "" && strings.Trim(member, " \t") == "" {
			return
		}
	}
	h := http.Header{"Traceparent": {parent}, "Tracestate": {state}}
	theirs := extractOfficial(h)
	var ours propagate.Context
	ok := propagate.Default.Extract(h, &ours)
	if ok != theirs.IsValid() {
		t.Fatalf("%q: valid %v, official %v", parent, ok, theirs.IsValid())
	}
	if !ok {
		return
	}
	oursState, err := trace.ParseTraceState(ours.State)
	if err != nil {
		t.Fatalf("%q passed, official: %v", state, err)
	}
	if !sameContext(ours, theirs) || oursState.String() != theirs.TraceState().String() {
		t.Fatalf("%q %q: %+v, official %+v", parent, state, ours, theirs)
	}
	if ours.State == "" && theirs.TraceState().Len() > 0 {
		t.Fatalf("%q was refused, the official one takes it", state)
	}
	ourHeader, theirHeader := http.Header{}, http.Header{}
	propagate.Default.Inject(ourHeader, ours)
	propagation.TraceContext{}.Inject(trace.ContextWithSpanContext(context.Background(), theirs), propagation.HeaderCarrier(theirHeader))
	if ourHeader.Get("Traceparent") != theirHeader.Get("Traceparent") {
		t.Fatalf("injects %v, official %v", ourHeader, theirHeader)
	}
	if back := extractOfficial(ourHeader); !back.Equal(theirs) {
		t.Fatalf("the official one reads %+v from %v, not %+v", back, ourHeader, theirs)
	}
}

var seedParents = []string{
	"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03",
	"cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more", "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-09",
	"ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "00-00000000000000000000000000000000-b7ad6b7169203331-01",
	"00-0af7651916cd43dd8448eb211c80319c-0000000000000000-00", "00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "",
}

var seedStates = []string{"", "a=1", "a=1,b=2", " a=1\t , 1t@s= x ", "a=1,,b=2,", "a=1,a=2", "a", "=", "A=1", "a=\u00e9", "a=1=2",
	strings.Repeat("k", 256) + "=" + strings.Repeat("v", 256), "a@" + strings.Repeat("b", 15) + "=1", strings.Repeat("a1=2,", 33)}

// TestSameAsOfficial changes good headers slightly, in many ways; the same ways in every run.
func TestSameAsOfficial(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	const alphabet = "0123456789abcdefgzAF-_=, \t@*/!~\x00\xff\x7f"
	change := func(s string) string {
		for n := random.Intn(4); n > 0; n-- {
			at := random.Intn(len(s) + 1)
			c := string(alphabet[random.Intn(len(alphabet))])
			switch random.Intn(4) {
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
			case 3:
				if len(s) < 1000 {
					s = s[:at] + "," + s[at:] + s[:at]
				}
			}
		}
		return s
	}
	for _, parent := range seedParents {
		for _, state := range seedStates {
			compareW3C(t, parent, state)
		}
	}
	for i := 0; i < 200000; i++ {
		parent := seedParents[random.Intn(len(seedParents))]
		if random.Intn(2) == 0 {
			parent = change(parent)
		}
		compareW3C(t, parent, change(seedStates[random.Intn(len(seedStates))]))
	}
}

func FuzzSameAsOfficial(f *testing.F) {
	for _, parent := range seedParents {
		f.Add(parent, "a=1")
	}
	for _, state := range seedStates {
		f.Add(seedParents[0], state)
	}
	f.Fuzz(compareW3C)
}
