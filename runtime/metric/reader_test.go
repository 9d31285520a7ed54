package metric

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"
)

// TestClockSetBack checks that no interval ends before it begins, and that intervals join.
func TestClockSetBack(t *testing.T) {
	enableFor(t, Config{})
	for _, prefer := range []Preference{PreferCumulative, PreferDelta} {
		r := NewReader(prefer)
		// This is as it was when the clock was an hour fast.
		r.lastTime = time.Now().Add(time.Hour).UnixNano()
		end := r.lastTime
		testCounter.Add(&Set{}, 1)
		p := r.Collect()[0].Points[0]
		if p.Time < p.Start || p.Time != end || r.lastTime != end {
			t.Errorf("%d: from %d to %d, %d before", prefer, p.Start, p.Time, end)
		}
	}
}

// TestLateSum checks that a measurement's sum that was missing when its count was read is reported
// the next time, even if nothing else was measured.
func TestLateSum(t *testing.T) {
	enableFor(t, Config{})
	r := NewReader(PreferCumulative)
	record(time.Second, "GET")
	record(time.Second, "GET")
	s := testTimer.With(&Set{{Str: "GET"}})
	atomic.AddInt64(&s.value, -int64(time.Second)) // the second one has only counted
	if p := r.Collect()[0].Points[0]; p.Count != 2 || p.Sum != 1 {
		t.Fatal(p.Count, p.Sum)
	}
	atomic.AddInt64(&s.value, int64(time.Second))
	if p := r.Collect()[0].Points[0]; p.Count != 2 || p.Sum != 2 {
		t.Error(p.Count, p.Sum)
	}
}

// TestValuesAreText checks that values that look the same to the receiver are one series. Two
// series of the same name would make Prometheus refuse the scrape.
func TestValuesAreText(t *testing.T) {
	enableFor(t, Config{})
	r := NewReader(PreferCumulative)
	for _, v := range []string{"a\xff", "a\xfe", "a\xff\xfe", "a\uFFFD"} {
		testCounter.Add(&Set{{Str: v}}, 1)
	}
	expect(t, r.Collect(), "test.count 1/2 kind=a\uFFFD0: 4")
	for _, v := range []string{strings.Repeat("\xff", 300), strings.Repeat("x\xff", 300), strings.Repeat("\u00e9", 300)} {
		if got := cleanText(v); len(got) > maxValue || !utf8.ValidString(got) || got == "" {
			t.Errorf("%d bytes: %q", len(got), got)
		}
	}
}

// TestSizesAreNotSlow checks that the threshold applies to durations only.
func TestSizesAreNotSlow(t *testing.T) {
	enableFor(t, Config{Slow: func(string) time.Duration { return time.Second }})
	r := NewReader(PreferCumulative)
	testSize.Record(&Set{}, int64(time.Hour), 0, &Origin{})
	if got := show(r.Collect()); strings.Contains(got, "slow") {
		t.Error(got)
	}
}

// TestObserverThatFails checks that only the observer's own metrics are lost.
func TestObserverThatFails(t *testing.T) {
	enableFor(t, Config{})
	Observe(func() []Metric {
		return []Metric{{Desc: Desc{Name: "before"}, Kind: KindCounter, Points: []Point{{Int: 1}}}}
	})
	Observe(func() []Metric { panic("a fault") })
	Observe(func() []Metric {
		return []Metric{{Desc: Desc{Name: "behind"}, Kind: KindCounter, Points: []Point{{Int: 1}}}}
	})
	testCounter.Add(&Set{}, 1)
	expect(t, NewReader(PreferCumulative).Collect(), "before 1/2: 1", "behind 1/2: 1", "test.count 1/2: 1")
}
