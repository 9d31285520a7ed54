package export

import (
	"sync/atomic"
	"time"

	"goagent/agent"
	"goagent/metric"
)

// MetricExporter is the exporter at the end of a Periodic. Its method is called by one goroutine.
type MetricExporter interface {
	// ExportMetrics must not keep its arguments. hurry is as in Exporter.
	ExportMetrics(all []metric.Metric, hurry <-chan struct{})
}

// ExportMetrics implements MetricExporter.
func (o *OTLP) ExportMetrics(all []metric.Metric, hurry <-chan struct{}) {
	if len(all) == 0 {
		return
	}
	body := o.emptyBody()
	body.add(o.encoder.encodeMetrics(all))
	o.deliver(body, countPoints(all), hurry)
}

func countPoints(all []metric.Metric) (n uint64) {
	for i := range all {
		n += uint64(len(all[i].Points))
	}
	return n
}

// Periodic collects and exports at intervals.
//
// While nothing is measured its goroutine sleeps without a timer, so that Go still detects a
// program that is deadlocked: after a tick nothing is due until something is recorded again.
type Periodic struct {
	faults       uint64 // atomic; first, for 32-bit processors
	everRecorded uint32 // something was recorded; atomic
	reader       *metric.Reader
	exporter     MetricExporter
	interval     time.Duration
	wake         chan struct{}
	prompts      chan struct{}
	flushes      chan chan struct{}
	waiters      flushWaiters
}

// NewPeriodic returns a periodic reader; an interval of 0 means 60s. It is to be called while
// packages are initialised, as NewPipeline.
func NewPeriodic(r *metric.Reader, e MetricExporter, interval time.Duration) *Periodic {
	if interval <= 0 {
		interval = time.Minute
	}
	p := &Periodic{
		reader:   r,
		exporter: e,
		interval: interval,
		wake:     make(chan struct{}, 1),
		prompts:  make(chan struct{}, 1),
		flushes:  make(chan chan struct{}),
		waiters:  newFlushWaiters(),
	}
	agent.Go(p.run)
	return p
}

// Wake reports that something was recorded. It does not wait.
func (p *Periodic) Wake() {
	if atomic.LoadUint32(&p.everRecorded) == 0 {
		atomic.StoreUint32(&p.everRecorded, 1)
	}
	wakeReader(p.wake)
}

// Prompt exports the present metrics before their time. It does not wait.
func (p *Periodic) Prompt() {
	if atomic.LoadUint32(&p.everRecorded) != 0 {
		wakeReader(p.prompts)
	}
}

// Flush exports the present metrics, with one attempt, and returns when that is done or the time is
// over; it reports which.
func (p *Periodic) Flush(timeout time.Duration) bool {
	if atomic.LoadUint32(&p.everRecorded) == 0 {
		return true // nothing was ever recorded
	}
	return p.waiters.flush(p.flushes, timeout)
}

// run is the goroutine, as that of Pipeline.
func (p *Periodic) run() {
	agent.Suppress()
	var due <-chan time.Time // nil until something is recorded
	for {
		select {
		case <-p.wake:
			if due == nil {
				due = time.NewTimer(p.interval).C
			}
		case <-due:
			due = nil
			metric.ArmWake() // the next measurement wakes this goroutine
			p.export()
		case <-p.prompts:
			p.export()
		case done := <-p.flushes:
			p.export()
			close(done)
		}
	}
}

// export keeps a panic of an exporter from the program.
func (p *Periodic) export() {
	defer func() {
		if recover() != nil {
			atomic.AddUint64(&p.faults, 1)
		}
	}()
	p.exporter.ExportMetrics(p.reader.Collect(), p.waiters.hurry())
}
