package conformance

import (
	"bytes"
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"goagent/agent"
	"goagent/export"
	"goagent/metric"
	"goagent/observe"
	"goagent/propagate"
	"goagent/semconv"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	names "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/semconv/v1.43.0/dbconv"
	"go.opentelemetry.io/otel/semconv/v1.43.0/goconv"
	"go.opentelemetry.io/otel/semconv/v1.43.0/httpconv"
	"go.opentelemetry.io/otel/semconv/v1.43.0/messagingconv"
	"go.opentelemetry.io/otel/semconv/v1.43.0/processconv"
	"go.opentelemetry.io/otel/semconv/v1.43.0/rpcconv"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	metrics "go.opentelemetry.io/proto/otlp/metrics/v1"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
)

// sentMetrics sends the metrics, and returns what arrives, decoded, and the same from a file.
func sentMetrics(t *testing.T, all []metric.Metric) (sent, written *metrics.MetricsData) {
	t.Helper()
	url, bodies := receiver(t)
	resource := []agent.Attr{agent.String("service.name", "shop"), agent.Bool("b", true)}
	o := export.NewOTLP(export.OTLPConfig{URL: url, Scope: "goagent", Version: "1.2.3", Resource: resource})
	o.ExportMetrics(all, make(chan struct{}))
	sent, written = &metrics.MetricsData{}, &metrics.MetricsData{}
	if err := proto.Unmarshal(<-bodies, sent); err != nil {
		t.Fatal(err)
	}
	if o.Failed() != 0 || o.Sent() == 0 {
		t.Errorf("%d points sent, %d failed", o.Sent(), o.Failed())
	}
	checkKnownFields(t, sent.ProtoReflect())
	var file bytes.Buffer
	export.NewMetricFile(&file, resource, "goagent", "1.2.3").ExportMetrics(all, nil)
	readLine(t, &file, written)
	return sent, written
}

