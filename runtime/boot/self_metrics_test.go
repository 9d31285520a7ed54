package boot

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"goagent/agent"
)

// TestSelfMetrics checks that exported, refused and dropped spans are in the metrics.
func TestSelfMetrics(t *testing.T) {
	requests := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if requests++; requests > 1 {
			w.WriteHeader(400)
		}
	}))
	defer s.Close()
	e, out := envOf("OTEL_EXPORTER_OTLP_ENDPOINT="+s.URL, "OTEL_METRICS_EXPORTER=none", "OTEL_BSP_MAX_QUEUE_SIZE=3",
		"OTEL_BSP_SCHEDULE_DELAY=3600000")
	p := configure(e)
	if p == nil {
		t.Fatal(out)
	}
	agent.Enable(p.agent)
	defer agent.Disable()
	spans := func(n int) {
		for i := 0; i < n; i++ {
			agent.StartInternal(nil, "s").EndErr(nil)
		}
	}
	spans(2)
	p.flush(time.Minute)
	spans(1)
	p.flush(time.Minute)
	got := func() string {
		var all []string
		for _, m := range selfMetrics(p.pipelines, p.names) {
			for _, point := range m.Points {
				values := fmt.Sprint(point.Values[0].Str)
				if len(point.Values) > 2 {
					values += " " + point.Values[2].Str
				}
				all = append(all, fmt.Sprint(strings.TrimPrefix(m.Name, "otel.sdk."), " ", values, " ", point.Int))
			}
		}
		return strings.Join(all, "\n")
	}
	want := `processor.span.queue.size batching_span_processor/0 0
processor.span.queue.capacity batching_span_processor/0 3
processor.span.processed batching_span_processor/0  3
processor.span.processed batching_span_processor/0 queue_full 0
exporter.span.exported otlp_http_span_exporter/0  2
exporter.span.exported otlp_http_span_exporter/0 failed 1`
	if got() != want {
		t.Errorf("%s", got())
	}
	if selfMetrics(nil, nil) != nil {
		t.Error("something of nothing")
	}
}
