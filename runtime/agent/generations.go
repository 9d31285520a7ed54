package agent

import (
	"sync"
	"sync/atomic"
	"time"

	"goagent/propagate"
)

// The afterlife of a span: it is reused if nobody can hold it, and is no longer a parent once it
// ended long ago.

// spans holds spans to be reused. Their state includes a generation, so that a Span of an earlier
// generation does nothing.
var spans = sync.Pool{New: func() interface{} { return &span{} }}

// recycle gives a span back that has been both left and ended; state is its state after the later
// of the two calls. Whoever makes that call calls recycle, once.
//
// The span is given back only if nobody but Spans can hold it: no goroutine has inherited it,
// nothing was started within it, it is in no context, and it was left in the goroutine where it was
// current, so that no slot leads to it.
func (s *span) recycle(state uint32) {
	if state&leftElsewhere != 0 || atomic.LoadUint32(&s.shared) != 0 {
		return
	}
	s.mu.Lock()
	if atomic.LoadUint32(&s.shared) != 0 {
		s.mu.Unlock()
		return
	}
	s.ctx = propagate.Context{}
	s.root = nil
	s.depth = 0
	s.role = 0
	atomic.StorePointer(&s.prev, nil)
	atomic.StoreUint32(&s.endTime, 0)
	atomic.StoreUint32(&s.state, state&generationMask+generationStep)
	s.mu.Unlock()
	spans.Put(s)
}

// share marks the span as one that others may point to indefinitely.
func (s *span) share() {
	if atomic.LoadUint32(&s.shared) == 0 {
		atomic.StoreUint32(&s.shared, 1)
	}
}

// shareGeneration marks the span shared on behalf of a Span; it returns false if the Span's
// generation is over.
func (s *span) shareGeneration(life uint32) bool {
	if atomic.LoadUint32(&s.shared) != 0 && s.currentGeneration() == life {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.currentGeneration() != life {
		return false
	}
	s.share()
	return true
}

// context returns the context that is sent to other processes, all zeros if the Span's generation
// is over.
func (s Span) context() propagate.Context {
	n := s.s
	if n == nil {
		return propagate.Context{}
	}
	if atomic.LoadUint32(&n.shared) != 0 && n.currentGeneration() == s.generation {
		return n.ctx // a shared span's context is never written again
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.currentGeneration() != s.generation {
		return propagate.Context{}
	}
	return n.ctx
}

// coarseTime converts a time since epoch to seconds. It is never zero.
func coarseTime(t time.Duration) uint32 { return uint32(t/time.Second) + 1 }

// parentGrace is the number of seconds for which a span that has ended stays the parent in
// goroutines that have inherited it; atomic.
var parentGrace uint32

// defaultParentGrace is the default of Config.ParentGrace.
const defaultParentGrace = time.Minute

// endlessGrace is the value of parentGrace that means no limit.
const endlessGrace = 1<<32 - 1

func setParentGrace(d time.Duration) {
	seconds := uint32(endlessGrace)
	switch {
	case d == 0:
		seconds = coarseTime(defaultParentGrace) - 1
	case d > 0 && d < endlessGrace*time.Second:
		seconds = coarseTime(d - 1) // rounded up
	}
	atomic.StoreUint32(&parentGrace, seconds)
}

// parentIfRecent returns s, which has ended, unless it ended long ago. Then it returns its server
// span unless that ended long ago too, or else nil. A worker that a request happened to start does
// not belong to that request for ever.
func (s *span) parentIfRecent() *span {
	limit := atomic.LoadUint32(&parentGrace)
	if limit == endlessGrace {
		return s
	}
	now := coarseTime(elapsed())
	if !s.endedLongAgo(now, limit) {
		return s
	}
	if s.root != nil && !s.root.endedLongAgo(now, limit) {
		return s.root
	}
	return nil
}

func (s *span) endedLongAgo(now, limit uint32) bool {
	over := atomic.LoadUint32(&s.endTime)
	return s.is(ended) && now > over && now-over > limit
}

// expiredParent returns the span that this goroutine has inherited and that ended too long ago to
// be a parent, nil if there is none.
func expiredParent() *span {
	s := skipLeftElsewhere((*span)(traceGet()))
	if s == nil || s == &suppressed || !s.is(ended) {
		return nil
	}
	return s
}