// TestMetricsEveryField checks that the collected metrics are sent, and that the file has the same
// content.
func TestMetricsEveryField(t *testing.T) {
	id, span := [16]byte{1, 2, 15: 3}, [8]byte{4, 7: 5}
	all := []metric.Metric{
		{Desc: metric.Desc{Name: "h", Unit: "s", Text: "Text \xff."}, Kind: metric.KindHistogram, Temporality: metric.Delta,
			Keys: metric.Keys("text", "#number", "none"), Bounds: []float64{0.5, 1}, Points: []metric.Point{
				{Values: []metric.Value{{Str: "x\xff\""}, {Num: -7}, {}}, Start: 10, Time: 20, Count: 6, Sum: 2.5,
					HasRange: true, Min: 0.25, Max: 7,
					Buckets: []uint64{1, 2, 3}, Exemplars: []metric.ExemplarPoint{{Time: 15, Value: 0.75, TraceID: id,
						SpanID: span}, {Time: 16, Value: math.Inf(1)}}},
				{Overflow: true, Start: 10, Time: 20, NoSum: true, Count: 1, Buckets: []uint64{0, 1, 0}},
			}},
		{Desc: metric.Desc{Name: "c"}, Kind: metric.KindCounter, Temporality: metric.Cumulative,
			Points: []metric.Point{{Start: 1, Time: 2, Int: 1 << 60}}},
		{Desc: metric.Desc{Name: "u"}, Kind: metric.KindUpDownCounter, Temporality: metric.Cumulative,
			Points: []metric.Point{{Start: 1, Time: 2, Int: -5}}},
		{Desc: metric.Desc{Name: "g"}, Kind: metric.KindGauge, Temporality: metric.Cumulative,
			Points: []metric.Point{{Start: 1, Time: 2, IsFloat: true, Float: -0.5}}},
	}
	sent, written := sentMetrics(t, all)
	float := func(f float64) *float64 { return &f }
	point := func(start uint64) *metrics.NumberDataPoint {
		return &metrics.NumberDataPoint{StartTimeUnixNano: start, TimeUnixNano: 2}
	}
	counter, upDown, gauge := point(1), point(1), point(0)
	counter.Value = &metrics.NumberDataPoint_AsInt{AsInt: 1 << 60}
	upDown.Value = &metrics.NumberDataPoint_AsInt{AsInt: -5}
	gauge.Value = &metrics.NumberDataPoint_AsDouble{AsDouble: -0.5}
	const delta, cumulative = metrics.AggregationTemporality_AGGREGATION_TEMPORALITY_DELTA,
		metrics.AggregationTemporality_AGGREGATION_TEMPORALITY_CUMULATIVE
	yes := &common.AnyValue{Value: &common.AnyValue_BoolValue{BoolValue: true}}
	want := []*metrics.Metric{
		{Name: "h", Unit: "s", Description: "Text \uFFFD.",
			Data: &metrics.Metric_Histogram{Histogram: &metrics.Histogram{AggregationTemporality: delta,
				DataPoints: []*metrics.HistogramDataPoint{
					{Attributes: []*common.KeyValue{str("text", "x\uFFFD\""), num("number", -7)}, StartTimeUnixNano: 10,
						TimeUnixNano: 20, Count: 6, Sum: float(2.5), Min: float(0.25), Max: float(7),
						BucketCounts: []uint64{1, 2, 3}, ExplicitBounds: []float64{0.5, 1}, Exemplars: []*metrics.Exemplar{
							{TimeUnixNano: 15, Value: &metrics.Exemplar_AsDouble{AsDouble: 0.75}, TraceId: id[:], SpanId: span[:]},
							{TimeUnixNano: 16, Value: &metrics.Exemplar_AsDouble{AsDouble: math.Inf(1)}}}},
					{Attributes: []*common.KeyValue{{Key: "otel.metric.overflow", Value: yes}}, StartTimeUnixNano: 10, TimeUnixNano: 20, Count: 1,
						BucketCounts: []uint64{0, 1, 0}, ExplicitBounds: []float64{0.5, 1}},
				}}}},
		{Name: "c", Data: &metrics.Metric_Sum{Sum: &metrics.Sum{AggregationTemporality: cumulative, IsMonotonic: true,
			DataPoints: []*metrics.NumberDataPoint{counter}}}},
		{Name: "u", Data: &metrics.Metric_Sum{Sum: &metrics.Sum{AggregationTemporality: cumulative,
			DataPoints: []*metrics.NumberDataPoint{upDown}}}},
		{Name: "g", Data: &metrics.Metric_Gauge{Gauge: &metrics.Gauge{DataPoints: []*metrics.NumberDataPoint{gauge}}}},
	}
	whole := &metrics.MetricsData{ResourceMetrics: []*metrics.ResourceMetrics{{ScopeMetrics: []*metrics.ScopeMetrics{{
		Scope: &common.InstrumentationScope{Name: "goagent", Version: "1.2.3"}, Metrics: want}}}}}
	for name, got := range map[string]*metrics.MetricsData{"sent": sent, "written": written} {
		if !equal(got.ResourceMetrics[0].Resource.Attributes, []*common.KeyValue{str("service.name", "shop"), {Key: "b", Value: yes}}) {
			t.Error(name, got.ResourceMetrics[0].Resource)
		}
		got.ResourceMetrics[0].Resource = nil
		if !proto.Equal(got, whole) {
			t.Errorf("%s\n%s\nwant\n%s", name, prototext.Format(got), prototext.Format(whole))
		}
	}
}

// callAll makes one call of each kind.
func callAll() {
	ctx := context.Background()
	s := semconv.StartHTTPServer(semconv.HTTPServerRequest{Method: "GET", Scheme: "http", Path: "/a/1", Proto: "HTTP/1.1"})
	semconv.EndHTTPServer(s, 500)
	s = semconv.StartHTTPServer(semconv.HTTPServerRequest{Method: "GET", Scheme: "http", Path: "/a/1", Proto: "HTTP/1.1"})
	agent.Route(s.Context(ctx), "/a/{id}", "/a/1")
	semconv.EndHTTPServer(s, 200)
	semconv.EndHTTPClient(semconv.StartHTTPClient(ctx, semconv.HTTPClientRequest{Scheme: "http", Host: "b", Path: "/"}), 404, nil)
	semconv.EndDB(semconv.StartDB(ctx, semconv.DBCall{System: "postgresql", Namespace: "n", Query: "SELECT 1 FROM t",
		Host: "db:1"}), "08P01", errors.New("x"))
	semconv.EndGRPC(semconv.StartRPCClient(ctx, semconv.RPCCall{System: "grpc", Method: "p.S/M", Host: "h:1"}), 14, false)
	semconv.EndGRPC(semconv.StartRPCServer(semconv.RPCCall{System: "grpc", Method: "p.S/M", Host: "h:1"}), 14, true)
	m := semconv.Message{System: "kafka", Destination: "d", Group: "g", Host: "h:1", Delivered: true}
	semconv.EndMessage(semconv.StartSend(ctx, m), errors.New("x"))
	semconv.EndMessage(semconv.StartProcess(m), nil)
}

