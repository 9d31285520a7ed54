package agent

import (
	"context"
	"math"
	"sync"
	"sync/atomic"
	"unsafe"

	"goagent/propagate"
)

// Span is one operation. The zero value is valid and does nothing. All methods
// may be called from any goroutine, at any time, also after the end.
type Span struct {
	s          *span
	generation uint32 // which one of s this is
}

// span is what a Span points to. It stays as long as somebody holds it: a
// goroutine's slot, a context, a child. So it is small and leads to nothing but
// its server span, what the request carries and, while it is current, to what it has
// replaced. One that nobody but its Spans can hold is used again, see recycle.
type span struct {
	// Others than Spans and the slot of its goroutine may point here. Also set by the woven
	// runtime, which knows that it is the first word, where a goroutine inherits it;
	// atomic.
	shared  uint32
	state   uint32 // bits, and its life; the woven runtime knows the place, and ended; atomic
	endTime uint32 // when it ended, see moment; atomic

	// Set before anybody else sees the span.
	depth uint8 // of what it has replaced, up to maxDepth; here it takes no room
	role  Role  // nor does this
	root  *span // the server span it is part of, itself if it is one; the woven runtime knows where it is
	ctx   propagate.Context

	prev unsafe.Pointer // *span that was current before; atomic

	mu          sync.Mutex
	record      *Record      // nil when ended; guarded by mu
	measurement *measurement // nil when ended; guarded by mu
}

// The bits of a span's state.
const (
	left          uint32 = 1 << iota // Leave was called
	ended                            // End was called
	leftElsewhere                    // Leave was called where the span was not current
	recording                        // has a record until its end; set before anybody else sees the span
	measuring                        // has a measure until its end; so is this
	propagating                      // only hands on what a request came with; so is this
	silent                           // nothing is started within it, see StartSilent; so is this
	lost                             // Lose was called

	generationStep // lives are counted from here on
)

// lifeOf is the part of a state that says which life it is.
const generationMask = ^(generationStep - 1)

// maxDepth is how many spans may be current one within the other before those
// are looked for that are over and that nobody has left.
const maxDepth = 100

// suppressed is the current span of goroutines that make no spans.
var suppressed span

// mark sets bits and returns the state before. It does nothing, and says so,
// where that life is over.
func (s *span) mark(life, bits uint32) (before uint32, ok bool) {
	for {
		old := atomic.LoadUint32(&s.state)
		if old&generationMask != life {
			return 0, false
		}
		if old&bits == bits || atomic.CompareAndSwapUint32(&s.state, old, old|bits) {
			return old, true
		}
	}
}

// life is the one that is under way.
func (s *span) currentGeneration() uint32 { return atomic.LoadUint32(&s.state) & generationMask }

// before returns what was current before s.
func (s *span) previous() *span { return (*span)(atomic.LoadPointer(&s.prev)) }

func (s *span) is(bits uint32) bool { return atomic.LoadUint32(&s.state)&bits != 0 }

// open returns s or the nearest span before it that was not left elsewhere. That
// a span is over does not matter: its goroutine may be within it still, and what
// that goroutine has started has inherited it.
func skipLeftElsewhere(s *span) *span {
	for s != nil && s.is(leftElsewhere) {
		s = s.previous()
	}
	return s
}

// current returns the goroutine's span, nil if it has none.
func current() *span {
	s := skipLeftElsewhere((*span)(traceGet()))
	if s != nil && s.is(ended) {
		return s.parentIfRecent()
	}
	return s
}

// currentForStart is current for a span that is about to start within it. Where
// many are current already, it passes those over that are over and were not left: a
// plugin that forgets to leave must not make one endless chain of all spans of a
// goroutine.
func currentForStart() *span {
	here := current()
	if here != nil && here.depth >= maxDepth {
		for here != nil && here.is(ended) && !here.is(left) {
			here = here.previous()
		}
	}
	return here
}

