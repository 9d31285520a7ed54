package agent

import (
	"context"
	"math"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"goagent/propagate"
)

// Span is one operation. The zero value is valid and does nothing. All methods
// may be called from any goroutine, at any time, also after the end.
type Span struct{ s *span }

// span is what a Span points to. It stays as long as somebody holds it: a
// goroutine's slot, a context, a child. So it is small and leads to nothing but
// its server span, what the request carries and, while it is current, to what it has
// replaced.
type span struct {
	// Set before anybody else sees the span.
	ctx       propagate.Context
	root      *span // the server span it is part of, itself if it is one
	recording bool  // has a record until its end
	depth     uint8 // of what it has replaced, up to maxDepth

	state uint32         // bits left, ended, stray; atomic
	prev  unsafe.Pointer // *span that was current before; atomic

	mu  sync.Mutex
	rec *Record // nil when ended; guarded by mu
}

// The bits of a span's state.
const (
	left  uint32 = 1 << iota // Leave was called
	ended                    // End was called
	stray                    // Leave was called where the span was not current
)

// maxDepth is how many spans may be current one within the other before those
// are looked for that are over and that nobody has left.
const maxDepth = 100

// suppressed is the current span of goroutines that make no spans.
var suppressed span

// mark sets bits and returns the state before.
func (s *span) mark(bits uint32) uint32 {
	for {
		old := atomic.LoadUint32(&s.state)
		if old&bits == bits || atomic.CompareAndSwapUint32(&s.state, old, old|bits) {
			return old
		}
	}
}

// before returns what was current before s.
func (s *span) before() *span { return (*span)(atomic.LoadPointer(&s.prev)) }

func (s *span) is(bits uint32) bool { return atomic.LoadUint32(&s.state)&bits != 0 }

// open returns s or the nearest span before it that was not left elsewhere. That
// a span is over does not matter: its goroutine may be within it still, and what
// that goroutine has started has inherited it.
func open(s *span) *span {
	for s != nil && s.is(stray) {
		s = s.before()
	}
	return s
}

// current returns the goroutine's span, nil if it has none.
func current() *span { return open((*span)(traceGet())) }

// currentForStart is current for a span that is about to start within it. Where
// many are current already, it passes those over that are over and were not left: a
// plugin that forgets to leave must not make one endless chain of all spans of a
// goroutine.
func currentForStart() *span {
	here := current()
	if here != nil && here.depth >= maxDepth {
		for here != nil && here.is(ended) && !here.is(left) {
			here = here.before()
		}
	}
	return here
}

// enter makes the span current within here.
func (s *span) enter(here *span) {
	if here != nil {
		s.prev = unsafe.Pointer(here)
		if s.depth = here.depth; s.depth < maxDepth {
			s.depth++
		}
	}
	traceSet(unsafe.Pointer(s))
}

// Leave ends the span's being current, here, and that of all that was started
// within it and not left; what was current before is so again. It is for the
// goroutine that has started the span: one that has inherited it leaves it for
// itself alone.
func (s Span) Leave() {
	n := s.s
	if n == nil {
		return
	}
	top := (*span)(traceGet())
	if top != n {
		if n.is(left) {
			return
		}
		if !n.under(top) {
			n.mark(left | stray)
			return
		}
		for m := top; m != nil && m != n; m = m.before() {
			m.mark(left)
		}
	}
	traceSet(unsafe.Pointer(open(n.before())))
	if n.mark(left)&ended != 0 {
		n.forget()
	}
}

// under reports whether n is among what was current before top.
func (s *span) under(top *span) bool {
	for top != nil && top != s {
		top = top.before()
	}
	return top != nil
}

