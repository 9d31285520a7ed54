package export

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"goagent/agent"
)

// Exporter is what stands at the end of a Pipeline. Its methods are called by
// one goroutine.
type Exporter interface {
	// Export owns the records, but not the slice, and releases each. Once hurry is
	// closed the program is about to exit: nothing is tried twice.
	Export(batch []*agent.Record, hurry <-chan struct{})
	// Flush is called after the last Export before an exit.
	Flush()
	// Dropped is told of a record for which the queue had no room, by the goroutine
	// that ended it.
	Dropped(r *agent.Record)
}

// Batching says how records become batches. The zero value stands for the
// defaults of the OpenTelemetry specification.
type Batching struct {
	Queue int           // records that may wait, 2048
	Batch int           // records of a batch, 512
	Delay time.Duration // how long a record waits for others, 5s
	Eager bool          // no delay: every record at once
}

func (b Batching) orDefault() Batching {
	if b.Queue <= 0 {
		b.Queue = 2048
	}
	if b.Batch <= 0 {
		b.Batch = 512
	}
	if b.Batch > b.Queue {
		b.Batch = b.Queue
	}
	if b.Delay <= 0 {
		b.Delay = 5 * time.Second
	}
	return b
}

// Pipeline is a queue and the goroutine that empties it to one exporter.
type Pipeline struct {
	dropped  uint64 // atomic; first, for 32-bit processors
	faults   uint64 // atomic
	started  uint32 // the goroutine runs; atomic
	armed    uint32 // the goroutine knows that there is something; atomic
	full     uint32 // it was told that there is a batch; atomic
	exporter Exporter
	config   Batching
	queue    *queue
	wake     chan struct{}
	flushes  chan chan struct{}

	mu    sync.Mutex
	hurry chan struct{} // closed while somebody waits in Flush; guarded by mu
	hasty int           // how many do; guarded by mu
}

// NewPipeline returns a pipeline whose goroutine starts with the first record.
func NewPipeline(e Exporter, b Batching) *Pipeline {
	b = b.orDefault()
	return &Pipeline{
		exporter: e,
		config:   b,
		queue:    newQueue(b.Queue),
		wake:     make(chan struct{}, 1),
		flushes:  make(chan chan struct{}),
		hurry:    make(chan struct{}),
	}
}

// Ended queues a record. It does not wait.
func (p *Pipeline) Ended(r *agent.Record) {
	if !p.queue.put(r) {
		atomic.AddUint64(&p.dropped, 1)
		p.exporter.Dropped(r)
		r.Release()
		return
	}
	switch {
	case atomic.LoadUint32(&p.armed) == 0 && atomic.CompareAndSwapUint32(&p.armed, 0, 1):
		p.notify()
	case atomic.LoadUint32(&p.full) == 0 && p.queue.len() >= p.config.Batch && atomic.CompareAndSwapUint32(&p.full, 0, 1):
		p.notify()
	}
}

// Dropped returns how many records found no room.
func (p *Pipeline) Dropped() uint64 { return atomic.LoadUint64(&p.dropped) }

func (p *Pipeline) notify() {
	if atomic.LoadUint32(&p.started) == 0 && atomic.CompareAndSwapUint32(&p.started, 0, 1) {
		go p.run()
	}
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// Flush exports what is queued, each batch with one try, and returns when that
// is done or the time is over; it reports which.
func (p *Pipeline) Flush(timeout time.Duration) bool {
	if atomic.LoadUint32(&p.started) == 0 {
		return true // there was never a record
	}
	p.beginHaste()
	defer p.endHaste()
	late := time.NewTimer(timeout)
	defer late.Stop()
	done := make(chan struct{})
	select {
	case p.flushes <- done:
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

func (p *Pipeline) beginHaste() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.hasty++; p.hasty == 1 {
		close(p.hurry)
	}
}

func (p *Pipeline) endHaste() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.hasty--; p.hasty == 0 {
		p.hurry = make(chan struct{})
	}
}

// haste returns the channel that is closed while somebody waits.
func (p *Pipeline) haste() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.hurry
}

// run is the pipeline's goroutine. It was started by a goroutine of the
// program's, whose span it must not keep.
func (p *Pipeline) run() {
	agent.Suppress()
	batch := make([]*agent.Record, 0, p.config.Batch)
	var due <-chan time.Time // nil while nothing waits
	for {
		select {
		case <-p.wake:
			atomic.StoreUint32(&p.full, 0)
			switch {
			case p.config.Eager:
				p.drain(batch, 1)
				due = p.disarm()
			default:
				p.drain(batch, p.config.Batch)
				if due == nil {
					due = p.timer()
				}
			}
		case <-due:
			p.drain(batch, 1)
			due = p.disarm()
		case done := <-p.flushes:
			p.settle()
			p.drain(batch, 1)
			p.guarded(p.exporter.Flush)
			close(done)
		}
	}
}

// timer returns a channel that says when the records that wait now are due.
func (p *Pipeline) timer() <-chan time.Time { return time.NewTimer(p.config.Delay).C }

// disarm says that nothing waits, and finds out whether that is still true.
func (p *Pipeline) disarm() <-chan time.Time {
	atomic.StoreUint32(&p.armed, 0)
	if p.queue.len() == 0 || !atomic.CompareAndSwapUint32(&p.armed, 0, 1) {
		return nil // a writer that comes now says so
	}
	if p.config.Eager {
		p.notify()
		return nil
	}
	return p.timer()
}

// settle gives writers that have just taken their place the time to fill it.
func (p *Pipeline) settle() {
	for i := 0; i < 100 && p.queue.len() > 0; i++ {
		runtime.Gosched()
	}
}

// drain exports batches while at least min records wait.
func (p *Pipeline) drain(batch []*agent.Record, min int) {
	for p.queue.len() >= min {
		batch = batch[:0]
		for len(batch) < p.config.Batch {
			r := p.queue.get()
			if r == nil {
				break
			}
			batch = append(batch, r)
		}
		if len(batch) == 0 {
			return
		}
		p.guarded(func() { p.exporter.Export(batch, p.haste()) })
		for i := range batch {
			batch[i] = nil
		}
	}
}

// guarded keeps a fault of an exporter from the program.
func (p *Pipeline) guarded(f func()) {
	defer func() {
		if recover() != nil {
			atomic.AddUint64(&p.faults, 1)
		}
	}()
	f()
}

// Fan returns a function for agent.Config that gives every record to each
// pipeline.
func Fan(pipelines []*Pipeline) func(*agent.Record) {
	if len(pipelines) == 1 {
		return pipelines[0].Ended
	}
	return func(r *agent.Record) {
		r.Share(len(pipelines))
		for _, p := range pipelines {
			p.Ended(r)
		}
	}
}
