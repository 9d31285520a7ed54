package export

import (
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"goagent/agent"
	"goagent/internal/emulate"
	"goagent/metric"
	"goagent/propagate"
	"goagent/semconv"
)

// BenchmarkServerSpan measures all that a request to a framework's route costs: its span, its
// measurement and its export, up to the connection.
func BenchmarkServerSpan(b *testing.B) {
	o := NewOTLP(OTLPConfig{URL: "http://127.0.0.1:1", Scope: "goagent", Version: "1"})
	o.client.Transport = roundTripFunc(func(r *http.Request) (*http.Response, error) {
		_, _ = io.Copy(io.Discard, r.Body)
		_ = r.Body.Close()
		return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(""))}, nil
	})
	p := NewPipeline(o, Batching{})
	p.Ended(&agent.Record{})
	p.Flush(time.Minute)         // its goroutine has suppressed spans in a slot of its own
	defer emulate.SharedSlot()() // one for all from here on
	metric.Enable(metric.Config{})
	defer metric.Disable()
	agent.Enable(agent.Config{Ended: p.Ended, Sampler: agent.AlwaysOn, Formats: propagate.Default})
	defer agent.Disable()
	request := semconv.HTTPServerRequest{Method: "GET", Scheme: "http", Host: "ping.example", Path: "/ping", Proto: "HTTP/1.1",
		RemoteAddr: "127.0.0.1:40123", Headers: map[string][]string{"Traceparent": {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}}}
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		s := semconv.StartHTTPServer(request)
		agent.Route(s.Context(nil), "/ping", "/ping")
		semconv.EndHTTPServer(s, 200)
		if i%16 == 0 {
			runtime.Gosched() // as a request does that waits for the next one
		}
	}
	p.Flush(time.Minute)
	b.StopTimer()
	if c := p.Counts(); c.Exported != uint64(b.N)+1 {
		b.Error(c)
	}
}
