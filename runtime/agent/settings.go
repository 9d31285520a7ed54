package agent

import (
	"sync/atomic"
	"time"
	"unsafe"

	"goagent/propagate"
)

// Limits bound what one span may hold. Zero means the default, a negative number means none at all.
type Limits struct {
	AttrCount  int // attributes of a span, 128
	AttrLength int // characters of an attribute's string, 16384
	EventCount int // events of a span, 128
	LinkCount  int // links of a span, 128
	EventAttrs int // attributes of an event, 128
	LinkAttrs  int // attributes of a link, 128
}

// maxName bounds the names of spans and events, in characters.
const maxName = 1024

// Sampler decides which traces are recorded. The zero value records none.
type Sampler struct {
	// ParentBased follows the parent's decision if there is a parent.
	ParentBased bool
	// Ratio is the share of traces to record, from 0 to 1. The decision depends only on the
	// trace id, so that services with the same ratio agree, and one with a smaller ratio
	// records a subset of what the others do.
	Ratio float64

	threshold uint64 // how many of the 2^56 random numbers of a trace id are not recorded
}

// AlwaysOn records every trace unless its caller decided otherwise.
var AlwaysOn = Sampler{ParentBased: true, Ratio: 1}

// Config determines what happens to spans. All fields but Ended may be zero.
type Config struct {
	// Ended receives each recorded span once it has ended, in the goroutine that ended it. It
	// must not block, and owns the record.
	Ended func(*Record)
	// Started, if not nil, is called for each recorded span as it starts.
	Started func(traceID [16]byte)
	Sampler Sampler
	// MeasureOnly makes spans only to measure them: nobody is given them, they have no ids, and
	// the context that a request came with is passed on unchanged.
	MeasureOnly bool
	// PropagateOnly is for a program that is neither traced nor measured: its goroutines only
	// pass on the context of a request.
	PropagateOnly bool
	Limits        Limits
	// ParentGrace is how long a span that has ended stays the parent of spans that are started
	// by a goroutine which has inherited it. After that time such a goroutine begins a trace of
	// its own, with a link to the span. Zero means a minute, a negative value means for ever.
	ParentGrace time.Duration
	// Formats are the header formats that are read and written; nil means none.
	Formats propagate.Formats

	startsCarried bool // a trace that begins here carries data of the formats
}

// settings points to the Config in force; nil if spans are not made.
var settings unsafe.Pointer

// Enable starts making spans. It may be called again; spans in progress then end by the new
// settings.
func Enable(c Config) {
	if c.Ended == nil {
		c.Ended = (*Record).Release
	}
	c.Limits = c.Limits.withDefaults()
	switch ratio := c.Sampler.Ratio; {
	case ratio >= 1:
		c.Sampler.threshold = 0
	case ratio > 0:
		c.Sampler.threshold = 1<<56 - uint64(ratio*(1<<56))
	default:
		c.Sampler.threshold = 1 << 56
	}
	setParentGrace(c.ParentGrace)
	c.startsCarried = c.Formats.Begin() != nil
	atomic.StorePointer(&settings, unsafe.Pointer(&c))
}

// Disable makes every function a no-op again. Spans in progress are lost.
func Disable() { atomic.StorePointer(&settings, nil) }

// currentConfig returns the settings in force, or nil.
func currentConfig() *Config { return (*Config)(atomic.LoadPointer(&settings)) }

// sample decides about a span with these ids; hasParent means that ctx.Flags are the parent's. The
// ratio is compared as in the specification, as a threshold on the 56 bits of a trace id that W3C
// calls random.
func (s *Sampler) sample(hasParent bool, ctx *propagate.Context) bool {
	if hasParent && s.ParentBased && ctx.Hints&propagate.Deferred == 0 {
		return ctx.Sampled()
	}
	return ctx.Randomness() >= s.threshold
}

func (l Limits) withDefaults() Limits {
	limit := func(n, byDefault int) int {
		switch {
		case n == 0:
			return byDefault
		case n < 0:
			return 0
		}
		return n
	}
	const count, length = 128, 16 << 10
	return Limits{
		AttrCount: limit(l.AttrCount, count), AttrLength: limit(l.AttrLength, length), EventCount: limit(l.EventCount, count),
		LinkCount: limit(l.LinkCount, count), EventAttrs: limit(l.EventAttrs, count), LinkAttrs: limit(l.LinkAttrs, count),
	}
}
