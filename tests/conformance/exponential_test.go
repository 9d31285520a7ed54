package conformance

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"time"

	"goagent/export"
	"goagent/metric"

	common "go.opentelemetry.io/proto/otlp/common/v1"
	metrics "go.opentelemetry.io/proto/otlp/metrics/v1"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
)

// TestExponentialEveryField checks that the collected metrics are sent, and that the file has the
// same content.
func TestExponentialEveryField(t *testing.T) {
	id, span := [16]byte{1, 2, 15: 3}, [8]byte{4, 7: 5}
	all := []metric.Metric{{Desc: metric.Desc{Name: "e", Unit: "s"}, Kind: metric.KindHistogram,
		Temporality: metric.Delta, Exponential: true, Keys: metric.Keys("text"),
		Points: []metric.Point{
			{Values: []metric.Value{{Str: "x"}}, Start: 10, Time: 20, Count: 1<<40 + 11, Sum: 2.5, HasRange: true,
				Min: 0.25, Max: 7, Scale: 3, Offset: -1 << 30, Zero: 7,
				Buckets: []uint64{1, 0, 1 << 40, 3}, Exemplars: []metric.ExemplarPoint{{Time: 15, Value: 0.75, TraceID: id, SpanID: span}}},
			{Overflow: true, Start: 10, Time: 20, NoSum: true, Count: 2, Scale: -4, Offset: 5, Buckets: []uint64{2}},
			{Values: []metric.Value{{}}, Start: 10, Time: 20, Count: 9, Scale: 20, Zero: 9},
		}}}
	sent, written := sentMetrics(t, all)
	float := func(f float64) *float64 { return &f }
	zero := float(0)
	yes := &common.AnyValue{Value: &common.AnyValue_BoolValue{BoolValue: true}}
	type buckets = metrics.ExponentialHistogramDataPoint_Buckets
	want := &metrics.ExponentialHistogram{AggregationTemporality: metrics.AggregationTemporality_AGGREGATION_TEMPORALITY_DELTA, DataPoints: []*metrics.ExponentialHistogramDataPoint{
		{Attributes: []*common.KeyValue{str("text", "x")}, StartTimeUnixNano: 10, TimeUnixNano: 20, Count: 1<<40 + 11,
			Sum: float(2.5), Min: float(0.25), Max: float(7),
			Scale: 3, ZeroCount: 7, Positive: &buckets{Offset: -1 << 30, BucketCounts: []uint64{1, 0, 1 << 40, 3}},
			Exemplars: []*metrics.Exemplar{{TimeUnixNano: 15, Value: &metrics.Exemplar_AsDouble{AsDouble: 0.75},
				TraceId: id[:], SpanId: span[:]}}},
		{Attributes: []*common.KeyValue{{Key: "otel.metric.overflow", Value: yes}}, StartTimeUnixNano: 10, TimeUnixNano: 20, Count: 2,
			Scale: -4, Positive: &buckets{Offset: 5, BucketCounts: []uint64{2}}},
		{StartTimeUnixNano: 10, TimeUnixNano: 20, Count: 9, Sum: zero, Scale: 20, ZeroCount: 9},
	}}
	for name, got := range map[string]*metrics.MetricsData{"sent": sent, "written": written} {
		m := got.ResourceMetrics[0].ScopeMetrics[0].Metrics
		if len(m) != 1 || m[0].Name != "e" || m[0].Unit != "s" || !proto.Equal(m[0].GetExponentialHistogram(), want) {
			t.Errorf("%s\n%s\nwant\n%s", name, prototext.Format(got), prototext.Format(want))
		}
	}
	var text bytes.Buffer
	if export.Prometheus(&text, all, nil, "goagent", "1.2.3"); strings.Contains(text.String(), "e_seconds") {
		t.Errorf("Prometheus has no such histograms: %s", &text)
	}
}

var measured = metric.NewTimer(metric.Desc{Name: "conformance.duration"}, []time.Duration{time.Second}, metric.Keys("kind"), nil)

// TestExponentialRecorded checks that measurements are between the bounds of the buckets that the
// official definitions describe, in seconds.
func TestExponentialRecorded(t *testing.T) {
	metric.Enable(metric.Config{Exponential: true, Exemplars: metric.AlwaysOn})
	defer metric.Disable()
	exponential, explicit := metric.NewReader(metric.PreferCumulative|metric.Exponential), metric.NewReader(metric.PreferCumulative)
	var all []float64
	for d := time.Millisecond; d < time.Minute; d += d/8 + 1 {
		all = append(all, d.Seconds())
	}
	for d := time.Second / 512; d < 100*time.Second; d *= 2 { // ends of buckets
		all = append(all, d.Seconds())
	}
	for _, s := range append([]float64{0}, all...) {
		measured.Record(&metric.Set{{Str: "x"}}, int64(math.Round(s*1e9)), 0, &metric.Origin{})
	}
	collected := exponential.Collect()
	sent, written := sentMetrics(t, collected)
	if !proto.Equal(sent, written) {
		t.Error("the file says something else")
	}
	m := sent.ResourceMetrics[0].ScopeMetrics[0].Metrics[0]
	h := m.GetExponentialHistogram()
	if h == nil || m.Unit != "s" || h.AggregationTemporality != metrics.AggregationTemporality_AGGREGATION_TEMPORALITY_CUMULATIVE || len(h.DataPoints) != 1 {
		t.Fatal(prototext.Format(m))
	}
	p := h.DataPoints[0]
	if !equal(p.Attributes, []*common.KeyValue{str("kind", "x")}) || p.ZeroCount != 1 ||
		p.Count != uint64(len(all))+1 || p.GetMin() != 0 || p.GetMax() != 64 || len(p.Exemplars) == 0 {
		t.Error(prototext.Format(p))
	}
	checkBuckets(t, p, all)
	if again := explicit.Collect(); len(again) != 1 || again[0].Exponential || again[0].Points[0].Count != p.Count {
		t.Errorf("a reader of explicit buckets has %+v", again)
	}
}

// checkBuckets computes the bounds from scale and offset by the data model, and counts.
func checkBuckets(t *testing.T, p *metrics.ExponentialHistogramDataPoint, all []float64) {
	t.Helper()
	if n := len(p.Positive.BucketCounts); n <= 80 || n > 160 {
		t.Errorf("%d buckets", n)
	}
	bound := func(index int) float64 { return math.Exp2(math.Ldexp(float64(index), -int(p.Scale))) }
	counted, sum := 0, 0.0
	for i, n := range p.Positive.BucketCounts {
		low, high := bound(int(p.Positive.Offset)+i), bound(int(p.Positive.Offset)+i+1)
		want := uint64(0)
		for _, v := range all {
			if v > low && v <= high {
				want++
			}
		}
		if counted += int(n); n != want {
			t.Errorf("%d from %g to %g, want %d", n, low, high, want)
		}
	}
	for _, v := range all {
		sum += v
	}
	if counted != len(all) || math.Abs(p.GetSum()/sum-1) > 1e-12 {
		t.Errorf("%d of %d, sum %g of %g", counted, len(all), p.GetSum(), sum)
	}
}
