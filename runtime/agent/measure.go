package agent

import (
	"sync"
	"sync/atomic"
	"time"

	"goagent/metric"
)

// measure is what a span's duration is recorded to, whether the span itself is
// recorded or not. It is recycled, together with the record where there is one.
type measure struct {
	timer   *metric.Instrument
	active  *metric.Series // what counts those that are under way; nil: nothing does
	begin   time.Duration  // since epoch
	set     metric.Set
	lane    metric.Lane
	room    [256]byte
	request request // where there is no record
}

var measures = sync.Pool{New: func() interface{} { return newMeasure() }}

func newMeasure() *measure { return &measure{lane: metric.NewLane()} }

// Measure has the span's duration recorded by timer when it ends. It returns the
// attributes that go with it, to be filled in before anybody else has the span, or nil where
// nothing is measured. active, where not nil, is one more until then.
//
// Later on only Route, what sets an error, SetMeasured and EndWith write to them.
func (s Span) Measure(timer *metric.Instrument, active *metric.Series) *metric.Set {
	n := s.s
	if n == nil || !metric.On() {
		return nil
	}
	state := atomic.LoadUint32(&n.state)
	if state&lifeOf != s.life || state&measuring != 0 {
		return nil
	}
	var m *measure
	if state&recording != 0 {
		m = n.rec.meter()
	} else {
		m = measures.Get().(*measure)
		m.begin = elapsed()
	}
	m.timer, m.active = timer, active
	n.measured = m
	atomic.StoreUint32(&n.state, state|measuring) // nobody else has it yet
	active.Add(m.lane, 1)
	return &m.set
}

// fail sets error.type.
func (m *measure) fail(errorType string) {
	if slot := m.timer.ErrorSlot(); slot >= 0 {
		m.set[slot].Str = errorType
	}
}

// route sets http.route.
func (m *measure) route(route string) {
	if slot := m.timer.RouteSlot(); slot >= 0 {
		m.set[slot].Str = route
	}
}

// meter is the record's own.
func (r *Record) meter() *measure {
	if r.measure == nil {
		r.measure = newMeasure()
	}
	return r.measure
}

// done records, and gives m back. The ids are the span's, r is its record, if it has one, and
// since the time now since epoch.
func (m *measure) done(traceID [16]byte, spanID [8]byte, r *Record, since time.Duration) {
	from := metric.Origin{TraceID: traceID, SpanID: spanID, Sampled: r != nil, Lane: m.lane}
	var took, now int64
	if r != nil {
		took, now = r.End-r.Start, r.End
	} else {
		took = int64(since - m.begin)
	}
	m.timer.Finish(&m.set, m.room[:0])
	m.timer.Record(&m.set, took, now, &from)
	m.active.Add(m.lane, -1)
	m.timer, m.active = nil, nil
	m.set = metric.Set{} // the program's strings
	if r == nil {
		m.request = request{}
		measures.Put(m)
	}
}

// SetMeasured sets one of the attributes that Measure has returned.
func (s Span) SetMeasured(slot int, v metric.Value) {
	if s.s == nil || atomic.LoadUint32(&s.s.state)&(lifeOf|measuring) != s.life|measuring {
		return
	}
	r, m := s.lockAll()
	if m != nil {
		m.set[slot] = v
	}
	if r != nil || m != nil {
		s.s.mu.Unlock()
	}
}

// Outcome is what is known of an operation at its end.
type Outcome struct {
	Attr  Attr   // of the span; without a key it is none
	Error string // error.type; "" is none
	// Noted is true where the type of what was noted last (see NoteError) says more than Error, a
	// status.
	Noted bool
	// Slot is the place of Value among what Measure has returned, where Value is not zero.
	Slot  int
	Value metric.Value
}

// EndWith is End with what is known only now. It is cheaper than one by one.
func (s Span) EndWith(o *Outcome) { s.finish(o) }

func (o *Outcome) tell(r *Record, m *measure) {
	failure := o.Error
	if o.Noted && failure != "" && (r != nil || m != nil) {
		failure = either(about(r, m).cause, failure)
	}
	if r != nil {
		r.set(o.Attr)
		if failure != "" {
			r.fail(failure)
		}
	}
	if m != nil {
		if o.Value != (metric.Value{}) {
			m.set[o.Slot] = o.Value
		}
		if failure != "" {
			m.fail(failure)
		}
	}
}
