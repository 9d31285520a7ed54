package metric

import (
	"fmt"
	"math"
	"math/big"
	"math/rand"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// exactIndexOf is indexOf by another method: the bucket is the exponent of the number's 2^scale-th
// power.
func exactIndexOf(v float64, scale int) int64 {
	power := new(big.Float).SetPrec(400).SetFloat64(v)
	half := new(big.Float)
	exponent := int64(power.MantExp(half))
	for i := 0; i < scale; i++ {
		half.Mul(half, half)
		exponent = 2*exponent + int64(half.MantExp(half))
	}
	if half.Cmp(big.NewFloat(0.5)) == 0 { // a power of 2 is the end of its bucket
		exponent--
	}
	for exponent--; scale < 0; scale++ {
		exponent >>= 1
	}
	return exponent
}

// boundary returns the number nearest to 2^(k/2^scale), for a scale of 0 or more.
func boundary(k int64, scale int) float64 {
	b, root := new(big.Float).SetPrec(400).SetInt64(1), new(big.Float).SetPrec(400).SetInt64(2)
	for at := scale - 1; at >= 0; at-- {
		if root.Sqrt(root); k>>uint(at)&1 == 1 {
			b.Mul(b, root)
		}
	}
	f, _ := b.SetMantExp(b, int(k>>uint(scale))).Float64()
	return f
}

// randomNumber returns any positive number.
func randomNumber(r *rand.Rand) float64 {
	for {
		if v := math.Float64frombits(r.Uint64() >> 1); v > 0 && v <= math.MaxFloat64 {
			return v
		}
	}
}

// aroundNumber calls f for a number and for those on both sides of it.
func aroundNumber(v float64, f func(float64)) {
	below, above := math.Nextafter(v, 0), math.Nextafter(v, math.MaxFloat64)
	for _, v := range []float64{math.Nextafter(below, 0), below, v, above, math.Nextafter(above, math.MaxFloat64)} {
		if v > 0 {
			f(v)
		}
	}
}

// TestIndex compares the mapping with one of many digits: powers of 2, boundaries, and the numbers
// next to them.
func TestIndex(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	for scale := -12; scale <= maxScale; scale++ {
		wrong := 0
		check := func(v float64) {
			if got, want := indexOf(v, scale), exactIndexOf(v, scale); got != want {
				if wrong++; wrong < 4 {
					t.Errorf("scale %d: %b (%g) is in bucket %d, want %d", scale, v, v, got, want)
				}
			}
		}
		for e := -1074; e < 1024; e += 1 + r.Intn(8) {
			aroundNumber(math.Ldexp(1, e), check)
		}
		for i := 0; i < 300; i++ {
			check(randomNumber(r))
			check(float64(r.Int63()>>uint(r.Intn(62))+1) / float64(time.Second))
			if scale > 0 {
				aroundNumber(boundary(r.Int63n(2000<<uint(scale))-1000<<uint(scale), scale), check)
			}
		}
	}
	for _, c := range []struct {
		v     float64
		scale int
		want  int64
	}{{1, 0, -1}, {1.5, 0, 0}, {2, 0, 0}, {2.1, 0, 1}, {1, 20, -1}, {2, 20, 1<<20 - 1}, {0.5, 3, -9}, {4, -1, 0},
		{4.1, -1, 1}, {1, -1, -1}, {0.25, -1, -2}} {
		if got := indexOf(c.v, c.scale); got != c.want {
			t.Errorf("scale %d: %g is in bucket %d, want %d", c.scale, c.v, got, c.want)
		}
	}
}

// TestRoots checks that the table holds the roots, rounded.
func TestRoots(t *testing.T) {
	root := new(big.Float).SetPrec(400).SetInt64(2)
	for i, got := range rootsOfTwo {
		root.Sqrt(root)
		scaled := new(big.Float).SetMantExp(root, 127)
		want, _ := scaled.Add(scaled, big.NewFloat(0.5)).Int(nil)
		both := new(big.Int).SetUint64(got.high)
		if both.Lsh(both, 64).Or(both, new(big.Int).SetUint64(got.low)); both.Cmp(want) != 0 {
			t.Errorf("root %d is %x, want %x", i+1, both, want)
		}
	}
}

// hardInputs returns lists of numbers that are hard for one reason or another.
func hardInputs(r *rand.Rand) map[string][]float64 {
	all := map[string][]float64{
		"one":      {1, 1, 1},
		"ends":     {5e-324, math.MaxFloat64, 1},
		"ends too": {math.MaxFloat64, 5e-324},
		"up":       nil, "down": nil, "wide": nil, "narrow": nil, "outwards": nil, "just fits": nil, "just does not": nil,
	}
	for i := 0; i < 3000; i++ {
		f := float64(i)
		all["up"] = append(all["up"], math.Pow(1.3, f/10))
		all["down"] = append(all["down"], math.Pow(1.3, -f/10))
		all["wide"] = append(all["wide"], randomNumber(r))
		all["narrow"] = append(all["narrow"], 1e-3*(1+r.Float64()/1e5))
		all["outwards"] = append(all["outwards"], math.Pow(1.01, f*(1-2*float64(i%2))))
	}
	for i := int64(0); i <= maxBuckets; i++ {
		middle := (boundary(7+i, 20) + boundary(8+i, 20)) / 2
		if all["just does not"] = append(all["just does not"], middle); i < maxBuckets {
			all["just fits"] = append(all["just fits"], middle)
		}
	}
	return all
}

// checkCounts checks an exponential histogram against the numbers that are in it.
func checkCounts(t *testing.T, e *exponential, all []float64) {
	t.Helper()
	low, high := int64(math.MaxInt64), int64(math.MinInt64)
	want := exponential{scale: e.scale}
	for _, v := range all {
		finest := exactIndexOf(v, maxScale)
		if finest < low {
			low = finest
		}
		if finest > high {
			high = finest
		}
	}
	scale := maxScale
	for ; high-low >= maxBuckets; scale-- {
		low, high = low>>1, high>>1
	}
	if e.scale != scale || e.offset != low || int64(e.used) != high-low+1 || e.used > maxBuckets {
		t.Fatalf("scale %d, %d buckets from %d on, want scale %d, from %d to %d", e.scale, e.used, e.offset, scale, low, high)
	}
	for _, v := range all {
		want.counts[exactIndexOf(v, scale)-low]++
	}
	if e.counts != want.counts {
		t.Errorf("%v, want %v", e.counts, want.counts)
	}
}

// TestExponentialCounts checks that every number is in its bucket, at the largest scale that has
// room for all, whatever the numbers, their order and the parts that are merged.
func TestExponentialCounts(t *testing.T) {
	r := rand.New(rand.NewSource(2))
	for name, all := range hardInputs(r) {
		whole, parts := exponential{scale: maxScale}, [3]exponential{{scale: maxScale}, {scale: maxScale}, {scale: maxScale}}
		for i, v := range all {
			whole.add(indexOf(v, whole.scale), 1)
			part := &parts[r.Intn(3)]
			part.add(indexOf(v, part.scale), 1)
			if whole.used > maxBuckets || whole.used < 1 || whole.counts[0] == 0 || whole.counts[whole.used-1] == 0 {
				t.Fatalf("%s: %d buckets after %d", name, whole.used, i+1)
			}
			if i%97 == 0 || i < 5 {
				checkCounts(t, &whole, all[:i+1])
			}
		}
		checkCounts(t, &whole, all)
		parts[2].zero = 3
		for i := range parts[1:] {
			parts[0].merge(&parts[i+1])
		}
		if whole.zero = 3; parts[0] != whole {
			t.Errorf("%s: the parts together are %+v, the whole is %+v", name, parts[0], whole)
		}
	}
}

// exponentialPoints writes the points of exponential histograms: the count of each bucket.
func exponentialPoints(t *testing.T, all []Metric) string {
	t.Helper()
	text := ""
	for _, m := range all {
		if m.Kind != KindHistogram {
			continue
		}
		if !m.Exponential || m.Bounds != nil {
			t.Errorf("%s has bounds", m.Name)
		}
		for _, p := range m.Points {
			checkPoint(t, &p)
			text += fmt.Sprintf("%s/%d n=%d sum=%.12g %.12g..%.12g scale=%d zero=%d", m.Name, m.Temporality, p.Count,
				p.Sum, p.Min, p.Max, p.Scale, p.Zero)
			for i, n := range p.Buckets {
				if n > 0 {
					text += fmt.Sprintf(" %d:%d", int(p.Offset)+i, n)
				}
			}
			text += "\n"
		}
	}
	return text
}

func checkPoint(t *testing.T, p *Point) {
	t.Helper()
	n := p.Zero
	for _, b := range p.Buckets {
		n += b
	}
	if n != p.Count || len(p.Buckets) > maxBuckets {
		t.Errorf("%d in %d buckets, %d counted", n, len(p.Buckets), p.Count)
	}
}

// TestExponential checks that readers get the form and the temporality that they prefer, in the
// reported unit.
func TestExponential(t *testing.T) {
	enableFor(t, Config{Exponential: true, Exemplars: AlwaysOn})
	cumulative, delta, low := NewReader(PreferCumulative|Exponential), NewReader(PreferDelta|Exponential),
		NewReader(PreferLowMemory|Exponential)
	plain := NewReader(PreferCumulative)
	expectText := func(r *Reader, want string) {
		t.Helper()
		if got := exponentialPoints(t, r.Collect()); got != want {
			t.Errorf("got\n%swant\n%s", got, want)
		}
	}
	record(time.Second/2, "GET") // a power of 2 in seconds, though not in nanoseconds
	record(time.Second/2, "GET")
	record(0, "GET")
	const first = "test.duration/%d n=3 sum=1 0..0.5 scale=20 zero=1 -1048577:2\n"
	expectText(cumulative, fmt.Sprintf(first, 2))
	expectText(delta, fmt.Sprintf(first, 1))
	record(4*time.Second, "GET")
	record(1<<62, "GET") // nearly infinite
	record(1, "GET")
	const second = "n=3 sum=4611686022.43 1e-09..4611686018.43 scale=1 zero=0 -60:1 3:1 64:1\n"
	expectText(delta, "test.duration/1 "+second)
	expectText(low, "test.duration/1 n=6 sum=4611686023.43 0..4611686018.43 scale=1 zero=1 -60:1 -3:2 3:1 64:1\n")
	expectText(delta, "")
	record(-5, "GET") // the clock was set back
	testSize.Record(&Set{}, 8, 0, &Origin{})
	expectText(delta, "test.duration/1 n=1 sum=-5e-09 -5e-09..-5e-09 scale=20 zero=1\ntest.size/1 n=1 sum=8 8..8 "+
		"scale=20 zero=0 3145727:1\n")
	record(time.Second/2, "GET") // as fine as at first: no earlier measurement is in it
	expectText(delta, "test.duration/1 n=1 sum=0.5 0.5..0.5 scale=20 zero=0 -1048577:1\n")
	const all = "test.duration/2 n=8 sum=4611686023.93 -5e-09..4611686018.43 scale=1 zero=2 -60:1 -3:3 3:1 " +
		"64:1\ntest.size/2 n=1 sum=8 8..8 scale=20 zero=0 3145727:1\n"
	expectText(cumulative, all)
	expectText(cumulative, all)
	expect(t, plain.Collect(), "test.duration 4/2 method=GET0: n=8 sum=4.611686023927388e+09 "+
		"-5e-09..4.611686018427388e+09 [3 3 2]", "test.size 4/2: n=1 sum=8 8..8 [1 0 0]")
}

// TestExponentialExemplars checks that there are as many as with explicit buckets, in the reported
// unit.
func TestExponentialExemplars(t *testing.T) {
	enableFor(t, Config{Exponential: true, Exemplars: TraceBased})
	r := NewReader(PreferDelta | Exponential)
	testTimer.Record(&Set{}, int64(2*time.Second), 77, &Origin{SpanID: [8]byte{1}, TraceID: [16]byte{2}, Sampled: true})
	testTimer.Record(&Set{}, int64(time.Second), 78, &Origin{SpanID: [8]byte{3}})
	p := r.Collect()[0].Points[0]
	if want := (ExemplarPoint{77, 2, [16]byte{2}, [8]byte{1}}); len(p.Exemplars) != 1 || p.Exemplars[0] != want || p.Scale != 7 {
		t.Errorf("%+v", p)
	}
}

// TestExponentialOverflow checks that the overflow series has one, too.
func TestExponentialOverflow(t *testing.T) {
	enableFor(t, Config{Exponential: true, Cardinality: 2})
	r := NewReader(PreferCumulative | Exponential)
	for i := 0; i < 5; i++ {
		record(time.Second, fmt.Sprint(i))
	}
	for _, p := range r.Collect()[0].Points {
		if checkPoint(t, &p); p.Overflow && p.Count != 4 || !p.Overflow && p.Count != 1 {
			t.Errorf("%+v", p)
		}
	}
}

// TestExponentialIsAskedFor checks that without the setting there are only the explicit buckets,
// whatever a reader prefers.
func TestExponentialIsAskedFor(t *testing.T) {
	enableFor(t, Config{})
	r := NewReader(PreferDelta | Exponential)
	record(time.Second, "GET")
	if testTimer.With(&Set{{Str: "GET"}}).exponential != nil {
		t.Error("it is kept")
	}
	Observe(func() []Metric {
		return []Metric{{Desc: Desc{Name: "seen"}, Kind: KindHistogram, Bounds: []float64{1},
			Points: []Point{{Count: 1, Sum: 1, Buckets: []uint64{1, 0}}}}}
	})
	expect(t, r.Collect(), "seen 4/1: n=1 sum=1 0..0 [1 0]", "test.duration 4/1 method=GET0: n=1 sum=1 1..1 [0 1 0]")
}

// TestExponentialConcurrent is for the race detector, and counts: no measurement is lost or
// reported twice, and each point is consistent.
func TestExponentialConcurrent(t *testing.T) {
	enableFor(t, Config{Exponential: true, Cardinality: 10})
	readers := []*Reader{NewReader(PreferDelta | Exponential), NewReader(PreferDelta | Exponential),
		NewReader(PreferCumulative | Exponential), NewReader(PreferDelta)}
	sums, seconds := make([]uint64, len(readers)), make([]float64, len(readers))
	collect := func(at int) {
		n, sum := uint64(0), 0.0
		for _, m := range readers[at].Collect() {
			for _, p := range m.Points {
				if checkPoint(t, &p); m.Exponential != (at < 3) {
					t.Error("not what is preferred")
				}
				n, sum = n+p.Count, sum+p.Sum
			}
		}
		if at != 2 {
			n, sum = n+sums[at], sum+seconds[at]
		}
		sums[at], seconds[at] = n, sum
	}
	const workers, each = 6, 4000
	var reading sync.WaitGroup
	stop := make(chan bool)
	for at := range readers {
		reading.Add(1)
		go func(at int) {
			defer reading.Done()
			for {
				select {
				case <-stop:
					return
				default:
					collect(at)
				}
			}
		}(at)
	}
	measured := recordConcurrently(workers, each)
	close(stop)
	reading.Wait()
	for i := 0; i < 3; i++ {
		record(0, "GET", fmt.Sprint(i)) // a late sum is reported with the next count
	}
	for at := range readers {
		if collect(at); sums[at] != workers*each+3 || math.Abs(seconds[at]-float64(measured)/1e9) > 1e-3 {
			t.Errorf("reader %d: %d, %g s of %d ns", at, sums[at], seconds[at], measured)
		}
	}
}

// recordConcurrently has several goroutines record durations, and returns their sum in nanoseconds.
func recordConcurrently(workers, each int) (sum int64) {
	var recording sync.WaitGroup
	for w := 0; w < workers; w++ {
		recording.Add(1)
		go func(w int) {
			defer recording.Done()
			for i := 0; i < each; i++ {
				d := time.Millisecond << uint((i+w)%12) * time.Duration(i%2)
				atomic.AddInt64(&sum, int64(d))
				record(d, "GET", fmt.Sprint(i%3))
			}
		}(w)
	}
	recording.Wait()
	return sum
}

// TestExponentialSum checks that a sum may be late, but never covers more than is counted.
func TestExponentialSum(t *testing.T) {
	enableFor(t, Config{Exponential: true})
	r := NewReader(PreferCumulative | Exponential)
	const each = 200000
	var recording sync.WaitGroup
	for w := 0; w < 2; w++ {
		recording.Add(1)
		go func() {
			defer recording.Done()
			for i := 0; i < each; i++ {
				record(time.Second, "GET")
			}
		}()
	}
	for last := uint64(0); last < 2*each; {
		for _, m := range r.Collect() {
			p := &m.Points[0]
			if last = p.Count; p.Sum > float64(last) {
				t.Fatalf("%d of a second each are %g s", p.Count, p.Sum)
			}
		}
	}
	recording.Wait()
}

// TestExponentialAllocations checks that there are none, whatever is measured.
func TestExponentialAllocations(t *testing.T) {
	enableFor(t, Config{Exponential: true})
	set := Set{{Str: "GET"}}
	n := int64(1)
	f := func() {
		testTimer.Record(&set, n&math.MaxInt64, 1, &Origin{})
		n *= 31
	}
	f()
	if n := testing.AllocsPerRun(1000, f); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// BenchmarkRecordExponential is to be compared with BenchmarkRecordSingle.
func BenchmarkRecordExponential(b *testing.B) {
	enableFor(b, Config{Exponential: true})
	b.ReportAllocs()
	set := Set{{Str: "GET"}, {Str: "/order/{id}"}, {Num: 200}}
	from := Origin{}
	for i := 0; i < b.N; i++ {
		testTimer.Record(&set, int64(i&0xfffff), 1, &from)
	}
}
