package export

import (
	"runtime"
	"sync/atomic"
	"time"

	"goagent/agent"
)

// Exporter is the exporter at the end of a Pipeline. Its methods are called by one goroutine.
type Exporter interface {
	// Export owns the records, but not the slice, and releases each. Once hurry is closed the
	// program is about to exit: nothing is tried twice.
	Export(batch []*agent.Record, hurry <-chan struct{})
	// Flush is called after the last Export before an exit.
	Flush()
	// Dropped is called for a record for which the queue had no room, by the goroutine that
	// ended it.
	Dropped(r *agent.Record)
}

// Batching configures how records are grouped into batches. The zero value means the defaults of
// the OpenTelemetry specification.
type Batching struct {
	Queue     int           // records that may wait, 2048
	Batch     int           // records of a batch, 512
	Delay     time.Duration // how long a record waits for others, 5s
	Immediate bool          // no delay: export every record at once
}

func (b Batching) withDefaults() Batching {
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

// recordStore holds records until they are exported. Any goroutine may call put and len, only the
// pipeline's goroutine the others.
type recordStore interface {
	// put takes ownership of a record, or returns false if there is no room for it.
	put(r *agent.Record) bool
	// len returns roughly the number of records that wait.
	len() int
	// take forms a batch of the records that have waited longest, and returns their number.
	take() int
	// export exports that batch.
	export(hurry <-chan struct{})
}

// Pipeline is a queue, and the goroutine that empties it to one exporter.
type Pipeline struct {
	dropped        uint64 // atomic; first, for 32-bit processors
	faults         uint64 // atomic
	everQueued     uint32 // there has been a record; atomic
	armed          uint32 // the goroutine knows that there are records; atomic
	batchAnnounced uint32 // it was notified that there is a batch; atomic
	exporter       Exporter
	config         Batching
	store          recordStore
	wake           chan struct{}
	prompts        chan struct{}
	flushes        chan chan struct{}
	waiters        flushWaiters
	due            *time.Timer // used by the goroutine only; nil while nothing waits
}

// NewPipeline returns a pipeline. Its goroutine sleeps until the first record. It inherits the
// labels and the synctest bubble of the caller, so NewPipeline is to be called while packages are
// initialised, when there are none.
func NewPipeline(e Exporter, b Batching) *Pipeline {
	b = b.withDefaults()
	p := &Pipeline{
		exporter: e,
		config:   b,
		wake:     make(chan struct{}, 1),
		prompts:  make(chan struct{}, 1),
		flushes:  make(chan chan struct{}),
		waiters:  newFlushWaiters(),
	}
	if out, ok := e.(blockExporter); ok {
		p.store = newPackedStore(out, b)
	} else {
		p.store = &recordQueue{queue: newQueue(b.Queue), exporter: e, batchSize: b.Batch}
	}
	agent.Go(p.run)
	return p
}

// Ended queues a record. It does not wait.
func (p *Pipeline) Ended(r *agent.Record) {
	if !p.store.put(r) {
		atomic.AddUint64(&p.dropped, 1)
		p.exporter.Dropped(r)
		r.Release()
		return
	}
	switch {
	case atomic.LoadUint32(&p.armed) == 0 && atomic.CompareAndSwapUint32(&p.armed, 0, 1):
		p.notify()
	case atomic.LoadUint32(&p.batchAnnounced) == 0 && p.store.len() >= p.config.Batch &&
		atomic.CompareAndSwapUint32(&p.batchAnnounced, 0, 1):
		p.notify()
	}
}

// Dropped returns the number of records for which there was no room.
func (p *Pipeline) Dropped() uint64 { return atomic.LoadUint64(&p.dropped) }

// Counts are numbers of records.
type Counts struct {
	Exported, Failed uint64 // by the exporter
	Dropped          uint64 // without room in the queue
	Faults           uint64 // panics of the exporter
	Queued, Capacity int    // of the queue
}

// countingExporter is an exporter that counts records.
type countingExporter interface {
	Counts() (exported, failed uint64)
}

// Counts returns the counts so far.
func (p *Pipeline) Counts() Counts {
	c := Counts{Dropped: p.Dropped(), Faults: atomic.LoadUint64(&p.faults), Queued: p.store.len(), Capacity: p.config.Queue}
	if counts, ok := p.exporter.(countingExporter); ok {
		c.Exported, c.Failed = counts.Counts()
	}
	return c
}

func (p *Pipeline) notify() {
	if atomic.LoadUint32(&p.everQueued) == 0 {
		atomic.StoreUint32(&p.everQueued, 1)
	}
	wakeReader(p.wake)
}

// wakeReader wakes the goroutine that reads c, which has room for one value.
func wakeReader(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Prompt makes all waiting records due now. It does not wait.
func (p *Pipeline) Prompt() {
	if atomic.LoadUint32(&p.everQueued) != 0 {
		wakeReader(p.prompts)
	}
}

// Flush exports the queued records, each batch with one attempt, and returns when that is done or
// the time is over; it reports which.
func (p *Pipeline) Flush(timeout time.Duration) bool {
	if atomic.LoadUint32(&p.everQueued) == 0 {
		return true // there has never been a record
	}
	return p.waiters.flush(p.flushes, timeout)
}

// run is the pipeline's goroutine.
func (p *Pipeline) run() {
	agent.Suppress()
	for {
		select {
		case <-p.wake:
			p.onWake()
		case <-p.timerChannel():
			p.export(p.store.len())
			p.disarm()
		case <-p.prompts:
			p.export(p.store.len())
			p.disarm()
		case done := <-p.flushes:
			p.waitForWriters()
			p.export(p.store.len())
			p.recoverPanic(p.exporter.Flush)
			close(done)
		}
	}
}

// onWake begins to wait for more records, or exports the batches that are complete.
func (p *Pipeline) onWake() {
	atomic.StoreUint32(&p.batchAnnounced, 0)
	switch {
	case p.config.Immediate:
		p.export(p.store.len())
		p.disarm()
	case p.store.len() >= p.config.Batch:
		p.export(0)
		p.disarm()
	case p.due == nil:
		p.startTimer()
	}
}

// startTimer makes the records that wait due after the delay.
func (p *Pipeline) startTimer() {
	p.stopTimer()
	p.due = time.NewTimer(p.config.Delay)
}

// stopTimer makes nothing due.
func (p *Pipeline) stopTimer() {
	if p.due != nil {
		p.due.Stop()
		p.due = nil
	}
}

// timerChannel returns a channel that receives a value when records are due, nil if none are.
func (p *Pipeline) timerChannel() <-chan time.Time {
	if p.due == nil {
		return nil
	}
	return p.due.C
}

// disarm notes that nothing waits, and checks if that is still true. Records that have arrived
// meanwhile wait for others in their turn.
func (p *Pipeline) disarm() {
	p.stopTimer()
	atomic.StoreUint32(&p.armed, 0)
	switch {
	// a writer that comes now notifies the goroutine
	case p.store.len() == 0 || !atomic.CompareAndSwapUint32(&p.armed, 0, 1):
	case p.config.Immediate:
		wakeReader(p.wake)
	default:
		p.startTimer()
	}
}

// waitForWriters gives writers that have just reserved a place the time to fill it.
func (p *Pipeline) waitForWriters() {
	for i := 0; i < 100 && p.store.len() > 0; i++ {
		runtime.Gosched()
	}
}

// export exports as many records as are due, and also complete batches that exist or fill up
// meanwhile, since a full batch is due at once. Fewer records than that wait; otherwise a program
// that ends spans all the time would send one small batch after another.
func (p *Pipeline) export(due int) {
	for due > 0 || p.store.len() >= p.config.Batch {
		n := p.store.take()
		if n == 0 {
			return
		}
		due -= n
		p.recoverPanic(func() { p.store.export(p.waiters.hurry()) })
	}
}

// recoverPanic calls f and keeps a panic of an exporter from the program.
func (p *Pipeline) recoverPanic(f func()) {
	defer func() {
		if recover() != nil {
			atomic.AddUint64(&p.faults, 1)
		}
	}()
	f()
}

// FanOut returns a function for agent.Config that gives every record to each pipeline.
func FanOut(pipelines []*Pipeline) func(*agent.Record) {
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