// End finishes the span. Only the first call counts.
func (s Span) End() {
	n := s.s
	if n == nil {
		return
	}
	old := n.mark(ended)
	if old&ended != 0 {
		return
	}
	if old&(left|stray) == left {
		n.forget()
	}
	if !n.recording {
		return
	}
	n.mu.Lock()
	r := n.rec
	n.rec = nil
	n.mu.Unlock()
	if r == nil {
		return
	}
	r.End = r.Start + int64(time.Since(r.begin))
	if c := enabled(); c != nil {
		c.Ended(r)
	} else {
		r.Release()
	}
}

// forget cuts the way to what was current before: a chain of goroutines in
// which each starts the next must not keep all spans that ever were.
func (s *span) forget() { atomic.StorePointer(&s.prev, nil) }

// EndErr records err, where it is not nil, and then leaves and ends the span.
func (s Span) EndErr(err error) {
	if s.s == nil {
		return
	}
	if err != nil {
		s.SetError(errorType(err))
	}
	s.Leave()
	s.End()
}

// Recording reports whether what is set on the span will be exported.
func (s Span) Recording() bool {
	return s.s != nil && s.s.recording && atomic.LoadUint32(&s.s.state)&ended == 0
}

// lock returns the record, locked, or nil. The caller unlocks s.s.mu.
func (s Span) lock() *Record {
	n := s.s
	if n == nil || !n.recording {
		return nil
	}
	n.mu.Lock()
	if n.rec == nil {
		n.mu.Unlock()
		return nil
	}
	return n.rec
}

// Set sets several attributes at once; it is cheaper than one by one.
func (s Span) Set(attrs []Attr) {
	if r := s.lock(); r != nil {
		for i := range attrs {
			r.set(attrs[i])
		}
		s.s.mu.Unlock()
	}
}

func (s Span) set(a Attr) {
	if r := s.lock(); r != nil {
		r.set(a)
		s.s.mu.Unlock()
	}
}

// SetString sets an attribute. Strings that are too long are cut.
func (s Span) SetString(key, value string) { s.set(String(key, value)) }

// SetInt sets an attribute.
func (s Span) SetInt(key string, value int64) { s.set(Int(key, value)) }

// SetBool sets an attribute.
func (s Span) SetBool(key string, value bool) { s.set(Bool(key, value)) }

// SetFloat sets an attribute.
func (s Span) SetFloat(key string, value float64) { s.set(Float(key, value)) }

// SetText sets a string attribute. The bytes are copied to memory of the span's
// own: no allocation as a rule.
func (s Span) SetText(key string, value []byte) {
	if r := s.lock(); r != nil {
		r.setText(key, value)
		s.s.mu.Unlock()
	}
}

// String makes an attribute for Set.
func String(key, value string) Attr { return Attr{Key: key, Kind: AttrString, Str: value} }

// Int makes an attribute for Set.
func Int(key string, value int64) Attr { return Attr{Key: key, Kind: AttrInt, Num: uint64(value)} }

// Float makes an attribute for Set.
func Float(key string, value float64) Attr {
	return Attr{Key: key, Kind: AttrFloat, Num: math.Float64bits(value)}
}

// Bool makes an attribute for Set.
func Bool(key string, value bool) Attr {
	a := Attr{Key: key, Kind: AttrBool}
	if value {
		a.Num = 1
	}
	return a
}

// SetName renames the span. Names are of low cardinality.
func (s Span) SetName(name string) {
	if r := s.lock(); r != nil {
		r.Name = bounded(name, maxName)
		s.s.mu.Unlock()
	}
}

// SetError sets the status to error and error.type, which is of low cardinality.
func (s Span) SetError(errorType string) {
	if r := s.lock(); r != nil {
		r.Status = StatusError
		r.set(String("error.type", errorType))
		s.s.mu.Unlock()
	}
}

// Context returns parent with the span in it; parent itself for the zero Span.
// Contexts that are derived from it cost what those of parent cost.
func (s Span) Context(parent context.Context) context.Context {
	if s.s == nil {
		return parent
	}
	return withSpan(parent, s.s)
}
