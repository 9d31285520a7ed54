package export

import (
	"sync"
	"time"
)

// flushWaiters lets the exporting goroutine know if somebody waits for a flush.
type flushWaiters struct {
	mu      sync.Mutex
	waiting chan struct{} // closed while somebody waits; guarded by mu
	count   int           // goroutines that wait; guarded by mu
}

func newFlushWaiters() flushWaiters { return flushWaiters{waiting: make(chan struct{})} }

func (h *flushWaiters) add() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.count++; h.count == 1 {
		close(h.waiting)
	}
}

func (h *flushWaiters) remove() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.count--; h.count == 0 {
		h.waiting = make(chan struct{})
	}
}

// hurry returns a channel that is closed while somebody waits.
func (h *flushWaiters) hurry() <-chan struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.waiting
}

// flush makes the goroutine that reads flushes export everything, and reports whether it finished
// in time.
func (h *flushWaiters) flush(flushes chan<- chan struct{}, timeout time.Duration) bool {
	h.add()
	defer h.remove()
	late := time.NewTimer(timeout)
	defer late.Stop()
	done := make(chan struct{})
	select {
	case flushes <- done:
	case <-late.C:
		return false
	}
	select {
	case <-done:
		return true
	case <-late.C:
		return false
	}
}
