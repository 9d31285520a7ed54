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
	if state&stray != 0 || atomic.LoadUint32(&s.shared) != 0 {
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
	atomic.StoreUint32(&s.over, 0)
	atomic.StoreUint32(&s.state, state&lifeOf+oneLife)
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
func (s *span) keep(life uint32) bool {
	if atomic.LoadUint32(&s.shared) != 0 && s.life() == life {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.life() != life {
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
	if atomic.LoadUint32(&n.shared) != 0 && n.life() == s.life {
		return n.ctx // is never written again
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.life() != s.life {
		return propagate.Context{}
	}
	return n.ctx
}

// moment is a time since epoch in seconds. It is never zero.
func moment(t time.Duration) uint32 { return uint32(t/time.Second) + 1 }

// orphans is for how many seconds a span that is over goes on being the parent in
// goroutines that have inherited it; atomic.
var orphans uint32

// usualOrphans is the default of Config.Orphans.
const usualOrphans = time.Minute

// forEver is the value of orphans that stands for no end.
const forEver = 1<<32 - 1

func setOrphans(d time.Duration) {
	seconds := uint32(forEver)
	switch {
	case d == 0:
		seconds = moment(usualOrphans) - 1
	case d > 0 && d < forEver*time.Second:
		seconds = moment(d - 1) // not less than d
	}
	atomic.StoreUint32(&orphans, seconds)
}

// lately returns s, which has ended, unless that was long ago: then its server
// span, unless that is long over, too; or else nil. A worker that a request happened
// to start does not belong to it for ever.
func (s *span) lately() *span {
	limit := atomic.LoadUint32(&orphans)
	if limit == forEver {
		return s
	}
	now := moment(elapsed())
	if !s.longOver(now, limit) {
		return s
	}
	if s.root != nil && !s.root.longOver(now, limit) {
		return s.root
	}
	return nil
}

func (s *span) longOver(now, limit uint32) bool {
	over := atomic.LoadUint32(&s.over)
	return s.is(ended) && now > over && now-over > limit
}

// forgotten returns the span that this goroutine has inherited and that is over for
// too long to be a parent, nil if there is none.
func forgotten() *span {
	s := open((*span)(traceGet()))
	if s == nil || s == &suppressed || !s.is(ended) {
		return nil
	}
	return s
}
