package agent

import (
	"encoding/binary"
	"sync/atomic"
	"unsafe"

	"goagent/propagate"
)

// Limits bound what one span may hold. The zero value stands for the defaults.
type Limits struct {
	AttrCount  int // attributes of a span, 128
	AttrLength int // bytes of an attribute's string, 16384
	EventCount int // events of a span, 128
}

// Sampler decides which traces are recorded. The zero value records none.
type Sampler struct {
	// ParentBased follows the parent's decision where there is a parent.
	ParentBased bool
	// Ratio is the share of traces to record, from 0 to 1. It decides by the trace
	// id, so that services with the same ratio agree.
	Ratio float64

	bound uint64 // of the right half of a trace id, halved
}

// AlwaysOn records every trace whose caller did not decide otherwise.
var AlwaysOn = Sampler{ParentBased: true, Ratio: 1}

// Config says what becomes of spans. All fields but Ended may be zero.
type Config struct {
	// Ended is given each recorded span once it has ended, by the goroutine that
	// ended it. It must not block, and owns the record.
	Ended func(*Record)
	// Started, where not nil, is told of each recorded span as it starts.
	Started func(traceID [16]byte)
	Sampler Sampler
	Limits  Limits
	// Formats are the headers that are read and written; nil: none.
	Formats propagate.Formats
}

// settings points to the Config in force; nil: spans are not made.
var settings unsafe.Pointer

// Enable begins to make spans. It may be called again, spans under way end by
// the new settings.
func Enable(c Config) {
	if c.Ended == nil {
		c.Ended = (*Record).Release
	}
	c.Limits = c.Limits.orDefault()
	switch ratio := c.Sampler.Ratio; {
	case ratio >= 1:
		c.Sampler.bound = 1 << 63
	case ratio > 0:
		c.Sampler.bound = uint64(ratio * (1 << 63))
	default:
		c.Sampler.bound = 0
	}
	atomic.StorePointer(&settings, unsafe.Pointer(&c))
}

// Disable makes every function a no-op again. Spans under way are lost.
func Disable() { atomic.StorePointer(&settings, nil) }

// enabled returns the settings in force, or nil.
func enabled() *Config { return (*Config)(atomic.LoadPointer(&settings)) }

// SetExitHook has f called when the program is about to exit: at the return of
// main (code 0), in os.Exit (its code), and before an uncaught panic is printed
// (2). Without a woven runtime it is never called.
func SetExitHook(f func(code int32)) { setExitHook(f) }

// sample decides about a span with these ids; hasParent says that ctx.Flags are
// the parent's.
func (s *Sampler) sample(hasParent bool, ctx *propagate.Context) bool {
	if hasParent && s.ParentBased {
		return ctx.Sampled()
	}
	return binary.BigEndian.Uint64(ctx.TraceID[8:])>>1 < s.bound
}

func (l Limits) orDefault() Limits {
	if l.AttrCount <= 0 {
		l.AttrCount = 128
	}
	if l.AttrLength <= 0 {
		l.AttrLength = 16 << 10
	}
	if l.EventCount <= 0 {
		l.EventCount = 128
	}
	return l
}
