//go:build go1.27 && goagent_nogls
// +build go1.27,goagent_nogls

// Up to Go 1.26 a module of Go 1.18 has timers that no synctest bubble admits.

package export

import (
	"fmt"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"goagent/agent"
)

// slowExporter is an exporter that takes some time, by the clock of a bubble.
type slowExporter struct {
	takes time.Duration
	mu    sync.Mutex
	sizes []int
	last  bool
}

func (s *slowExporter) Export(batch []*agent.Record, hurry <-chan struct{}) {
	time.Sleep(s.takes)
	s.mu.Lock()
	s.sizes = append(s.sizes, len(batch))
	s.mu.Unlock()
	for _, r := range batch {
		r.Release()
	}
}

func (s *slowExporter) Flush() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last {
		runtime.Goexit()
	}
}

// end makes the next call of Flush end the goroutine.
func (s *slowExporter) end() {
	s.mu.Lock()
	s.last = true
	s.mu.Unlock()
}

func (s *slowExporter) Dropped(*agent.Record) {}

func (s *slowExporter) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return fmt.Sprint(s.sizes)
}

// runTimed runs a pipeline in a bubble, where only sleeping takes time.
func runTimed(t *testing.T, b Batching, takes time.Duration, f func(p *Pipeline, out *slowExporter)) {
	synctest.Test(t, func(t *testing.T) {
		out := &slowExporter{takes: takes}
		p := NewPipeline(out, b)
		enable(t, p.Ended)
		f(p, out)
		spans("last", 1) // so that there is a goroutine to end, whatever came before
		synctest.Wait()
		out.end()
		p.Flush(time.Hour)
	})
}

// TestDelay checks that a steady flow of spans is sent as often as the delay says, however long it
// takes to send them.
func TestDelay(t *testing.T) {
	runTimed(t, Batching{}, 50*time.Millisecond, func(p *Pipeline, out *slowExporter) {
		const every = 19 * time.Millisecond // never when a timer expires
		for start := time.Now(); time.Since(start) < 25*time.Second; time.Sleep(every) {
			spans("s", 1)
		}
		if got := out.String(); got != "[264 265 266 266]" {
			t.Errorf("batches of %s", got)
		}
	})
}

// TestDelayOfFullBatches checks that a full batch is due at once, and that the remaining spans wait
// from then on.
func TestDelayOfFullBatches(t *testing.T) {
	runTimed(t, Batching{Queue: 100, Batch: 10}, time.Second, func(p *Pipeline, out *slowExporter) {
		spans("s", 9)
		time.Sleep(4 * time.Second)
		spans("s", 14)
		time.Sleep(2500 * time.Millisecond)
		if got := out.String(); got != "[10 10]" {
			t.Errorf("first batches of %s", got)
		}
		spans("s", 10) // while nothing is being sent
		time.Sleep(1500 * time.Millisecond)
		if got := out.String(); got != "[10 10 10]" {
			t.Errorf("then batches of %s", got)
		}
		time.Sleep(4 * time.Second)
		if got := out.String(); got != "[10 10 10]" {
			t.Errorf("before the delay is over batches of %s", got)
		}
		time.Sleep(2 * time.Second)
		if got := out.String(); got != "[10 10 10 3]" {
			t.Errorf("at last batches of %s", got)
		}
	})
}

// TestPrompt checks that waiting spans are due, and that spans that arrive meanwhile are not.
func TestPrompt(t *testing.T) {
	runTimed(t, Batching{Delay: time.Minute}, time.Second, func(p *Pipeline, out *slowExporter) {
		p.Prompt() // there has never been a span
		spans("s", 3)
		p.Prompt()
		time.Sleep(time.Millisecond)
		spans("s", 2)
		time.Sleep(50 * time.Second)
		if got := out.String(); got != "[3]" {
			t.Errorf("batches of %s", got)
		}
		time.Sleep(20 * time.Second)
		if got := out.String(); got != "[3 2]" {
			t.Errorf("at last batches of %s", got)
		}
	})
}
