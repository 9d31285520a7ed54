package metric

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand"
	"runtime"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"
)

var (
	testTimer = NewTimer(Desc{Name: "test.duration", Text: "Test."}, []time.Duration{time.Millisecond, time.Second},
		Keys("method", "http.route", "#status", "error.type"), nil)
	testSize    = NewHistogram(Desc{Name: "test.size", Unit: "By"}, []int64{10, 100}, nil)
	testCounter = NewCounter(Desc{Name: "test.count", Unit: "{thing}"}, Keys("kind"))
	testActive  = NewUpDownCounter(Desc{Name: "test.active"}, Keys("kind"))
	testGauge   = NewGauge(Desc{Name: "test.gauge"}, Keys("kind"))
)

func enableFor(t testing.TB, c Config) {
	t.Helper()
	Enable(c)
	t.Cleanup(Disable)
}

// show writes the collected metrics, a line for each point.
func show(all []Metric) string {
	var lines []string
	for _, m := range all {
		for _, p := range m.Points {
			var b strings.Builder
			fmt.Fprintf(&b, "%s %d/%d", m.Name, m.Kind, m.Temporality)
			for i, v := range p.Values {
				if v != (Value{}) {
					fmt.Fprintf(&b, " %s=%s%d", m.Keys[i].Name, v.Str, v.Num)
				}
			}
			if p.Overflow {
				b.WriteString(" overflow")
			}
			if m.Kind == KindHistogram {
				fmt.Fprintf(&b, ": n=%d sum=%g %g..%g %v", p.Count, p.Sum, p.Min, p.Max, p.Buckets)
			} else {
				fmt.Fprintf(&b, ": %d", p.Int)
			}
			lines = append(lines, b.String())
		}
	}
	sort.Strings(lines)
	return strings.Join(lines, "\n")
}

