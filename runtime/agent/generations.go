package agent

import (
	"sync"
	"sync/atomic"
	"time"

	"goagent/propagate"
)

// What becomes of a span when it is over: used again where nobody can know of it,
// and no longer a parent where it has been over for long.

// spans are those that are used again. Their state tells which life it is, so that
// a Span of an earlier one does nothing.
var spans = sync.Pool{New: func() interface{} { return &span{} }}

// recycle gives the span back, which was just left or ended, and is now both; state is
// the one that says so. Whoever makes the second of the two calls comes here, once.
//
// It is given back only if nobody but Spans can have it: no goroutine has inherited
// it, nothing was started within it, it is in no context, and it was left where it was
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

// share says that others may point to the span, for as long as they like.
func (s *span) share() {
	if atomic.LoadUint32(&s.shared) == 0 {
		atomic.StoreUint32(&s.shared, 1)
	}
}

// keep is share for one who has a Span. It returns false where that life is over.
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

// context returns what is sent to other processes, zeros if that life is over.
func (s Span) context() propagate.Context {
	n := s.s
	if n == nil {
		return propagate.Context{}
	}
	if atomic.LoadUint32(&n.shared) != 0 && n.currentGeneration() == s.generation {
		return n.ctx // is never written again
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.currentGeneration() != s.generation {
		return propagate.Context{}
	}
	return n.ctx
}

// moment is a time since epoch in seconds. It is never zero.
func coarseTime(t time.Duration) uint32 { return uint32(t/time.Second) + 1 }

// orphans is for how many seconds a span that is over goes on being the parent in
// goroutines that have inherited it; atomic.
var parentGrace uint32

// usualOrphans is the default of Config.Orphans.
const defaultParentGrace = time.Minute

// forEver is the value of orphans that stands for no end.
const endlessGrace = 1<<32 - 1

func setParentGrace(d time.Duration) {
	seconds := uint32(endlessGrace)
	switch {
	case d == 0:
		seconds = coarseTime(defaultParentGrace) - 1
	case d > 0 && d < endlessGrace*time.Second:
		seconds = coarseTime(d - 1) // not less than d
	}
	atomic.StoreUint32(&parentGrace, seconds)
}

// lately returns s, which has ended, unless that was long ago: then its server
// span, unless that is long over, too; or else nil. A worker that a request happened
// to start does not belong to it for ever.
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

// forgotten returns the span that this goroutine has inherited and that is over for
// too long to be a parent, nil if there is none.
func expiredParent() *span {
	s := skipLeftElsewhere((*span)(traceGet()))
	if s == nil || s == &suppressed || !s.is(ended) {
		return nil
	}
	return s
}
