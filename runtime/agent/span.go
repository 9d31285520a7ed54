package agent

import (
	"context"
	"math"
	"sync"
	"sync/atomic"
	"unsafe"

	"goagent/propagate"
)

// Span is one operation. The zero value is valid and does nothing. All methods may be called from
// any goroutine, at any time, also after the end.
type Span struct {
	s          *span
	generation uint32 // the generation of s that this handle refers to
}

// span is the object that a Span points to. It lives as long as somebody holds it: a goroutine's
// slot, a context, a child. So it is small and refers to nothing but its server span, what the
// request carries and, while it is current, the span that it has replaced. A span that nobody but
// its Spans can hold is reused, see recycle.
type span struct {
	// shared is 1 if others than Spans and the slot of its goroutine may point here. The woven
	// runtime, which relies on this being the first word, also sets it when a goroutine
	// inherits the span; atomic.
	shared uint32
	// state holds bits and the generation. The woven runtime knows its place, and the bit ended;
	// atomic.
	state   uint32
	endTime uint32 // when it ended, see coarseTime; atomic

	// The fields up to ctx are set before anybody else sees the span.
	depth uint8 // nesting depth, at most maxDepth; takes no room here
	role  Role  // takes no room here either
	// root is the server span that the span is part of, itself if it is one. The woven runtime
	// knows its place.
	root *span
	ctx  propagate.Context

	prev unsafe.Pointer // *span, the one that was current before; atomic

	mu          sync.Mutex
	record      *Record      // nil after the end; guarded by mu
	measurement *measurement // nil after the end; guarded by mu
}

// The bits of a span's state.
const (
	left          uint32 = 1 << iota // Leave was called, or an end has left it
	ended                            // End was called
	leftElsewhere                    // left where it was not current; no goroutine returns to it
	recording                        // has a record until its end; set before others see the span
	measuring                        // has a measurement until its end; set as early
	propagating                      // only passes on the context of a request; set as early
	silent                           // nothing is started within it, see StartSilent; set as early
	lost                             // Lose was called
	outlived                         // a span that it was started within has ended before it

	generationStep // generations are counted from this bit on
)

// generationMask selects the generation in a state.
const generationMask = ^(generationStep - 1)

// maxDepth is how many spans may be current within one another before a new span skips those that
// were forgotten, see isForgotten.
const maxDepth = 100

// suppressed is the current span of goroutines that make no spans.
var suppressed span

// mark sets bits and returns the previous state. If the generation is over it does nothing and
// returns false.
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

// currentGeneration returns the span's present generation.
func (s *span) currentGeneration() uint32 { return atomic.LoadUint32(&s.state) & generationMask }

// previous returns the span that was current before s.
func (s *span) previous() *span { return (*span)(atomic.LoadPointer(&s.prev)) }

func (s *span) is(bits uint32) bool { return atomic.LoadUint32(&s.state)&bits != 0 }

// skipLeftElsewhere returns s, or the nearest span before it that was not left in another
// goroutine. Ended spans count: their goroutine may still be within them, and goroutines that it
// has started have inherited them.
func skipLeftElsewhere(s *span) *span {
	for s != nil && s.is(leftElsewhere) {
		s = s.previous()
	}
	return s
}

// current returns the goroutine's span, or nil if it has none.
func current() *span {
	s := skipLeftElsewhere((*span)(traceGet()))
	if s != nil && s.is(ended) {
		return s.parentIfRecent()
	}
	return s
}

// currentForStart returns the span within which a new span is about to start. If many are current
// already, it skips those that were forgotten: a plugin that forgets to leave or to end must not
// chain all spans of a goroutine together.
func currentForStart() *span {
	s := current()
	if s != nil && s.depth >= maxDepth {
		for s != nil && s.isForgotten() {
			s = s.previous()
		}
	}
	return s
}

// isForgotten reports whether the span has ended and was not left, was left elsewhere, or goes on
// although a span that it was started within has ended.
func (s *span) isForgotten() bool {
	state := atomic.LoadUint32(&s.state)
	return state&(outlived|leftElsewhere) != 0 || state&(ended|left) == ended
}

