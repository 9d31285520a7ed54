package metric

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// TestCardinality checks that the specification's bound holds, and that nothing is lost.
func TestCardinality(t *testing.T) {
	enableFor(t, Config{Cardinality: 50, AttrValues: 1000})
	r := NewReader(PreferCumulative)
	for i := 0; i < 500; i++ {
		testCounter.Add(&Set{{Str: fmt.Sprint(i % 100)}}, 1)
	}
	sum, over := int64(0), int64(0)
	points := r.Collect()[0].Points
	for _, p := range points {
		sum += p.Int
		if p.Overflow {
			over = p.Int
		}
	}
	if len(points) != 50 || sum != 500 || over != 51*5 {
		t.Error(len(points), sum, over)
	}
}

func TestLimit(t *testing.T) {
	enableFor(t, Config{AttrValues: 3, Rewrite: func(key, value string) string {
		if key == "kind" && strings.HasPrefix(value, "host-") {
			return "host-*"
		}
		return value
	}})
	r := NewReader(PreferDelta)
	for i := 0; i < 2; i++ {
		for _, v := range []string{"host-1", "host-2", "a", "b", "c", "a", ""} {
			testCounter.Add(&Set{{Str: v}}, 1)
		}
		for s := 1; s < 6; s++ {
			testTimer.Record(&Set{2: {Num: int64(s)}}, 5, 0, &Origin{})
		}
		expect(t, r.Collect(), "test.count 1/1 kind=_OTHER0: 1", "test.count 1/1 kind=a0: 2", "test.count 1/1 kind=b0: 1",
			"test.count 1/1 kind=host-*0: 2", "test.count 1/1: 1",
			"test.duration 4/1 status=1: n=1 sum=5e-09 5e-09..5e-09 [1 0 0]",
			"test.duration 4/1 status=2: n=1 sum=5e-09 5e-09..5e-09 [1 0 0]",
			"test.duration 4/1 status=3: n=1 sum=5e-09 5e-09..5e-09 [1 0 0]", "test.duration 4/1: n=2 sum=1e-08 5e-09..5e-09 [2 0 0]")
	}
}

// TestHostile checks that a million distinct values of everything grow neither series nor memory.
func TestHostile(t *testing.T) {
	enableFor(t, Config{})
	r := NewReader(PreferCumulative)
	rounds := 1000000
	if testing.Short() || raceEnabled {
		rounds = 100000
	}
	send := func(from, n int) {
		junk := strings.Repeat("x", 1000)
		for i := from; i < from+n; i++ {
			v := fmt.Sprint(i, junk[:i%1000])
			testTimer.Record(&Set{{Str: v}, {Str: "/" + v}, {Num: int64(i)}, {Str: v}}, int64(i), 0,
				&Origin{Sampled: true, SpanID: [8]byte{byte(i)}})
			testCounter.Add(&Set{{Str: v}}, 1)
		}
		r.Collect()
	}
	send(0, 20000)
	before := heap()
	send(20000, rounds)
	if after := heap(); after > before+before/20+64<<10 {
		t.Errorf("the heap has grown from %d to %d", before, after)
	}
	counted := uint64(0)
	for _, m := range r.Collect() {
		if len(m.Points) > defaultCardinality {
			t.Errorf("%s has %d points", m.Name, len(m.Points))
		}
		for _, p := range m.Points {
			counted += p.Count + uint64(p.Int)
			for _, v := range p.Values {
				if len(v.Str) > maxValue {
					t.Fatal("a value is not cut")
				}
			}
		}
	}
	if counted != 2*uint64(rounds+20000) {
		t.Errorf("%d measurements", counted)
	}
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