// collectMetrics collects what callAll records, and everything that is looked up.
func collectMetrics(t *testing.T, p metric.Preference) []metric.Metric {
	t.Helper()
	metric.Enable(metric.Config{Slow: func(string) time.Duration { return 1 }})
	defer metric.Disable()
	agent.Enable(agent.Config{Sampler: agent.AlwaysOn, Formats: propagate.Default})
	defer agent.Disable()
	observe.Start()
	r := metric.NewReader(p)
	callAll()
	return r.Collect()
}

// officialInstrument is what each of the official conventions' instruments declares.
type officialInstrument interface {
	Name() string
	Unit() string
	Description() string
}

// TestMetricNames compares names, units, descriptions, kinds and attributes with the official
// conventions.
func TestMetricNames(t *testing.T) {
	const histogram, counter, upDown, gauge = "*metrics.Metric_Histogram ", "*metrics.Metric_Sum monotonic",
		"*metrics.Metric_Sum ", "*metrics.Metric_Gauge "
	expected := map[string]struct {
		official officialInstrument
		kind     string
	}{}
	for _, e := range []struct {
		official officialInstrument
		kind     string
	}{
		{httpconv.ServerRequestDuration{}, histogram}, {httpconv.ClientRequestDuration{}, histogram},
		{httpconv.ServerActiveRequests{}, upDown},
		{dbconv.ClientOperationDuration{}, histogram}, {rpcconv.ServerCallDuration{}, histogram}, {rpcconv.ClientCallDuration{}, histogram},
		{messagingconv.ClientOperationDuration{}, histogram}, {messagingconv.ProcessDuration{}, histogram},
		{messagingconv.ClientSentMessages{}, counter}, {messagingconv.ClientConsumedMessages{}, counter},
		{goconv.MemoryUsed{}, upDown}, {goconv.MemoryLimit{}, upDown}, {goconv.MemoryAllocated{}, counter},
		{goconv.MemoryAllocations{}, counter},
		{goconv.MemoryGCGoal{}, upDown}, {goconv.MemoryGCCycles{}, counter}, {goconv.GoroutineCount{}, upDown},
		{goconv.ProcessorLimit{}, upDown},
		{goconv.ConfigGogc{}, upDown}, {goconv.ScheduleDuration{}, histogram},
		{processconv.CPUTime{}, counter}, {processconv.MemoryUsage{}, upDown}, {processconv.MemoryVirtual{}, upDown},
		{processconv.ThreadCount{}, upDown},
		{processconv.UnixFileDescriptorCount{}, upDown}, {processconv.ContextSwitches{}, counter}, {processconv.PagingFaults{}, counter},
		{processconv.DiskIO{}, counter}, {processconv.Uptime{}, gauge},
	} {
		expected[e.official.Name()] = e
	}
	sent, written := sentMetrics(t, collectMetrics(t, metric.PreferCumulative))
	if !proto.Equal(sent, written) {
		t.Error("the file says something else")
	}
	seen := map[string]bool{}
	for _, m := range sent.ResourceMetrics[0].ScopeMetrics[0].Metrics {
		checkKeys(t, m)
		kind := typeOf(m.Data)
		if strings.HasPrefix(m.Name, "goagent.") {
			continue
		}
		e, ok := expected[m.Name]
		if !ok {
			t.Errorf("%s is none of the conventions'", m.Name)
			continue
		}
		seen[m.Name] = true
		if m.GetSum().GetIsMonotonic() {
			kind += "monotonic"
		}
		if m.Unit != e.official.Unit() || m.Description != e.official.Description() || kind != e.kind {
			t.Errorf("%s: %q %q %s, want %q %q %s", m.Name, m.Unit, m.Description, kind, e.official.Unit(),
				e.official.Description(), e.kind)
		}
	}
	for name := range expected {
		if !seen[name] && name != "go.memory.limit" { // there is none here
			t.Errorf("%s is missing", name)
		}
	}
}

// checkKeys fails if the conventions do not define an attribute.
func checkKeys(t *testing.T, m *metrics.Metric) {
	t.Helper()
	var attrs []*common.KeyValue
	for _, p := range m.GetSum().GetDataPoints() {
		attrs = append(attrs, p.Attributes...)
	}
	for _, p := range m.GetGauge().GetDataPoints() {
		attrs = append(attrs, p.Attributes...)
	}
	for _, p := range m.GetHistogram().GetDataPoints() {
		attrs = append(attrs, p.Attributes...)
	}
next:
	for _, a := range attrs {
		for _, k := range officialKeys {
			if a.Key == k {
				continue next
			}
		}
		t.Errorf("%s has the attribute %s", m.Name, a.Key)
	}
}

