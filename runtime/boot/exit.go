package boot

import (
	"sync"
	"time"

	"goagent/agent"
)

// finalFlush exports everything at the end of a program. It does so in a goroutine of its own, for
// which the program's goroutines only wait: a goroutine in a synctest bubble must not make the
// channels and timers that exporting takes.
type finalFlush struct {
	mu      sync.Mutex // held by the goroutine that waits
	request chan struct{}
	done    chan struct{}
}

func newFinalFlush(end func()) *finalFlush {
	c := &finalFlush{request: make(chan struct{}), done: make(chan struct{})}
	agent.Go(func() {
		for range c.request {
			end()
			c.done <- struct{}{}
		}
	})
	return c
}

// wait exports everything, and returns when that is done.
func (c *finalFlush) wait() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.request <- struct{}{}
	<-c.done
}

// watch arranges an export before the program exits or is replaced by another one, and when it is
// asked to exit.
func (p *plan) watch() {
	c := newFinalFlush(func() { p.finish(exitTimeout) })
	agent.SetExitHook(func(int32) { c.wait() })
	agent.SetExecHook(c.wait)
	agent.SetSignalHook(p.prompt)
}

// prompt exports everything without waiting for it: the program may be about to end in a way that
// cannot be detected.
func (p *plan) prompt() {
	for _, pipeline := range p.pipelines {
		pipeline.Prompt()
	}
	if p.metrics != nil {
		for _, periodic := range p.metrics.periodic {
			periodic.Prompt()
		}
	}
}

// finish exports everything, and logs the totals of spans if logging asks for them. Neither delays
// the end of the program, even if nobody reads standard error.
func (p *plan) finish(timeout time.Duration) {
	p.flush(timeout)
	if p.log == nil {
		return
	}
	reported := make(chan struct{})
	agent.Go(func() {
		defer close(reported)
		p.reportTotals()
	})
	late := time.NewTimer(timeout / 4)
	defer late.Stop()
	select {
	case <-reported:
	case <-late.C:
	}
}

// flush flushes all pipelines and all metrics at the same time.
func (p *plan) flush(timeout time.Duration) {
	var flushes []func(time.Duration) bool
	for _, pipeline := range p.pipelines {
		flushes = append(flushes, pipeline.Flush)
	}
	if p.metrics != nil {
		for _, periodic := range p.metrics.periodic {
			flushes = append(flushes, periodic.Flush)
		}
	}
	if len(flushes) == 0 {
		return
	}
	var all sync.WaitGroup
	for _, flush := range flushes[1:] {
		all.Add(1)
		flush := flush
		agent.Go(func() {
			defer all.Done()
			agent.Suppress()
			flush(timeout)
		})
	}
	flushes[0](timeout)
	all.Wait()
}
