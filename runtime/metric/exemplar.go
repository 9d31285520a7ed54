package metric

import (
	"encoding/binary"
	"math/bits"
	"sync/atomic"

	"goagent/internal/mix"
)

// Origin is the span that a measurement belongs to.
type Origin struct {
	TraceID [16]byte
	SpanID  [8]byte
	Sampled bool
	Shard   Shard // of the measuring code
}

// Filter selects the measurements of which exemplars are made.
type Filter uint32

// The filters.
const (
	TraceBased Filter = iota // those of recorded spans
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

// exemplarSlot holds one exemplar of a bucket. Whoever changes busy from 0 to 1 may access the
// rest; nobody waits for another.
type exemplarSlot struct {
	offered uint64 // measurements offered since it was last emptied; atomic
	Exemplar
	busy uint32 // atomic
	full bool
}

// offer keeps the measurement with a probability of one divided by the number of measurements
// offered since the slot was emptied: each has the same chance to stay, and the first is always
// kept. The random number comes from the span's id. If many were offered, one of them stands for
// several, and the others leave the slot alone, because all processors share it.
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

// take appends the exemplar to a list and empties the slot.
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
