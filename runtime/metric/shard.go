package metric

import (
	"math"
	"runtime"
	"sync/atomic"
	"unsafe"
)

// Shard picks one of several counters of a series, so that processors do not contend for a cache
// line: a busy series has counters for each of several shards. Code that measures again and again
// takes a shard; any will do, as long as not everybody has the same.
type Shard uint32

var lastShard uint32

// NewShard returns the next shard, so that all are used equally.
func NewShard() Shard { return Shard(atomic.AddUint32(&lastShard, 1)) }

const (
	shardAfter = 1 << 12 // measurements in a bucket from which on a series is busy
	maxSharded = 64      // sharded series of an instrument
	maxShards  = 32
)

// counts holds the counters of one shard. Each number is atomic.
type counts struct {
	value   int64 // of a counter or gauge; a histogram's sum; first, for 32-bit processors
	slow    uint64
	min     int64 // since the last collection
	max     int64
	buckets []uint64
}

// init prepares the counts for a histogram with this many buckets, 0 for another instrument.
func (c *counts) init(buckets int) {
	c.min, c.max = math.MaxInt64, math.MinInt64
	if buckets > 0 {
		// Whole cache lines, with nobody else's data in them.
		c.buckets = make([]uint64, buckets, (buckets+7)/8*8)
	}
}

// paddedCounts are the counts of one shard, in a cache line of their own.
type paddedCounts struct {
	counts
	_ [64 - unsafe.Sizeof(counts{})%64]byte
}

// countsOf returns the counts of a shard.
func (s *Series) countsOf(l Shard) *counts {
	if all := (*[]paddedCounts)(atomic.LoadPointer(&s.shards)); all != nil {
		return &(*all)[int(l)&(len(*all)-1)].counts
	}
	return &s.counts
}

// each calls f for all counts.
func (s *Series) each(f func(*counts)) {
	f(&s.counts)
	if all := (*[]paddedCounts)(atomic.LoadPointer(&s.shards)); all != nil {
		for i := range *all {
			f(&(*all)[i].counts)
		}
	}
}

// total returns a counter's value, a gauge's, or a histogram's sum.
func (s *Series) total() (n int64) {
	s.each(func(c *counts) { n += atomic.LoadInt64(&c.value) })
	return n
}

// shard makes the series count in shards, if there is more than one processor and not too many
// series do so.
func (i *Instrument) shard(s *Series) {
	procs := runtime.GOMAXPROCS(0)
	if procs == 1 || atomic.LoadPointer(&s.shards) != nil {
		return
	}
	if atomic.AddInt32(&i.shardedCount, 1) > maxSharded {
		atomic.AddInt32(&i.shardedCount, -1)
		return
	}
	n := 1
	for n < 4*procs && n < maxShards { // more than processors: two rarely share one
		n *= 2
	}
	all := make([]paddedCounts, n)
	for at := range all {
		all[at].init(len(s.buckets))
	}
	if !atomic.CompareAndSwapPointer(&s.shards, nil, unsafe.Pointer(&all)) {
		atomic.AddInt32(&i.shardedCount, -1)
	}
}