// enter makes the span current within outer.
func (s *span) enter(outer *span) {
	if outer != nil {
		outer.share()
		s.prev = unsafe.Pointer(outer)
		if s.depth = outer.depth; s.depth < maxDepth {
			s.depth++
		}
	}
	traceSet(unsafe.Pointer(s))
}

// Leave makes the span no longer current in this goroutine, and also all spans that were started
// within it and not left yet; the span that was current before is current again. It is for a span
// that goes on elsewhere: one that ends where it is current is left by its end. It is to be called
// by the goroutine that has started the span. A goroutine that has inherited the span leaves it
// only for itself.
func (s Span) Leave() {
	n := s.s
	if n == nil || n.currentGeneration() != s.generation {
		return
	}
	top := (*span)(traceGet())
	if top != n {
		within := n.within(top)
		if within == nil {
			if !n.is(left) { // maybe another goroutine, for itself
				n.mark(s.generation, left|leftElsewhere)
			}
			return
		}
		if n.is(leftElsewhere) && within.is(outlived) {
			return // its end has left it, and left those within it as they were
		}
		for m := top; m != nil && m != n; m = m.previous() {
			m.share() // the slot may still lead to it when it ends
			m.mark(m.currentGeneration(), left)
		}
	}
	s.leaveSlot()
}

// leaveSlot makes the span before s current. The slot leads to s, or to spans that are left as
// well.
func (s Span) leaveSlot() {
	n := s.s
	traceSet(unsafe.Pointer(skipLeftElsewhere(n.previous())))
	if old, ok := n.mark(s.generation, left); ok && old&ended != 0 {
		n.unlinkEnded()
		n.recycle(old | left)
	}
}

// within returns the span that was started directly within s, among top and those before it; nil if
// there is none.
func (s *span) within(top *span) *span {
	for top != nil {
		before := top.previous()
		if before == s {
			return top
		}
		top = before
	}
	return nil
}

// leaveAtEnd leaves the span if it is current in this goroutine. If it is not, the current one
// stays, and no goroutine returns to this one any more. s is not the zero Span.
func (s Span) leaveAtEnd() {
	n := s.s
	if n.currentGeneration() != s.generation {
		return
	}
	top := (*span)(traceGet())
	if top == n {
		s.leaveSlot()
		return
	}
	if n.is(left) {
		return
	}
	if skipLeftElsewhere(top) == n {
		s.leaveSlot()
		return
	}
	if n.within(top) != nil {
		for m := top; m != nil && m != n; m = m.previous() {
			m.mark(m.currentGeneration(), outlived)
		}
	}
	n.mark(s.generation, left|leftElsewhere)
}

// End finishes the span, and leaves it where it is current: the span that was current before it in
// the calling goroutine is current again. All other ends do the same.
//
// Ends may come in any order and from any goroutine:
//
//   - Only the first call ends the span, and sets what is known at its end. A later one leaves the
//     span if it is still current in the calling goroutine, and has no effect otherwise.
//   - If another span is current in the calling goroutine, that one stays. If it was started within
//     this span, its own end skips this one, and returns to the span before.
//   - In a goroutine that has inherited the span, the end leaves it for that goroutine alone. The
//     goroutine that has started it stays within it until it calls an end too, or Leave.
//   - In any other goroutine, nothing of that goroutine changes; the one that has started the span
//     is in the span before from now on.
//   - The span before may have ended itself, if the goroutine was started within it. It is current
//     again even so: work that outlives its request belongs to it for some time, see
//     Config.ParentGrace.
func (s Span) End() { s.EndWith(nil) }

// EndWith is End with attributes that are known only now. It is cheaper than setting them one by
// one.
func (s Span) EndWith(o *Outcome) {
	if s.s != nil {
		s.leaveAtEnd()
		s.finish(o)
	}
}

