package metric

import (
	"sync/atomic"
	"unsafe"

	"goagent/internal/clock"
)

// Series is what an instrument has recorded for one set of attributes. A nil Series records
// nothing.
type Series struct {
	// counts are the only ones until the series is busy; first, for 32-bit processors.
	counts
	shards      unsafe.Pointer     // *[]paddedCounts, from then on, a power of two of them; atomic
	exponential *lockedExponential // of a histogram, if enabled; it never changes
	exemplars   unsafe.Pointer     // *[]exemplarSlot, as soon as there is one; atomic
	touched     uint32             // a gauge was set; atomic
	entry       entry
}

// newSeries copies the set; a nil set makes the series for overflow.
func (i *Instrument) newSeries(c *Config, hash uint64, set *Set) *Series {
	s := &Series{}
	s.entry = entry{hash: hash, series: s}
	if set != nil {
		s.entry.values = make([]Value, len(i.keys))
		for at := range s.entry.values {
			s.entry.values[at] = Value{copyText(set[at].Str), set[at].Num}
		}
	}
	buckets := 0
	if i.kind == KindHistogram {
		buckets = len(i.bounds) + 1
		if c.Exponential {
			s.exponential = newLockedExponential()
		}
	}
	s.counts.init(buckets)
	return s
}

// Add adds to a counter.
func (i *Instrument) Add(set *Set, n int64) {
	if c := currentConfig(); c != nil {
		atomic.AddInt64(&i.series(c, set).value, n)
		c.wake()
	}
}

// Add adds to a counter.
func (s *Series) Add(l Shard, n int64) {
	if s != nil {
		atomic.AddInt64(&s.countsOf(l).value, n)
	}
}

// Set sets a gauge.
func (i *Instrument) Set(set *Set, n int64) {
	if c := currentConfig(); c != nil {
		s := i.series(c, set)
		atomic.StoreInt64(&s.value, n)
		atomic.StoreUint32(&s.touched, 1)
		c.wake()
	}
}

// Record puts one measurement in a histogram. now is the time in nanoseconds since 1970, 0 if the
// caller has not read it.
func (i *Instrument) Record(set *Set, n, now int64, from *Origin) {
	c := currentConfig()
	if c == nil {
		return
	}
	s := i.series(c, set)
	at := bucketOf(i.bounds, n)
	place := s.countsOf(from.Shard)
	if atomic.AddUint64(&place.buckets[at], 1)%shardAfter == 0 {
		i.shard(s)
	}
	if s.exponential != nil {
		s.exponential.record(n, i.scale)
	}
	atomic.AddInt64(&place.value, n)
	if slow := atomic.LoadInt64(&i.slow); slow > 0 && n >= slow {
		atomic.AddUint64(&place.slow, 1)
	}
	if n < atomic.LoadInt64(&place.min) {
		place.lower(n)
	}
	if n > atomic.LoadInt64(&place.max) {
		place.raise(n)
	}
	if c.Exemplars == TraceBased && from.Sampled || c.Exemplars == AlwaysOn {
		s.offerExemplar(at, n, now, from)
	}
	c.wake()
}

// bucketOf returns the first bucket whose bound is at least n.
func bucketOf(bounds []int64, n int64) int {
	at := 0
	for at < len(bounds) && n > bounds[at] {
		at++
	}
	return at
}

func (c *counts) lower(n int64) {
	for {
		old := atomic.LoadInt64(&c.min)
		if n >= old || atomic.CompareAndSwapInt64(&c.min, old, n) {
			return
		}
	}
}

func (c *counts) raise(n int64) {
	for {
		old := atomic.LoadInt64(&c.max)
		if n <= old || atomic.CompareAndSwapInt64(&c.max, old, n) {
			return
		}
	}
}

func (s *Series) offerExemplar(at int, n, now int64, from *Origin) {
	all := (*[]exemplarSlot)(atomic.LoadPointer(&s.exemplars))
	if all == nil {
		fresh := make([]exemplarSlot, len(s.buckets))
		if !atomic.CompareAndSwapPointer(&s.exemplars, nil, unsafe.Pointer(&fresh)) {
			return // another goroutine is the first
		}
		all = &fresh
	}
	if now == 0 {
		now, _ = clock.Date()
	}
	(*all)[at].offer(n, now, from)
}
