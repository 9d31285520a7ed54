package boot

import (
	"sync"
	"time"

	"goagent/agent"
)

// closing sends what there is at the end of a program. A goroutine of its own does so, from which
// the program's only hear: one that is in a synctest bubble must not make the channels and timers
// that this takes.
type finalFlush struct {
	mu      sync.Mutex // held by who waits
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

// wait has what there is sent, and returns when that is done.
func (c *finalFlush) wait() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.request <- struct{}{}
	<-c.done
}

// watch has what there is sent before the program ends or becomes another one, and when it is told
// to end.
func (p *plan) watch() {
	c := newFinalFlush(func() { p.finish(exitTimeout) })
	agent.SetExitHook(func(int32) { c.wait() })
	agent.SetExecHook(c.wait)
	agent.SetSignalHook(p.prompt)
}

// prompt has what there is sent, and does not wait for it: the program may be about to end in a way
// that nobody sees.
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

// end sends what there is, and says what became of all spans where somebody wants to know it.
// Neither holds the end of the program up, though nobody reads standard error.
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

// flush empties all pipelines and tells all metrics at the same time.
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