func typeOf(data interface{}) string {
	switch data.(type) {
	case *metrics.Metric_Histogram:
		return "*metrics.Metric_Histogram "
	case *metrics.Metric_Sum:
		return "*metrics.Metric_Sum "
	case *metrics.Metric_Gauge:
		return "*metrics.Metric_Gauge "
	}
	return "?"
}

var officialKeys = []string{
	string(names.HTTPRequestMethodKey), string(names.URLSchemeKey), string(names.NetworkProtocolVersionKey), string(names.HTTPRouteKey),
	string(names.URLTemplateKey), string(names.HTTPResponseStatusCodeKey), string(names.ErrorTypeKey),
	string(names.ServerAddressKey), string(names.ServerPortKey),
	string(names.DBSystemNameKey), string(names.DBOperationNameKey), string(names.DBCollectionNameKey),
	string(names.DBNamespaceKey), string(names.DBQuerySummaryKey),
	string(names.DBStoredProcedureNameKey), string(names.DBResponseStatusCodeKey), string(names.RPCSystemNameKey),
	string(names.RPCMethodKey),
	string(names.RPCResponseStatusCodeKey), string(names.MessagingSystemKey), string(names.MessagingOperationNameKey),
	string(names.MessagingOperationTypeKey),
	string(names.MessagingDestinationNameKey), string(names.MessagingConsumerGroupNameKey),
	string(names.GoMemoryTypeKey), string(names.CPUModeKey),
	string(names.ProcessContextSwitchTypeKey), string(names.SystemPagingFaultTypeKey), string(names.DiskIODirectionKey),
}

// TestExemplarsLead checks that an exemplar names the span that was measured.
func TestExemplarsLead(t *testing.T) {
	sent, _ := sentMetrics(t, collectMetrics(t, metric.PreferDelta))
	found := 0
	for _, m := range sent.ResourceMetrics[0].ScopeMetrics[0].Metrics {
		for _, p := range m.GetHistogram().GetDataPoints() {
			for _, e := range p.Exemplars {
				if found++; len(e.TraceId) != 16 || len(e.SpanId) != 8 || e.TimeUnixNano < p.StartTimeUnixNano ||
					e.TimeUnixNano > p.TimeUnixNano {
					t.Errorf("%s: %v", m.Name, e)
				}
			}
			if m.Name != "go.schedule.duration" && len(p.Exemplars) == 0 {
				t.Errorf("%s has none", m.Name)
			}
		}
	}
	if found == 0 {
		t.Error("none")
	}
}

// TestPrometheus checks that the official parser reads the text, and finds the same numbers.
func TestPrometheus(t *testing.T) {
	all := collectMetrics(t, metric.PreferCumulative)
	all = append(all, metric.Metric{Desc: metric.Desc{Name: "odd.1-name", Unit: "1", Text: "a\\b\nc"},
		Kind: metric.KindGauge, Keys: metric.Keys("a.b", "#n"), Points: []metric.Point{
			{Values: []metric.Value{{Str: "x\"\\\n\xff"}, {Num: 5}}, IsFloat: true, Float: 1.5}, {Overflow: true, Int: 3}}})
	var out bytes.Buffer
	export.Prometheus(&out, all, []agent.Attr{agent.String("service.name", "shop")}, "goagent", "1.2.3")
	parser := expfmt.NewTextParser(model.LegacyValidation)
	text := out.String()
	families, err := parser.TextToMetricFamilies(&out)
	if err != nil {
		t.Fatal(err, text)
	}
	if len(families) != len(all)+1 {
		t.Errorf("%d families of %d metrics", len(families), len(all))
	}
	h := families["http_server_request_duration_seconds"]
	if h == nil || len(h.Metric) != 2 || h.Metric[0].Histogram.GetSampleCount() != 1 || len(h.Metric[0].Histogram.Bucket) != 15 {
		t.Error(h)
	}
	if f := families["goagent_http_server_request_slow_total"]; f == nil || f.Metric[0].Counter.GetValue() != 1 {
		t.Error(f)
	}
	if f := families["odd_1_name_ratio"]; f == nil || f.Metric[0].Gauge.GetValue() != 1.5 || f.GetHelp() != "a\\b\nc" ||
		!strings.Contains(f.String(), `x\"\\\n`) || !strings.Contains(f.String(), "otel_metric_overflow") {
		t.Error(f)
	}
	for _, name := range []string{"target_info", "go_memory_used_bytes", "process_cpu_time_seconds_total",
		"go_schedule_duration_seconds", "go_config_gogc_percent", "process_uptime_seconds"} {
		if families[name] == nil {
			t.Errorf("no %s", name)
		}
	}
}
