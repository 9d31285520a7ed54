package agent

import (
	"sync"
	"sync/atomic"
	"time"

	"goagent/metric"
)

// measurement is the data needed to record a span's duration, whether the span itself is recorded
// or not. It is recycled, together with the record if there is one.
type measurement struct {
	timer   *metric.Instrument
	active  *metric.Series // counts the operations in progress; nil if nothing does
	start   time.Duration  // since epoch
	set     metric.Set
	shard   metric.Shard
	scratch [256]byte
	request requestState // used if there is no record
}

var measurements = sync.Pool{New: func() interface{} { return newMeasurement() }}

func newMeasurement() *measurement { return &measurement{shard: metric.NewShard()} }

// Measure makes timer record the span's duration when it ends. It returns the attributes to record
// with it, to be filled in before anybody else has the span, or nil if nothing is measured. active,
// if not nil, is increased by one until then.
//
// Afterwards only Route, the functions that set an error, SetMeasured and EndWith write to the
// attributes.
func (s Span) Measure(timer *metric.Instrument, active *metric.Series) *metric.Set {
	n := s.s
	if n == nil || !metric.Enabled() {
		return nil
	}
	state := atomic.LoadUint32(&n.state)
	if state&generationMask != s.generation || state&measuring != 0 {
		return nil
	}
	var m *measurement
	if state&recording != 0 {
		m = n.record.ownMeasurement()
	} else {
		m = measurements.Get().(*measurement)
		m.start = elapsed()
	}
	m.timer, m.active = timer, active
	n.measurement = m
	atomic.StoreUint32(&n.state, state|measuring) // nobody else has it yet
	active.Add(m.shard, 1)
	return &m.set
}

// setErrorType sets error.type.
func (m *measurement) setErrorType(errorType string) {
	if slot := m.timer.ErrorSlot(); slot >= 0 {
		m.set[slot].Str = errorType
	}
}

// setRoute sets http.route.
func (m *measurement) setRoute(route string) {
	if slot := m.timer.RouteSlot(); slot >= 0 {
		m.set[slot].Str = route
	}
}

// ownMeasurement returns the record's own measurement.
func (r *Record) ownMeasurement() *measurement {
	if r.measurement == nil {
		r.measurement = newMeasurement()
	}
	return r.measurement
}

// finish records the measurement and gives it back. The ids are the span's, r is its record if it
// has one, and since is the present time since epoch.
func (m *measurement) finish(traceID [16]byte, spanID [8]byte, r *Record, since time.Duration) {
	from := metric.Origin{TraceID: traceID, SpanID: spanID, Sampled: r != nil, Shard: m.shard}
	var took, now int64
	if r != nil {
		took, now = r.End-r.Start, r.End
	} else {
		took = int64(since - m.start)
	}
	m.timer.Finish(&m.set, m.scratch[:0])
	m.timer.Record(&m.set, took, now, &from)
	m.active.Add(m.shard, -1)
	m.timer, m.active = nil, nil
	m.set = metric.Set{} // drops the program's strings
	if r == nil {
		m.request = requestState{}
		measurements.Put(m)
	}
}

// SetMeasured sets one of the attributes that Measure has returned.
func (s Span) SetMeasured(slot int, v metric.Value) {
	if s.s == nil || atomic.LoadUint32(&s.s.state)&(generationMask|measuring) != s.generation|measuring {
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

// Outcome is what is known about an operation at its end.
type Outcome struct {
	Attr  Attr   // an attribute of the span; none if it has no key
	Error string // error.type; "" if there is none
	// Noted is true if Error is only a status, to which the type of the last noted error (see
	// NoteError) is preferred.
	Noted bool
	// Slot is the index of Value among the attributes that Measure has returned. It is used if
	// Value is not zero.
	Slot  int
	Value metric.Value
}

func (o *Outcome) applyTo(r *Record, m *measurement) {
	failure := o.Error
	if o.Noted && failure != "" && (r != nil || m != nil) {
		failure = firstNonEmpty(requestStateOf(r, m).notedType, failure)
	}
	if r != nil {
		r.set(o.Attr)
		if failure != "" {
			r.setError(failure)
		}
	}
	if m != nil {
		if o.Value != (metric.Value{}) {
			m.set[o.Slot] = o.Value
		}
		if failure != "" {
			m.setErrorType(failure)
		}
	}
}
