package export

import (
	"io"
	"strconv"
	"sync/atomic"

	"goagent/agent"
	"goagent/metric"
)

// MetricFile writes metrics as lines of OTLP's JSON, one for each collection.
type MetricFile struct {
	failed uint64 // points; atomic; first, for 32-bit processors

	out    io.Writer
	prefix []byte
	line   jsonWriter
}

// NewMetricFile returns an exporter that writes to out, one call of Write for each line.
func NewMetricFile(out io.Writer, resource []agent.Attr, scope, version string) *MetricFile {
	var head jsonWriter
	head.writePrefix(jsonLists{`{"resourceMetrics"`, `"scopeMetrics"`, `"metrics"`}, resource, scope, version)
	return &MetricFile{out: out, prefix: head.b}
}

// Failed returns the number of points that could not be written.
func (f *MetricFile) Failed() uint64 { return atomic.LoadUint64(&f.failed) }

// ExportMetrics implements MetricExporter.
func (f *MetricFile) ExportMetrics(all []metric.Metric, _ <-chan struct{}) {
	if len(all) == 0 {
		return
	}
	f.line.b = append(f.line.b[:0], f.prefix...)
	for i := range all {
		if i > 0 {
			f.line.raw(",")
		}
		f.line.metric(&all[i])
	}
	f.line.raw(jsonSuffix)
	if _, err := f.out.Write(f.line.b); err != nil {
		atomic.AddUint64(&f.failed, countPoints(all))
	}
	if cap(f.line.b) > maxKeptBuffer {
		f.line.b = nil
	}
}

func (w *jsonWriter) metric(m *metric.Metric) {
	w.raw(`{"name":`)
	w.text(m.Name)
	if m.Text != "" {
		w.raw(`,"description":`)
		w.text(m.Text)
	}
	if m.Unit != "" {
		w.raw(`,"unit":`)
		w.text(m.Unit)
	}
	switch {
	case m.Kind == metric.KindGauge:
		w.raw(`,"gauge":{"dataPoints":[`)
	case m.Exponential:
		w.raw(`,"exponentialHistogram":{"dataPoints":[`)
	case m.Kind == metric.KindHistogram:
		w.raw(`,"histogram":{"dataPoints":[`)
	default:
		w.raw(`,"sum":{"dataPoints":[`)
	}
	for i := range m.Points {
		w.listItem("{", i)
		w.point(m, &m.Points[i])
		w.raw("}")
	}
	w.raw("]")
	if m.Kind != metric.KindGauge {
		w.count(`,"aggregationTemporality":`, uint32(m.Temporality))
	}
	if m.Kind == metric.KindCounter {
		w.raw(`,"isMonotonic":true`)
	}
	w.raw("}}")
}

func (w *jsonWriter) point(m *metric.Metric, p *metric.Point) {
	if m.Kind == metric.KindGauge {
		w.time(`"timeUnixNano":"`, p.Time)
	} else {
		w.time(`"startTimeUnixNano":"`, p.Start)
		w.time(`,"timeUnixNano":"`, p.Time)
	}
	switch {
	case m.Kind == metric.KindHistogram:
		w.histogram(m, p)
	case p.IsFloat:
		w.raw(`,"asDouble":`)
		w.float(p.Float)
	default:
		w.raw(`,"asInt":"`)
		w.b = append(strconv.AppendInt(w.b, p.Int, 10), '"')
	}
	w.values(m.Keys, p)
}

func (w *jsonWriter) histogram(m *metric.Metric, p *metric.Point) {
	w.raw(`,"count":"`)
	w.b = append(strconv.AppendUint(w.b, p.Count, 10), '"')
	number := func(name string, f float64) {
		w.raw(name)
		w.float(f)
	}
	if !p.NoSum {
		number(`,"sum":`, p.Sum)
	}
	if m.Exponential {
		w.exponential(p)
	} else {
		w.buckets(p.Buckets)
	}
	for i, f := range m.Bounds {
		number([2]string{`,"explicitBounds":[`, `,`}[notFirst(i)], f)
	}
	w.endList(len(m.Bounds))
	for i := range p.Exemplars {
		e := &p.Exemplars[i]
		w.listItem(`,"exemplars":[{`, i)
		w.time(`"timeUnixNano":"`, e.Time)
		number(`,"asDouble":`, e.Value)
		if e.TraceID != [16]byte{} {
			w.raw(`,"traceId":"`)
			w.ids(e.TraceID[:], e.SpanID[:], "")
		}
		w.raw("}")
	}
	w.endList(len(p.Exemplars))
	if p.HasRange {
		number(`,"min":`, p.Min)
		number(`,"max":`, p.Max)
	}
}

func (w *jsonWriter) buckets(counts []uint64) {
	for i, n := range counts {
		w.raw([2]string{`,"bucketCounts":["`, `,"`}[notFirst(i)])
		w.b = append(strconv.AppendUint(w.b, n, 10), '"')
	}
	w.endList(len(counts))
}

func (w *jsonWriter) exponential(p *metric.Point) {
	w.raw(`,"scale":`)
	w.b = strconv.AppendInt(w.b, int64(p.Scale), 10)
	w.raw(`,"zeroCount":"`)
	w.b = append(strconv.AppendUint(w.b, p.Zero, 10), '"')
	if len(p.Buckets) > 0 {
		w.raw(`,"positive":{"offset":`)
		w.b = strconv.AppendInt(w.b, int64(p.Offset), 10)
		w.buckets(p.Buckets)
		w.raw("}")
	}
}

// notFirst returns 0 for the first item of a list, and 1 for all others.
func notFirst(i int) int {
	if i == 0 {
		return 0
	}
	return 1
}

func (w *jsonWriter) values(keys []metric.Key, p *metric.Point) {
	if p.Overflow {
		w.raw(`,"attributes":[{"key":"` + overflowKey + `","value":{"boolValue":true}}]`)
		return
	}
	n := 0
	for i := range p.Values {
		if p.Values[i] == (metric.Value{}) {
			continue
		}
		w.listItem(`,"attributes":[{`, n)
		n++
		w.raw(`"key":`)
		w.text(keys[i].Name)
		if keys[i].Number {
			w.raw(`,"value":{"intValue":"`)
			w.b = append(strconv.AppendInt(w.b, p.Values[i].Num, 10), '"')
		} else {
			w.raw(`,"value":{"stringValue":`)
			w.text(p.Values[i].Str)
		}
		w.raw("}}")
	}
	w.endList(n)
}
