package metric

import (
	"encoding/binary"
	"math/bits"
	"sync/atomic"

	"goagent/internal/mix"
)

// Origin says which span a measurement belongs to.
type Origin struct {
	TraceID [16]byte
	SpanID  [8]byte
	Sampled bool
	Shard   Shard // of the one who measures
}

// Filter says of which measurements exemplars are made.
type Filter uint32

// The filters.
const (
	TraceBased Filter = iota // those of spans that are recorded
	AlwaysOn
	AlwaysOff
)

// Exemplar is one measurement out of many.
type Exemplar struct {
	Time    int64 // nanoseconds since 1970
	Value   int64 // in the instrument's own unit
	TraceID [16]byte
	SpanID  [8]byte
}

// place holds one exemplar of a bucket. Whoever turns busy from 0 to 1 may touch the
// rest; nobody waits for another.
type exemplarSlot struct {
	offered uint64 // how many there were to choose from since it was last emptied; atomic
	Exemplar
	busy uint32 // atomic
	full bool
}

// offer keeps the measurement with a chance of one to the number of those that were
// offered since the place was emptied: each has the same chance to stay, and the
// first is always kept. The random number is the span's id. Where there are many, one of
// them stands for several, and the others leave the place alone: it is all processors'.
func (p *exemplarSlot) offer(value, now int64, from *Origin) {
	const several = 64
	random := mix.Uint64(binary.LittleEndian.Uint64(from.SpanID[:]), mix.Seed+uint64(now))
	step := uint64(1)
	if atomic.LoadUint64(&p.offered) >= several {
		if random%several != 0 {
			return
		}
		step = several
	}
	if offered := atomic.AddUint64(&p.offered, step); offered > 1 {
		if chosen, _ := bits.Mul64(random, offered); chosen >= step {
			return
		}
	}
	if atomic.CompareAndSwapUint32(&p.busy, 0, 1) {
		p.Exemplar = Exemplar{now, value, from.TraceID, from.SpanID}
		p.full = true
		atomic.StoreUint32(&p.busy, 0)
	}
}

// take appends the exemplar, and leaves the place empty.
func (p *exemplarSlot) take(to []Exemplar) []Exemplar {
	if !atomic.CompareAndSwapUint32(&p.busy, 0, 1) {
		return to // it stays for the next time
	}
	if p.full {
		to = append(to, p.Exemplar)
		p.full = false
	}
	atomic.StoreUint64(&p.offered, 0)
	atomic.StoreUint32(&p.busy, 0)
	return to
}
