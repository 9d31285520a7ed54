package metric

import (
	"math"
	"runtime"
	"sync/atomic"
	"unsafe"
)

// Lane is where somebody counts. What two processors count in the same place goes to and fro between
// them, and each waits for it: a series that is busy has a place for each of several lanes. Whoever
// measures again and again takes one; which one is no matter, as long as it is not everybody's.
type Shard uint32

var lastShard uint32

// NewLane returns the lane that the fewest have.
func NewShard() Shard { return Shard(atomic.AddUint32(&lastShard, 1)) }

const (
	shardAfter = 1 << 12 // measurements in a bucket: from here on a series is busy
	maxSharded = 64      // series of an instrument that may be so
	maxShards  = 32
)

// counts are what is counted in one place. Each number is atomic.
type counts struct {
	value   int64 // of a counter or gauge; a histogram's sum; first, for 32-bit processors
	slow    uint64
	min     int64 // since the last collection
	max     int64
	buckets []uint64
}

// init is for a histogram of so many buckets, 0 for another instrument.
func (c *counts) init(buckets int) {
	c.min, c.max = math.MaxInt64, math.MinInt64
	if buckets > 0 {
		// Whole cache lines, whose others are nobody's.
		c.buckets = make([]uint64, buckets, (buckets+7)/8*8)
	}
}

// lane is the counts of one lane, in a cache line of its own.
type paddedCounts struct {
	counts
	_ [64 - unsafe.Sizeof(counts{})%64]byte
}

// in returns where to count.
func (s *Series) countsOf(l Shard) *counts {
	if all := (*[]paddedCounts)(atomic.LoadPointer(&s.shards)); all != nil {
		return &(*all)[int(l)&(len(*all)-1)].counts
	}
	return &s.counts
}

// each calls f for all places.
func (s *Series) each(f func(*counts)) {
	f(&s.counts)
	if all := (*[]paddedCounts)(atomic.LoadPointer(&s.shards)); all != nil {
		for i := range *all {
			f(&(*all)[i].counts)
		}
	}
}

// total is a counter's value, a gauge's, or a histogram's sum.
func (s *Series) total() (n int64) {
	s.each(func(c *counts) { n += atomic.LoadInt64(&c.value) })
	return n
}

// busy has the series counted in lanes, if there is more than one processor and not too many are counted so.
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
	for n < 4*procs && n < maxShards { // more than processors: two seldom have the same
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