// EndEarly is EndWith for a span that stays current, since the function that it stands for goes on:
// what that function still does belongs to the span. It is left by Leave or by another end.
func (s Span) EndEarly(o *Outcome) { s.finish(o) }

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
	// The record is taken before others can see the end: a concurrent Leave may recycle the
	// span.
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
	if c := currentConfig(); c != nil {
		c.Ended(r)
	} else {
		r.Release()
	}
}

// afterEnd is called once the span has ended; old is the state before the end.
func (s *span) afterEnd(old uint32) {
	if old&(left|leftElsewhere) == left {
		s.unlinkEnded()
		s.recycle(old | ended)
	}
}

// unlinkEnded drops the references to previous spans that have been left and have ended: a chain of
// goroutines in which each starts the next must not keep all earlier spans alive. The reference to
// a span that has not ended is kept: the goroutine that left this span may only have inherited it,
// and the one that has started it has yet to return to the previous span.
func (s *span) unlinkEnded() {
	first := s.previous()
	kept := first
	for kept != nil && kept.is(left) && kept.is(ended) {
		kept = kept.previous()
	}
	if kept != first {
		atomic.StorePointer(&s.prev, unsafe.Pointer(kept))
	}
}

// EndErr records err if it is not nil, and ends the span as End does.
func (s Span) EndErr(err error) {
	if s.s == nil {
		return
	}
	o := Outcome{}
	if err != nil {
		o.Error = errorType(err)
	}
	s.leaveAtEnd()
	s.finish(&o)
}

// SetRole sets the kind of operation that the span stands for. It is to be called by the code that
// has started the span, before anybody else has it.
func (s Span) SetRole(role Role) {
	if s.s != nil && s.s.currentGeneration() == s.generation {
		s.s.role = role
	}
}

// CurrentRole returns the role of the current span, which the calling code is part of. It keeps an
// inner layer from making a second span for the same call.
func CurrentRole() Role {
	if s := current(); s != nil {
		return s.role
	}
	return 0
}

// Recording reports whether attributes set on the span will be exported.
func (s Span) Recording() bool {
	return s.s != nil && atomic.LoadUint32(&s.s.state)&(generationMask|recording|ended) == s.generation|recording
}

// lock returns the locked record, or nil. The caller unlocks s.s.mu.
func (s Span) lock() *Record {
	r, m := s.lockAll()
	if r == nil && m != nil {
		s.s.mu.Unlock()
	}
	return r
}

// lockAll returns the record and the measurement, locked, either of which may be nil. If both are
// nil nothing is locked.
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

// Fresh returns the record of a span that has just been started, for its first attributes, or nil
// if the span is not recorded. It is to be called by the code that has started the span, before
// anybody else has it. Adding attributes to the record is cheaper than Set.
func (s Span) Fresh() *Record {
	if !s.Recording() {
		return nil
	}
	return s.s.record
}

// Set sets several attributes at once, which is cheaper than one by one.
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

// SetString sets an attribute. Strings that are too long are truncated.
func (s Span) SetString(key, value string) { s.set(String(key, value)) }

// SetInt sets an attribute.
func (s Span) SetInt(key string, value int64) { s.set(Int(key, value)) }

// SetBool sets an attribute.
func (s Span) SetBool(key string, value bool) { s.set(Bool(key, value)) }

// SetFloat sets an attribute.
func (s Span) SetFloat(key string, value float64) { s.set(Float(key, value)) }

// SetText sets a string attribute. The bytes are copied to the span's own memory, usually without
// an allocation.
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

// SetError sets the status to error, and error.type, which is of low cardinality.
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

// Context returns parent with the span in it. It returns parent itself for the zero Span, for one
// that only passes on the context of a request, and for one that was left and ended while nobody
// else could hold it. Contexts that are derived from it cost as much as those derived from parent.
func (s Span) Context(parent context.Context) context.Context {
	if s.s == nil || s.s.is(propagating) || !s.s.shareGeneration(s.generation) {
		return parent
	}
	return withSpan(parent, s.s)
}
