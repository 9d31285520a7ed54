//go:build go1.27
// +build go1.27

// Up to Go 1.26 a module of Go 1.18 has timers that no synctest bubble admits.

package boot

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"goagent/agent"
)

// TestEndInABubble checks that a program, or a test, may end in a bubble. The final flush needs
// timers and channels from outside the bubble.
func TestEndInABubble(t *testing.T) {
	e, _ := envOf("OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:1")
	p := configure(e)
	agent.Enable(p.agent)
	defer agent.Disable()
	c := newFinalFlush(func() { p.finish(time.Minute) })
	synctest.Test(t, func(t *testing.T) {
		for i := 0; i < 2; i++ { // syscall.Exec may fail
			agent.StartInternal(nil, "s").EndErr(nil)
			c.wait()
			if _, failed := counts(p); failed != uint64(i+1) {
				t.Errorf("%d spans are done with, not %d", failed, i+1)
			}
		}
	})
}

func counts(p *plan) (exported, failed uint64) {
	c := p.pipelines[0].Counts()
	return c.Exported, c.Failed
}

// TestEndsWaitForEachOther checks that several goroutines may end the program, or replace it.
func TestEndsWaitForEachOther(t *testing.T) {
	var under, all int32
	c := newFinalFlush(func() {
		if n := atomic.AddInt32(&under, 1); n != 1 {
			t.Errorf("%d at once", n)
		}
		all++
		atomic.AddInt32(&under, -1)
	})
	done := make(chan bool)
	for i := 0; i < 8; i++ {
		go func() { c.wait(); done <- true }()
	}
	for i := 0; i < 8; i++ {
		<-done
	}
	if all != 8 {
		t.Errorf("%d of 8", all)
	}
}