// enter makes the span current within here.
func (s *span) enter(here *span) {
	if here != nil {
		here.share()
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
	if n == nil || n.currentGeneration() != s.generation {
		return
	}
	top := (*span)(traceGet())
	if top != n {
		if !n.isBelow(top) {
			if !n.is(left) { // by another goroutine perhaps, for itself
				n.mark(s.generation, left|leftElsewhere)
			}
			return
		}
		for m := top; m != nil && m != n; m = m.previous() {
			m.share() // the slot may still lead to it when it ends
			m.mark(m.currentGeneration(), left)
		}
	}
	traceSet(unsafe.Pointer(skipLeftElsewhere(n.previous())))
	if old, ok := n.mark(s.generation, left); ok && old&ended != 0 {
		n.unlinkEnded()
		n.recycle(old | left)
	}
}

// under reports whether n is among what was current before top.
func (s *span) isBelow(top *span) bool {
	for top != nil && top != s {
		top = top.previous()
	}
	return top != nil
}

// End finishes the span. Only the first call counts.
func (s Span) End() { s.finish(nil) }

func (s Span) finish(o *Outcome) {
	n := s.s
	if n == nil {
		return
	}
	state := atomic.LoadUint32(&n.state)
	if state&generationMask != s.generation || state&ended != 0 {
		return
	}
	now := elapsed()
	if state&(recording|measuring) == 0 {
		atomic.StoreUint32(&n.endTime, coarseTime(now))
		if old, ok := n.mark(s.generation, ended); ok && old&ended == 0 {
			n.afterEnd(old)
		}
		return
	}
	n.mu.Lock()
	// What is taken is taken before others can see the end: a Leave that comes
	// meanwhile may have the span used again.
	if n.currentGeneration() != s.generation || n.is(ended) {
		n.mu.Unlock()
		return
	}
	r, m := n.record, n.measurement
	n.record, n.measurement = nil, nil
	traceID, spanID := n.ctx.TraceID, n.ctx.SpanID
	atomic.StoreUint32(&n.endTime, coarseTime(now))
	old, _ := n.mark(s.generation, ended)
	n.mu.Unlock()
	n.afterEnd(old)
	if o != nil {
		o.applyTo(r, m)
	}
	if r != nil {
		r.End = r.Start + int64(now-r.monotonicStart)
	}
	if m != nil {
		m.finish(traceID, spanID, r, now)
	}
	if r == nil {
		return
	}
	if c := enabled(); c != nil {
		c.Ended(r)
	} else {
		r.Release()
	}
}

// settled is called once the span has ended; old is the state before.
func (s *span) afterEnd(old uint32) {
	if old&(left|leftElsewhere) == left {
		s.unlinkEnded()
		s.recycle(old | ended)
	}
}

// forget cuts the way to what was current before and is over, too: a chain of goroutines in
// which each starts the next must not keep all spans that ever were. To what is not over
// it leads on: who has left the span may be a goroutine that has inherited it, and the one that
// has started it has yet to go back.
func (s *span) unlinkEnded() {
	before := s.previous()
	here := before
	for here != nil && here.is(left) && here.is(ended) {
		here = here.previous()
	}
	if here != before {
		atomic.StorePointer(&s.prev, unsafe.Pointer(here))
	}
}

// EndErr records err, where it is not nil, and then leaves and ends the span.
func (s Span) EndErr(err error) {
	if s.s == nil {
		return
	}
	o := Outcome{}
	if err != nil {
		o.Error = errorType(err)
	}
	s.Leave()
	s.finish(&o)
}

// SetRole says what the span's operation is: for the one who has started it,
// before anybody else has it.
func (s Span) SetRole(role Role) {
	if s.s != nil {
		s.s.role = role
	}
}

// CurrentRole returns the role of the current span, which the code that asks is
// a part of: a layer below another one makes no second span for the same call.
func CurrentRole() Role {
	if s := current(); s != nil {
		return s.role
	}
	return 0
}

// Recording reports whether what is set on the span will be exported.
func (s Span) Recording() bool {
	return s.s != nil && atomic.LoadUint32(&s.s.state)&(generationMask|recording|ended) == s.generation|recording
}

// lock returns the record, locked, or nil. The caller unlocks s.s.mu.
func (s Span) lock() *Record {
	r, m := s.lockAll()
	if r == nil && m != nil {
		s.s.mu.Unlock()
	}
	return r
}

// lockAll returns record and measure, locked, those of them that there are; two
// nils are not locked.
func (s Span) lockAll() (*Record, *measurement) {
	n := s.s
	if n == nil {
		return nil, nil
	}
	if state := atomic.LoadUint32(&n.state); state&generationMask != s.generation || state&(recording|measuring) == 0 {
		return nil, nil
	}
	n.mu.Lock()
	if n.currentGeneration() != s.generation || n.record == nil && n.measurement == nil {
		n.mu.Unlock()
		return nil, nil
	}
	return n.record, n.measurement
}

// Fresh returns the record of a span that has just been started, for its first attributes: for the one who has started it,
// before anybody else has it. It is nil where nothing is recorded. It is cheaper than Set.
func (s Span) Fresh() *Record {
	if !s.Recording() {
		return nil
	}
	return s.s.record
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
		r.Name = truncate(name, maxName)
		s.s.mu.Unlock()
	}
}

// SetError sets the status to error and error.type, which is of low cardinality.
func (s Span) SetError(errorType string) {
	r, m := s.lockAll()
	if r != nil {
		r.setError(errorType)
	}
	if m != nil {
		m.setErrorType(errorType)
	}
	if r != nil || m != nil {
		s.s.mu.Unlock()
	}
}

// Context returns parent with the span in it; parent itself for the zero Span, for one that only passes on
// what a request came with, and for one that was left and has ended without anybody else's knowing of it.
// Contexts that are derived from it cost what those of parent cost.
func (s Span) Context(parent context.Context) context.Context {
	if s.s == nil || s.s.is(propagating) || !s.s.shareGeneration(s.generation) {
		return parent
	}
	return withSpan(parent, s.s)
}