func expect(t *testing.T, all []Metric, want ...string) {
	t.Helper()
	if got := show(all); got != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

func record(d time.Duration, values ...string) {
	var s Set
	for i, v := range values {
		s[i].Str = v
	}
	testTimer.Record(&s, int64(d), 0, &Origin{})
}

func TestTemporality(t *testing.T) {
	enableFor(t, Config{})
	cumulative, delta, low := NewReader(PreferCumulative), NewReader(PreferDelta), NewReader(PreferLowMemory)
	observed := int64(10)
	Observe(func() []Metric {
		return []Metric{{Desc: Desc{Name: "seen"}, Kind: KindCounter, Points: []Point{{Int: observed}}}}
	})
	for i := 0; i < 2; i++ {
		record(time.Millisecond, "GET")
		record(2*time.Second, "GET")
		testCounter.Add(&Set{{Str: "a"}}, 2)
		testActive.Add(&Set{{Str: "a"}}, -3)
		testGauge.Set(&Set{{Str: "a"}}, int64(7-i))
		testSize.Record(&Set{}, 10, 0, &Origin{})
		if i == 0 {
			const rest = "test.gauge 3/2 kind=a0: 7\ntest.size 4/%d: n=1 sum=10 10..10 [1 0 0]"
			const first = "seen 1/%d: 10\ntest.active 2/2 kind=a0: -3\ntest.count 1/%d kind=a0: 2\n" +
				"test.duration 4/%d method=GET0: n=2 sum=2.001 0.001..2 [1 0 1]\n" + rest
			expect(t, cumulative.Collect(), fmt.Sprintf(first, 2, 2, 2, 2))
			expect(t, delta.Collect(), fmt.Sprintf(first, 1, 1, 1, 1))
			expect(t, low.Collect(), fmt.Sprintf(first, 2, 1, 1, 1))
			observed = 15
		}
	}
	expect(t, cumulative.Collect(), "seen 1/2: 15", "test.active 2/2 kind=a0: -6", "test.count 1/2 kind=a0: 4",
		"test.duration 4/2 method=GET0: n=4 sum=4.002 0.001..2 [2 0 2]", "test.gauge 3/2 kind=a0: 6",
		"test.size 4/2: n=2 sum=20 10..10 [2 0 0]")
	expect(t, delta.Collect(), "seen 1/1: 5", "test.active 2/2 kind=a0: -6", "test.count 1/1 kind=a0: 2",
		"test.duration 4/1 method=GET0: n=2 sum=2.001 0.001..2 [1 0 1]", "test.gauge 3/2 kind=a0: 6",
		"test.size 4/1: n=1 sum=10 10..10 [1 0 0]")
	expect(t, delta.Collect(), "test.active 2/2 kind=a0: -6", "test.gauge 3/2 kind=a0: 6")
	record(time.Second, "GET") // the range is that of the interval, or of all times
	const name, other = "test.duration 4/%d method=GET0: n=%s", "test.active 2/2 kind=a0: -6"
	expect(t, delta.Collect(), other, fmt.Sprintf(name, 1, "1 sum=1 1..1 [0 1 0]"), "test.gauge 3/2 kind=a0: 6")
	if got, want := show(cumulative.Collect()), fmt.Sprintf(name, 2, "5 sum=5.002 0.001..2 [2 1 2]"); !strings.Contains(got, want) {
		t.Errorf("no %s in %s", want, got)
	}
}

// TestTimes checks that the intervals of a delta reader join, and that those of a cumulative one
// begin at the start.
func TestTimes(t *testing.T) {
	before := time.Now().UnixNano()
	enableFor(t, Config{})
	cumulative, delta := NewReader(PreferCumulative), NewReader(PreferDelta)
	var last int64
	for i := 0; i < 3; i++ {
		testCounter.Add(&Set{}, 1)
		c, d := cumulative.Collect()[0].Points[0], delta.Collect()[0].Points[0]
		if c.Start < before || c.Time <= c.Start || d.Time <= d.Start || last != 0 && d.Start != last || last == 0 && d.Start != c.Start {
			t.Errorf("%+v %+v, last %d", c, d, last)
		}
		last = d.Time
	}
}

func TestSumThatWraps(t *testing.T) {
	enableFor(t, Config{})
	r := NewReader(PreferCumulative)
	for i := 0; i < 4; i++ {
		record(math.MaxInt64-1, "GET")
		r.Collect()
	}
	if p := r.Collect()[0].Points[0]; math.Abs(p.Sum/(4*math.MaxInt64/1e9)-1) > 1e-9 {
		t.Error(p.Sum)
	}
}

func TestSlow(t *testing.T) {
	enableFor(t, Config{Slow: func(name string) time.Duration {
		if name == "test.duration" {
			return time.Second
		}
		return 0
	}})
	r := NewReader(PreferDelta)
	for i := 0; i < 2; i++ {
		record(time.Second-1, "GET")
		record(time.Second, "GET")
		record(time.Hour, "PUT")
		testSize.Record(&Set{}, 1<<40, 0, &Origin{})
		got := show(r.Collect())
		if want := "goagent.test.slow 1/1 method=GET0: 1\ngoagent.test.slow 1/1 method=PUT0: 1\n"; !strings.HasPrefix(got, want) || strings.Count(got, "slow") != 2 {
			t.Error(got)
		}
	}
}

func TestExemplars(t *testing.T) {
	for _, filter := range []Filter{TraceBased, AlwaysOn, AlwaysOff} {
		Enable(Config{Exemplars: filter})
		r, second := NewReader(PreferCumulative), NewReader(PreferDelta)
		for round := 0; round < 2; round++ {
			for i := byte(1); i < 200; i++ {
				testTimer.Record(&Set{}, int64(i)*int64(time.Second)/100, 77,
					&Origin{SpanID: [8]byte{i}, TraceID: [16]byte{i}, Sampled: i%2 == 0})
			}
			for _, r := range []*Reader{r, second} {
				p := r.Collect()[0].Points[0]
				if want := map[Filter]int{TraceBased: 2, AlwaysOn: 2, AlwaysOff: 0}[filter]; len(p.Exemplars) != want {
					t.Fatalf("filter %d: %+v", filter, p.Exemplars)
				}
				for _, e := range p.Exemplars {
					if e.Time != 77 || e.SpanID[0] != e.TraceID[0] ||
						math.Abs(float64(e.SpanID[0])/100-e.Value) > 1e-9 || filter == TraceBased && e.SpanID[0]%2 != 0 {
						t.Errorf("%+v", e)
					}
				}
			}
		}
		Disable()
	}
}

// TestExemplarsAreFair checks that each of a bucket's measurements has about the same chance, be
// they few or many.
func TestExemplarsAreFair(t *testing.T) {
	for _, many := range []int{10, 5000} {
		var counts [10]int
		ids := rand.New(rand.NewSource(1))
		const rounds = 5000
		for round := 0; round < rounds; round++ {
			var p exemplarSlot
			for i := 0; i < many; i++ {
				from := Origin{}
				binary.LittleEndian.PutUint64(from.SpanID[:], ids.Uint64())
				p.offer(int64(i*len(counts)/many), 1, &from)
			}
			counts[p.take(nil)[0].Value]++
		}
		for i, n := range counts {
			if n < rounds/10-100 || n > rounds/10+100 {
				t.Errorf("tenth %d of %d was kept %d times of %d", i, many, n, rounds)
			}
		}
	}
}

// TestShards checks that nothing is lost or reported twice when a series becomes sharded.
func TestShards(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	enableFor(t, Config{Exemplars: AlwaysOff, Slow: func(string) time.Duration { return time.Second }})
	cumulative, delta := NewReader(PreferCumulative), NewReader(PreferDelta)
	var kept CachedSeries
	set := Set{{Str: "a"}}
	const each, writers = 3 * shardAfter, 5
	var all sync.WaitGroup
	for w := 1; w <= writers; w++ {
		all.Add(1)
		go func(w int, lane Shard) {
			defer all.Done()
			for i := 0; i < each; i++ {
				testTimer.Record(&set, int64(time.Second)*int64(w), 1, &Origin{Shard: lane})
				kept.Resolve(testActive, &set).Add(lane, 1)
			}
		}(w, NewShard())
	}
	var got [2]Point // the sum of the delta points, and the cumulative point
	look := func() {
		for _, m := range delta.Collect() {
			if p := m.Points[0]; m.Kind == KindHistogram {
				got[0].Count += p.Count
				got[0].Sum += p.Sum
			}
		}
	}
	for i := 0; i < 20; i++ {
		look()
	}
	all.Wait()
	look()
	if testTimer.With(&set).shards == nil {
		t.Error("not busy")
	}
	for _, m := range cumulative.Collect() {
		p := m.Points[0]
		switch {
		case m.Kind == KindHistogram:
			got[1] = p
			if p.Min != 1 || p.Max != writers {
				t.Errorf("from %v to %v", p.Min, p.Max)
			}
		case p.Int != each*writers: // the slow ones, and the operations in progress
			t.Errorf("%s: %d", m.Name, p.Int)
		}
	}
	for _, p := range got {
		if p.Count != each*writers || p.Sum != each*writers*(writers+1)/2 {
			t.Errorf("%d, in all %v s", p.Count, p.Sum)
		}
	}
}

// TestMaxSharded checks the bound of sharded series.
func TestMaxSharded(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	for round := 0; round < 2; round++ {
		Enable(Config{})
		split := 0
		for i := 0; i < 2*maxSharded; i++ {
			s := testTimer.With(&Set{{Str: fmt.Sprint(i)}})
			testTimer.shard(s)
			testTimer.shard(s)
			if s.shards != nil {
				split++
			}
		}
		Disable()
		if split != maxSharded {
			t.Errorf("%d are in lanes", split)
		}
	}
}

func TestWake(t *testing.T) {
	woken := 0
	enableFor(t, Config{Wake: func() { woken++ }})
	for i := 1; i < 3; i++ {
		record(1, "GET")
		testCounter.Add(&Set{}, 1)
		if woken != i {
			t.Errorf("woken %d times, want %d", woken, i)
		}
		ArmWake()
	}
}

func TestDisabled(t *testing.T) {
	Disable()
	record(1, "GET")
	testCounter.Add(&Set{}, 1)
	testCounter.With(&Set{}).Add(0, 1)
	enableFor(t, Config{})
	expect(t, NewReader(PreferCumulative).Collect(), "")
}

// TestConcurrent is for the race detector, and counts.
func TestConcurrent(t *testing.T) {
	enableFor(t, Config{Cardinality: 40, AttrValues: 20})
	readers := []*Reader{NewReader(PreferDelta), NewReader(PreferCumulative)}
	var all, done sync.WaitGroup
	const workers, each = 8, 5000
	stop := make(chan bool)
	sums := make([]uint64, len(readers))
	for i, r := range readers {
		done.Add(1)
		go func(i int, r *Reader) {
			defer done.Done()
			for last := false; !last; {
				select {
				case <-stop:
					last = true
				default:
				}
				n := uint64(0)
				for _, m := range r.Collect() {
					for _, p := range m.Points {
						n += p.Count
					}
				}
				if i == 0 {
					sums[i] += n
				} else {
					sums[i] = n
				}
			}
		}(i, r)
	}
	for w := 0; w < workers; w++ {
		all.Add(1)
		go func(w int) {
			defer all.Done()
			for i := 0; i < each; i++ {
				testTimer.Record(&Set{{Str: fmt.Sprint(i % 30)}, {Str: fmt.Sprint(w)}}, int64(i), 0,
					&Origin{Sampled: true, SpanID: [8]byte{byte(i)}})
				testActive.Add(&Set{{Str: fmt.Sprint(i % 3)}}, 1)
			}
		}(w)
	}
	all.Wait()
	close(stop)
	done.Wait()
	if sums[0] != workers*each || sums[1] != workers*each {
		t.Error(sums)
	}
}

func TestCut(t *testing.T) {
	for _, s := range []string{strings.Repeat("\u00e9", 300), strings.Repeat("x", 255) + "\u20ac", strings.Repeat("\xff", 300), "short"} {
		got := Cut(s, maxValue)
		if len(got) > maxValue || !strings.HasPrefix(s, got) || len(s) > maxValue && len(got) < maxValue-4 {
			t.Errorf("%q: %d bytes", s, len(got))
		}
		if strings.HasSuffix(got, "\xe2\x82") || strings.HasSuffix(got, "\xc3") {
			t.Errorf("cut within a character: %q", got[250:])
		}
	}
}

func TestAllocations(t *testing.T) {
	enableFor(t, Config{})
	set := Set{{Str: "GET"}, {Str: "/order/{id}"}, {Num: 200}}
	from := Origin{Sampled: true, SpanID: [8]byte{1, 2, 3}}
	for name, f := range map[string]func(){
		"timer":   func() { testTimer.Record(&set, 1000, 1, &from) },
		"counter": func() { testCounter.Add(&set, 1) },
		"gauge":   func() { testGauge.Set(&set, 1) },
	} {
		f()
		if n := testing.AllocsPerRun(100, f); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func BenchmarkRecord(b *testing.B) {
	enableFor(b, Config{})
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		set := Set{{Str: "GET"}, {Str: "/order/{id}"}, {Num: 200}}
		from := Origin{Sampled: true, SpanID: [8]byte{1, 2, 3}}
		for n := int64(1); pb.Next(); n++ {
			testTimer.Record(&set, n&0xfffff, 1, &from)
		}
	})
}

func BenchmarkRecordSingle(b *testing.B) {
	enableFor(b, Config{})
	b.ReportAllocs()
	set := Set{{Str: "GET"}, {Str: "/order/{id}"}, {Num: 200}}
	from := Origin{}
	for i := 0; i < b.N; i++ {
		testTimer.Record(&set, int64(i&0xfffff), 1, &from)
	}
}

// BenchmarkHostileValues is a hostile client's: every value is a new one.
func BenchmarkHostileValues(b *testing.B) {
	enableFor(b, Config{})
	names := make([]string, 1<<14)
	for i := range names {
		names[i] = fmt.Sprint("/path/", i)
		record(1, "GET", names[i])
	}
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		set := Set{{Str: "GET"}, {Str: names[i&(1<<14-1)]}, {Num: 200}}
		testTimer.Record(&set, 1000, 1, &Origin{})
	}
}

// TestCachedSeries checks that a series is cached until Disable, and no longer.
func TestCachedSeries(t *testing.T) {
	i := NewUpDownCounter(Desc{Name: "test.kept"}, Keys("a"))
	var k CachedSeries
	set := Set{{Str: "x"}}
	if k.Series() != nil || k.Resolve(i, &set) != nil {
		t.Error("there is a series while nothing is recorded")
	}
	Enable(Config{})
	first := k.Resolve(i, &set)
	if first == nil || k.Series() != first || i.With(&set) != first {
		t.Error("another series")
	}
	Disable()
	if k.Series() != nil {
		t.Error("a series of before Disable")
	}
	Enable(Config{})
	defer Disable()
	if k.Series() != nil || k.Resolve(i, &set) == first {
		t.Error("a series of before Disable is used again")
	}
}
