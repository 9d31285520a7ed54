package export

import (
	"encoding/binary"
	"math"

	"goagent/metric"
)

// The field numbers of opentelemetry/proto/metrics/v1; those of resource and scope are the same as
// for spans.
const (
	metricName        = 1
	metricDescription = 2
	metricUnit        = 3
	metricGauge       = 5
	metricSum         = 7
	metricHistogram   = 9
	metricExponential = 10

	dataPoints      = 1
	dataTemporality = 2
	dataMonotonic   = 3

	pointStart   = 2
	pointTime    = 3
	numberDouble = 4
	numberInt    = 6
	numberAttrs  = 7

	histogramCount     = 4
	histogramSum       = 5
	histogramBuckets   = 6
	histogramBounds    = 7
	histogramExemplars = 8
	histogramAttrs     = 9
	histogramMin       = 11
	histogramMax       = 12

	exponentialAttrs     = 1
	exponentialCount     = 4
	exponentialSum       = 5
	exponentialScale     = 6
	exponentialZero      = 7
	exponentialPositive  = 8
	exponentialExemplars = 11
	exponentialMin       = 12
	exponentialMax       = 13

	positiveOffset = 1
	positiveCounts = 2

	exemplarTime    = 2
	exemplarDouble  = 3
	exemplarSpanID  = 4
	exemplarTraceID = 5
)

// overflowKey is the attribute of the series of all sets for which there was no room.
const overflowKey = "otel.metric.overflow"

// encodeMetrics returns an ExportMetricsServiceRequest; it is valid until the next call.
func (e *encoder) encodeMetrics(all []metric.Metric) []byte {
	e.b = e.b[:0]
	request := e.open(requestResourceSpans)
	e.b = append(e.b, e.resource...)
	scope := e.open(resourceSpansScope)
	e.b = append(e.b, e.scope...)
	for i := range all {
		at := e.open(scopeSpansSpan)
		e.metric(&all[i])
		e.close(at)
	}
	e.close(scope)
	e.close(request)
	return e.b
}

func (w *buffer) metric(m *metric.Metric) {
	w.text(metricName, m.Name)
	if m.Text != "" {
		w.text(metricDescription, m.Text)
	}
	if m.Unit != "" {
		w.text(metricUnit, m.Unit)
	}
	field := metricSum
	switch {
	case m.Kind == metric.KindGauge:
		field = metricGauge
	case m.Exponential:
		field = metricExponential
	case m.Kind == metric.KindHistogram:
		field = metricHistogram
	}
	data := w.open(field)
	for i := range m.Points {
		at := w.open(dataPoints)
		switch {
		case m.Exponential:
			w.exponential(m, &m.Points[i])
		case m.Kind == metric.KindHistogram:
			w.histogram(m, &m.Points[i])
		default:
			w.numberPoint(m, &m.Points[i])
		}
		w.close(at)
	}
	if m.Kind != metric.KindGauge {
		w.number(dataTemporality, uint64(m.Temporality))
	}
	if m.Kind == metric.KindCounter {
		w.number(dataMonotonic, 1)
	}
	w.close(data)
}

func (w *buffer) numberPoint(m *metric.Metric, p *metric.Point) {
	if m.Kind != metric.KindGauge {
		w.fixed64(pointStart, uint64(p.Start))
	}
	w.fixed64(pointTime, uint64(p.Time))
	if p.IsFloat {
		w.double(numberDouble, p.Float)
	} else {
		w.fixed64(numberInt, uint64(p.Int))
	}
	w.pointAttrs(numberAttrs, m.Keys, p)
}

func (w *buffer) histogram(m *metric.Metric, p *metric.Point) {
	w.fixed64(pointStart, uint64(p.Start))
	w.fixed64(pointTime, uint64(p.Time))
	w.fixed64(histogramCount, p.Count)
	if !p.NoSum {
		w.double(histogramSum, p.Sum)
	}
	w.packedFixed64(histogramBuckets, len(p.Buckets), func(i int) uint64 { return p.Buckets[i] })
	w.packedFixed64(histogramBounds, len(m.Bounds), func(i int) uint64 { return math.Float64bits(m.Bounds[i]) })
	for i := range p.Exemplars {
		at := w.open(histogramExemplars)
		w.exemplar(&p.Exemplars[i])
		w.close(at)
	}
	w.pointAttrs(histogramAttrs, m.Keys, p)
	if p.HasRange {
		w.double(histogramMin, p.Min)
		w.double(histogramMax, p.Max)
	}
}

func (w *buffer) exponential(m *metric.Metric, p *metric.Point) {
	w.pointAttrs(exponentialAttrs, m.Keys, p)
	w.fixed64(pointStart, uint64(p.Start))
	w.fixed64(pointTime, uint64(p.Time))
	w.fixed64(exponentialCount, p.Count)
	if !p.NoSum {
		w.double(exponentialSum, p.Sum)
	}
	w.zigzag(exponentialScale, p.Scale)
	w.fixed64(exponentialZero, p.Zero)
	if len(p.Buckets) > 0 {
		positive := w.open(exponentialPositive)
		w.zigzag(positiveOffset, p.Offset)
		counts := w.open(positiveCounts)
		for _, n := range p.Buckets {
			w.varint(n)
		}
		w.close(counts)
		w.close(positive)
	}
	for i := range p.Exemplars {
		at := w.open(exponentialExemplars)
		w.exemplar(&p.Exemplars[i])
		w.close(at)
	}
	if p.HasRange {
		w.double(exponentialMin, p.Min)
		w.double(exponentialMax, p.Max)
	}
}

// zigzag writes a number that may be negative, in the encoding that protobuf calls zigzag.
func (w *buffer) zigzag(field int, n int32) { w.number(field, uint64(uint32(n<<1^n>>31))) }

func (w *buffer) exemplar(e *metric.ExemplarPoint) {
	w.fixed64(exemplarTime, uint64(e.Time))
	w.double(exemplarDouble, e.Value)
	if e.TraceID != [16]byte{} {
		w.bytes(exemplarSpanID, e.SpanID[:])
		w.bytes(exemplarTraceID, e.TraceID[:])
	}
}

// packedFixed64 writes a list of numbers of 64 bits.
func (w *buffer) packedFixed64(field, n int, item func(int) uint64) {
	if n == 0 {
		return
	}
	w.tag(field, wireBytes)
	w.varint(uint64(8 * n))
	for i := 0; i < n; i++ {
		var b [8]byte
		binary.LittleEndian.PutUint64(b[:], item(i))
		w.b = append(w.b, b[:]...)
	}
}

// pointAttrs writes the attributes of a point.
func (w *buffer) pointAttrs(field int, keys []metric.Key, p *metric.Point) {
	if p.Overflow {
		at := w.open(field)
		w.text(keyValueKey, overflowKey)
		v := w.open(keyValueValue)
		w.tag(valueBool, wireVarint)
		w.varint(1)
		w.close(v)
		w.close(at)
		return
	}
	for i := range p.Values {
		if p.Values[i] == (metric.Value{}) {
			continue
		}
		at := w.open(field)
		w.text(keyValueKey, keys[i].Name)
		v := w.open(keyValueValue)
		if keys[i].Number {
			w.tag(valueInt, wireVarint)
			w.varint(uint64(p.Values[i].Num))
		} else {
			w.text(valueString, p.Values[i].Str)
		}
		w.close(v)
		w.close(at)
	}
}
