package metric

import (
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Reader collects metrics, and remembers what it has reported. Its methods may be called by any
// goroutine.
type Reader struct {
	preference   Preference
	lastTime     int64 // time of the last collection; guarded by collectMu, as all fields below
	states       map[*Series]*readerState
	lastObserved map[string]*Point // observed points as they were last reported
}

// readerState is what a reader has reported of a series.
type readerState struct {
	value     int64
	slow      uint64
	sum       float64 // of all times
	buckets   []uint64
	min, max  int64 // not reported yet, or of all times
	exemplars []Exemplar
	// exponential is kept like min and max. It is nil if the buckets with bounds are reported.
	exponential *exponential
}

// collectMu is held by one reader at a time.
var collectMu sync.Mutex

// NewReader returns a reader. Disable removes it.
func NewReader(p Preference) *Reader {
	r := &Reader{preference: p, states: map[*Series]*readerState{}, lastObserved: map[string]*Point{}}
	registry.mu.Lock()
	defer registry.mu.Unlock()
	r.lastTime = registry.begin
	registry.readers = append(registry.readers, r)
	return r
}

// Observe has f called at each collection, for values that are looked up rather than counted. Its
// points are cumulative; Start and Time are filled in if they are 0.
func Observe(f func() []Metric) {
	registry.mu.Lock()
	defer registry.mu.Unlock()
	registry.observers = append(registry.observers, f)
}

// collection is one pass of one reader.
type collection struct {
	*Reader
	readers     []*Reader
	begin, time int64
	out         []Metric
}

// Collect returns the present metrics.
func (r *Reader) Collect() []Metric {
	registry.mu.Lock()
	c := collection{Reader: r, readers: registry.readers, begin: registry.begin}
	all, observers := registry.all, registry.observers
	registry.mu.Unlock()
	collectMu.Lock()
	defer collectMu.Unlock()
	if c.time = time.Now().UnixNano(); c.time < r.lastTime {
		c.time = r.lastTime // somebody has set the clock back: no interval may end before it begins
	}
	for _, i := range all {
		c.addInstrument(i)
	}
	for _, f := range observers {
		c.observe(f)
	}
	r.lastTime = c.time
	return c.out
}

// observe calls an observer. If it panics, only its own metrics are lost.
func (c *collection) observe(f func() []Metric) {
	before := len(c.out)
	defer func() {
		if recover() != nil {
			c.out = c.out[:before]
		}
	}()
	for _, m := range f() {
		c.addObserved(m)
	}
}

func (r *Reader) stateOf(s *Series) *readerState {
	t := r.states[s]
	if t == nil {
		t = &readerState{min: math.MaxInt64, max: math.MinInt64}
		if s.exponential != nil && r.preference&Exponential != 0 {
			t.exponential = &exponential{scale: maxScale}
		}
		r.states[s] = t
	}
	return t
}

func (c *collection) addInstrument(i *Instrument) {
	m := Metric{Desc: i.desc, Kind: i.kind, Keys: i.keys, Temporality: c.preference.temporality(i.kind, false)}
	scaled := m
	scaled.Exponential = true
	slow := Metric{Desc: slowDesc(i.desc), Kind: KindCounter, Keys: i.keys, Temporality: m.Temporality}
	for _, b := range i.bounds {
		m.Bounds = append(m.Bounds, float64(b)/float64(i.scale))
	}
	i.each(func(s *Series) {
		p := c.point(s, m.Temporality)
		t := c.stateOf(s)
		if i.kind != KindHistogram {
			c.addNumber(&m, t, s, p)
			return
		}
		c.addSlow(&slow, t, s, p)
		if t.exponential != nil {
			c.addHistogram(&scaled, t, s, p, i.scale)
		} else {
			c.addHistogram(&m, t, s, p, i.scale)
		}
	})
	for _, m := range []Metric{m, scaled, slow} {
		if len(m.Points) > 0 {
			c.out = append(c.out, m)
		}
	}
}

// slowDesc describes the count of slow calls that goes with a histogram.
func slowDesc(d Desc) Desc {
	return Desc{"goagent." + strings.TrimSuffix(d.Name, ".duration") + ".slow", "{call}",
		"Number of calls that took at least as long as is configured."}
}

func (c *collection) point(s *Series, t Temporality) Point {
	p := Point{Values: s.entry.values, Overflow: s.entry.values == nil, Start: c.begin, Time: c.time}
	if t == Delta {
		p.Start = c.lastTime
	}
	return p
}

func (c *collection) addNumber(m *Metric, t *readerState, s *Series, p Point) {
	p.Int = s.total()
	switch {
	case m.Kind == KindGauge && atomic.LoadUint32(&s.touched) == 0:
		return
	case m.Temporality == Delta:
		t.value, p.Int = p.Int, p.Int-t.value
		if p.Int == 0 {
			return
		}
	}
	m.Points = append(m.Points, p)
}

func (c *collection) addSlow(m *Metric, t *readerState, s *Series, p Point) {
	count := uint64(0)
	s.each(func(c *counts) { count += atomic.LoadUint64(&c.slow) })
	p.Int = int64(count)
	if m.Temporality == Delta {
		t.slow, p.Int = count, int64(count-t.slow)
	}
	if p.Int != 0 {
		m.Points = append(m.Points, p)
	}
}

// distribute removes from a series the data that each reader is to report once, and gives it to all
// readers.
func (c *collection) distribute(s *Series) {
	min, max := int64(math.MaxInt64), int64(math.MinInt64)
	s.each(func(c *counts) {
		if n := atomic.SwapInt64(&c.min, math.MaxInt64); n < min {
			min = n
		}
		if n := atomic.SwapInt64(&c.max, math.MinInt64); n > max {
			max = n
		}
	})
	var fresh []Exemplar
	if all := (*[]exemplarSlot)(atomic.LoadPointer(&s.exemplars)); all != nil {
		for i := range *all {
			fresh = (*all)[i].take(fresh)
		}
	}
	for _, r := range c.readers {
		t := r.stateOf(s)
		if min < t.min {
			t.min = min
		}
		if max > t.max {
			t.max = max
		}
		// At most one exemplar of each collection per bucket: a reader that collects rarely
		// gets the latest ones.
		if len(fresh) > 0 {
			t.exemplars = fresh
		}
	}
	if s.exponential != nil {
		c.distributeExponential(s)
	}
}

func (c *collection) distributeExponential(s *Series) {
	var fresh exponential
	s.exponential.take(&fresh)
	for _, r := range c.readers {
		if t := r.stateOf(s); t.exponential != nil {
			t.exponential.merge(&fresh)
		}
	}
}

// fillExplicit fills in a point's counts, in buckets with bounds.
func fillExplicit(t *readerState, s *Series, p *Point, temporality Temporality) {
	p.Buckets = make([]uint64, len(s.buckets))
	if t.buckets == nil {
		t.buckets = make([]uint64, len(s.buckets))
	}
	s.each(func(c *counts) {
		for i := range c.buckets {
			p.Buckets[i] += atomic.LoadUint64(&c.buckets[i])
		}
	})
	for i, n := range p.Buckets {
		if temporality == Delta {
			p.Buckets[i] -= t.buckets[i]
		}
		p.Count += p.Buckets[i]
		t.buckets[i] = n
	}
}

func (c *collection) addHistogram(m *Metric, t *readerState, s *Series, p Point, scale int64) {
	unit := float64(scale)
	value := s.total()
	c.distribute(s)
	if m.Exponential {
		t.exponential.fill(&p)
	} else {
		fillExplicit(t, s, &p, m.Temporality)
	}
	if p.Count == 0 {
		return
	}
	// The sum is read before the counts and written after them: it may lag behind, and the rest
	// is reported the next time.
	p.Sum = float64(value-t.value) / unit // right even if the sum has wrapped
	t.value = value
	if m.Temporality == Cumulative {
		t.sum += p.Sum
		p.Sum = t.sum
	}
	if p.HasRange = t.min <= t.max; p.HasRange {
		p.Min, p.Max = float64(t.min)/unit, float64(t.max)/unit
	}
	if m.Temporality == Delta {
		t.min, t.max = math.MaxInt64, math.MinInt64
		if m.Exponential {
			*t.exponential = exponential{scale: maxScale}
		}
	}
	for _, e := range t.exemplars {
		p.Exemplars = append(p.Exemplars, ExemplarPoint{e.Time, float64(e.Value) / unit, e.TraceID, e.SpanID})
	}
	t.exemplars = nil
	m.Points = append(m.Points, p)
}

// addObserved fills in times and computes differences if the reader wants them.
func (c *collection) addObserved(m Metric) {
	m.Temporality = c.preference.temporality(m.Kind, true)
	kept := m.Points[:0]
	for _, p := range m.Points {
		if p.Start == 0 {
			p.Start = c.begin
		}
		if p.Time == 0 {
			p.Time = c.time
		}
		if m.Temporality == Delta && !c.difference(&m, &p) {
			continue
		}
		kept = append(kept, p)
	}
	if m.Points = kept; len(kept) > 0 {
		c.out = append(c.out, m)
	}
}

// difference turns a point into the change since the one before. It returns false if there is no
// change.
func (c *collection) difference(m *Metric, p *Point) bool {
	id := m.Name
	for _, v := range p.Values {
		id += "\x00" + v.Str
	}
	now, before := *p, c.lastObserved[id]
	c.lastObserved[id] = &now
	if before == nil {
		return true // everything since the start
	}
	p.Start = c.lastTime
	if len(before.Buckets) == len(p.Buckets) && p.Count >= before.Count {
		p.Buckets = append([]uint64(nil), p.Buckets...)
		for i := range p.Buckets {
			p.Buckets[i] -= before.Buckets[i]
		}
		p.Count -= before.Count
		p.Sum -= before.Sum
	}
	p.Int -= before.Int
	p.Float -= before.Float
	return p.Int != 0 || p.Float != 0 || p.Count != 0
}
