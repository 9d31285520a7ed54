package semconv

import (
	"context"
	"testing"

	"goagent/agent"
	"goagent/metric"
	"goagent/propagate"
)

func contentTypeHeader(kind string) map[string][]string {
	return map[string][]string{"Content-Type": {kind}}
}

func userAgentHeader(name string) map[string][]string {
	return map[string][]string{"User-Agent": {name}}
}

// TestExporters checks that exporters' requests make no span and are not measured, and that
// requests that only resemble them do and are.
func TestExporters(t *testing.T) {
	const protobuf, json = "application/x-protobuf", "application/json"
	server := func(method, path string, headers map[string][]string) func() agent.Span {
		return func() agent.Span {
			return StartHTTPServer(HTTPServerRequest{Method: method, Path: path, Headers: headers})
		}
	}
	client := func(method, path string, headers map[string][]string) func() agent.Span {
		return func() agent.Span {
			return StartHTTPClient(nil, HTTPClientRequest{Method: method, Scheme: "http", Host: "a", Path: path, Headers: headers})
		}
	}
	rpc := func(start func(RPCCall) agent.Span, method string) func() agent.Span {
		return func() agent.Span { return start(RPCCall{System: "grpc", Method: method}) }
	}
	out := func(c RPCCall) agent.Span { return StartRPCClient(nil, c) }
	const service = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
	for _, c := range []struct {
		name   string
		start  func() agent.Span
		silent bool
	}{
		{"traces", server("POST", "/v1/traces", contentTypeHeader(protobuf)), true},
		{"metrics", server("POST", "/v1/metrics", contentTypeHeader("Application/JSON; charset=utf-8")), true},
		{"prometheus", server("POST", "/api/v1/otlp/v1/metrics", contentTypeHeader(protobuf)), true},
		{"gRPC", server("POST", service, contentTypeHeader("application/grpc")), true},
		{"own", server("POST", "/v1/logs", contentTypeHeader("text/plain")), false},
		{"own without a type", server("POST", "/v1/logs", nil), false},
		{"own GET", server("GET", "/v1/logs", contentTypeHeader(json)), false},
		{"own below", server("POST", "/api/v1/logs", contentTypeHeader(json)), false},
		{"own user agent", server("POST", "/order", userAgentHeader("OTel-OTLP-Exporter-x")), false},
		{"goagent", client("POST", "/x", userAgentHeader("OTel-OTLP-Exporter-goagent/1")), true},
		{"SDK", client("POST", "/x", userAgentHeader("OTel OTLP Exporter Go/1.40.0")), true},
		{"Collector", client("POST", "/x", userAgentHeader("OpenTelemetry Collector Contrib/0.1 (linux/amd64)")), true},
		{"custom Collector", client("POST", "/otlp/v1/logs", contentTypeHeader(protobuf)), true},
		{"own client", client("POST", "/v1/logs", contentTypeHeader(json)), false},
		{"own client GET", client("GET", "/v1/logs", contentTypeHeader(protobuf)), false},
		{"gRPC server", rpc(StartRPCServer, service), true},
		{"gRPC client", rpc(out, service), true},
		{"own gRPC", rpc(StartRPCServer, "/opentelemetry.proto.Other/Export"), false},
	} {
		var spans int
		agent.Enable(agent.Config{Ended: func(r *agent.Record) { spans++; r.Release() }, Sampler: agent.AlwaysOn,
			Formats: propagate.Default})
		metric.Enable(metric.Config{})
		s := c.start()
		below := StartHTTPClient(s.Context(context.Background()), HTTPClientRequest{Scheme: "http", Host: "a"})
		EndHTTPClient(below, 200, nil)
		EndHTTPServer(s, 200)
		agent.Disable()
		series := 0
		for _, m := range metric.NewReader(metric.PreferCumulative).Collect() {
			series += len(m.Points)
		}
		metric.Disable()
		if (spans == 0) != c.silent || spans != 0 && spans != 2 || (series == 0) != c.silent {
			t.Errorf("%s: %d spans, %d series", c.name, spans, series)
		}
	}
}
