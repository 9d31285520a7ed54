package export

import (
	"sync"
	"time"
)

// haste tells a goroutine that exports whether somebody waits for it.
type haste struct {
	mu    sync.Mutex
	hurry chan struct{} // closed while somebody waits; guarded by mu
	hasty int           // how many do; guarded by mu
}

func newHaste() haste { return haste{hurry: make(chan struct{})} }

func (h *haste) begin() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.hasty++; h.hasty == 1 {
		close(h.hurry)
	}
}

func (h *haste) end() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.hasty--; h.hasty == 0 {
		h.hurry = make(chan struct{})
	}
}

// channel returns one that is closed while somebody waits.
func (h *haste) channel() <-chan struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.hurry
}

// flush has the goroutine that reads flushes do what there is to do, and reports
// whether that was in time.
func (h *haste) flush(flushes chan<- chan struct{}, timeout time.Duration) bool {
	h.begin()
	defer h.end()
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
