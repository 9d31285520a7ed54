package boot

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"goagent/agent"
	"goagent/internal/emulate"
	"goagent/metric"
	"goagent/semconv"
)

const aggregation = "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION"

func TestMetricVariables(t *testing.T) {
	for _, c := range []struct{ env, want, said string }{
		{"OTEL_METRICS_EXPORTER=", "1 false 0 0 1s", ""},
		{"OTEL_METRICS_EXPORTER=none", "nothing", ""},
		{"OTEL_METRICS_EXPORTER=otlp,console,prometheus", "2 true 0 0 1s", ""},
		{"OTEL_METRICS_EXPORTER=statsd", "nothing",
			`goagent: OTEL_METRICS_EXPORTER="statsd": not known (known are otlp, console, file, prometheus and none), left out`},
		{"OTEL_METRICS_EXPORTER=file", "nothing", `goagent: GOAGENT_METRICS_FILE="": the path of a file is needed for OTEL_METRICS_EXPORTER=file, no metrics are written`},
		{"OTEL_METRICS_EXPORTER=otlp OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE=Delta " +
			"OTEL_METRICS_EXEMPLAR_FILTER=always_off", "1 false 1 2 1s", ""},
		{"OTEL_METRICS_EXPORTER=otlp OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE=lowmemory " +
			"OTEL_METRICS_EXEMPLAR_FILTER=always_on", "1 false 2 1 1s", ""},
		{"OTEL_METRICS_EXPORTER=otlp OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE=x", "1 false 0 0 1s",
			`goagent: OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE="x": not known (known are cumulative, delta and lowmemory), cumulative is used`},
		{"OTEL_METRICS_EXPORTER=otlp OTEL_METRICS_EXEMPLAR_FILTER=x", "1 false 0 0 1s",
			`goagent: OTEL_METRICS_EXEMPLAR_FILTER="x": not known (known are trace_based, always_on and always_off), trace_based is used`},
		{"OTEL_METRICS_EXPORTER=otlp " + aggregation + "=explicit_bucket_histogram", "1 false 0 0 1s", ""},
		{"OTEL_METRICS_EXPORTER=otlp " + aggregation + "=base2_exponential_bucket_histogram", "1 false 4 0 1s exponential", ""},
		{"OTEL_METRICS_EXPORTER=console,prometheus OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE=delta " + aggregation + "=BASE2_exponential_bucket_histogram", "1 true 5 0 1s exponential", ""},
		{"OTEL_METRICS_EXPORTER=prometheus " + aggregation + "=base2_exponential_bucket_histogram", "0 true 4 0 1s", ""},
		{"OTEL_METRICS_EXPORTER=otlp " + aggregation + "=exponential", "1 false 0 0 1s", "goagent: " + aggregation +
			`="exponential": not known (known are explicit_bucket_histogram and base2_exponential_bucket_histogram), explicit_bucket_histogram is used`},
		{"OTEL_METRICS_EXPORTER=otlp GOAGENT_SLOW_THRESHOLD=250", "1 false 0 0 250ms", ""},
		{"OTEL_METRICS_EXPORTER=otlp GOAGENT_SLOW_THRESHOLD=2s GOAGENT_SLOW_THRESHOLD_HTTP=1.5s", "1 false 0 0 1.5s", ""},
		{"OTEL_METRICS_EXPORTER=otlp GOAGENT_SLOW_THRESHOLD=2s GOAGENT_SLOW_THRESHOLD_DB=0", "1 false 0 0 2s", ""},
		{"OTEL_METRICS_EXPORTER=otlp GOAGENT_SLOW_THRESHOLD=x", "1 false 0 0 1s",
			`goagent: GOAGENT_SLOW_THRESHOLD="x": neither milliseconds nor a duration such as 1.5s, 1s is used`},
		{"OTEL_METRICS_EXPORTER=otlp GOAGENT_CONVERGE=x", "1 false 0 0 1s",
			`goagent: GOAGENT_CONVERGE="x": not a rule (attribute:pattern=>value), no rules are used`},
		{"OTEL_METRICS_EXPORTER=otlp GOAGENT_CONVERGE=http.rout:*=>x;http.route:*=>y;server.port:*=>z", "1 false 0 0 1s",
			`goagent: GOAGENT_CONVERGE="http.rout": no metric has an attribute of this name, the rule changes nothing` + "\n" +
				`goagent: GOAGENT_CONVERGE="server.port": no metric has an attribute of this name, the rule changes nothing`},
		{"OTEL_METRICS_EXPORTER=otlp GOAGENT_METRIC_URL_TEMPLATE=server,x", "1 false 0 0 1s",
			`goagent: GOAGENT_METRIC_URL_TEMPLATE="x": not known (known are server, client and none), left out`},
		{"OTEL_METRICS_EXPORTER=otlp GOAGENT_METRIC_CARDINALITY_LIMIT=1", "1 false 0 0 1s",
			`goagent: GOAGENT_METRIC_CARDINALITY_LIMIT="1": not a whole number of at least 2, the default is used`},
	} {
		e, output := envOf(strings.Fields(c.env)...)
		got := "nothing"
		settingsOf(e)
		if m := metricsOf(e, resourceOf(e), nil); m != nil {
			got = fmt.Sprint(len(m.exporters), " ", m.startServer != nil, " ", m.prefer, " ", m.config.Exemplars, " ",
				m.config.Slow("http.server.request.duration"))
			if m.config.Exponential {
				got += " exponential"
			}
		}
		if out := strings.TrimSpace(output.String()); got != c.want || out != c.said {
			t.Errorf("%s: %s, %q", c.env, got, out)
		}
	}
}

// TestMetricsToFile checks that measurements are in the file after a flush, without spans, and with
// rules in force.
func TestMetricsToFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "metrics.jsonl")
	e, output := envOf("OTEL_TRACES_EXPORTER=none", "OTEL_METRICS_EXPORTER=file", "GOAGENT_METRICS_FILE="+path,
		"GOAGENT_CONVERGE=url.template:/shop/**=>/shop/{name}", "OTEL_SERVICE_NAME=shop")
	p := configure(e)
	if p == nil || output.Len() > 0 {
		t.Fatal(output)
	}
	p.begin()
	defer agent.Disable()
	defer metric.Disable()
	s := semconv.StartHTTPServer(semconv.HTTPServerRequest{Method: "GET", Path: "/shop/what/ever"})
	if s.Recording() || s.TraceID() != "" {
		t.Error("a span that nobody wants")
	}
	semconv.EndHTTPServer(s, 200)
	p.flush(time.Minute)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"http.server.request.duration"`, `"/shop/{name}"`, `"go.goroutine.count"`,
		`"process.cpu.time"`, `"shop"`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %s in %s", want, text)
		}
	}
}

// TestMeasureOnly checks that a program without spans of its own passes the context on.
func TestMeasureOnly(t *testing.T) {
	e, _ := envOf("OTEL_TRACES_EXPORTER=none", "OTEL_METRICS_EXPORTER=console")
	p := configure(e)
	agent.Enable(p.agent)
	defer agent.Disable()
	const parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	s := agent.StartServer("GET", map[string][]string{"Traceparent": {parent}})
	out := map[string][]string{}
	c := agent.StartClient(s.Context(nil), "GET")
	c.InjectHeader(out)
	if len(out["Traceparent"]) != 1 || out["Traceparent"][0] != parent {
		t.Error(out)
	}
	out = map[string][]string{}
	agent.StartServer("GET", nil).InjectHeader(out)
	if len(out) != 0 {
		t.Error(out)
	}
}

// TestPropagateOnly checks that a program that exports nothing still passes on the contexts it
// receives, within a request and beyond it, and begins no trace of its own.
func TestPropagateOnly(t *testing.T) {
	const parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	for _, variable := range []string{"OTEL_SDK_DISABLED=true", "OTEL_TRACES_EXPORTER=none"} {
		e, output := envOf(variable)
		p := configure(e)
		if exporterNames(p) != "0 false" || output.Len() > 0 {
			t.Fatal(variable, exporterNames(p), output)
		}
		func() {
			defer emulate.Goroutines()()
			p.begin()
			defer agent.Disable()
			s := semconv.StartHTTPServer(semconv.HTTPServerRequest{Method: "GET",
				Headers: map[string][]string{"Traceparent": {parent}, "Baggage": {"a=b"}}})
			out := make(chan string)
			emulate.Go(func() {
				c := semconv.StartHTTPClient(nil, semconv.HTTPClientRequest{Scheme: "http", Host: "x"})
				h := map[string][]string{}
				agent.InjectHeader(h)
				semconv.EndHTTPClient(c, 200, nil)
				out <- fmt.Sprint(c.Recording(), h)
			})
			if got := <-out; got != "false map[Baggage:[a=b] Traceparent:["+parent+"]]" {
				t.Error(variable, got)
			}
			semconv.EndHTTPServer(s, 200)
			h := map[string][]string{}
			agent.InjectHeader(h)
			none := semconv.StartHTTPServer(semconv.HTTPServerRequest{Method: "GET"})
			agent.InjectHeader(h)
			if agent.InjectHeader(h); len(h) > 0 || none != (agent.Span{}) {
				t.Error(variable, "another request's context is passed on", h)
			}
		}()
	}
}

func TestServePrometheus(t *testing.T) {
	listener := freePort(t)
	e, output := envOf("OTEL_METRICS_EXPORTER=prometheus", "OTEL_TRACES_EXPORTER=none", "OTEL_EXPORTER_PROMETHEUS_HOST=127.0.0.1",
		"OTEL_EXPORTER_PROMETHEUS_PORT="+listener)
	p := configure(e)
	p.begin()
	defer agent.Disable()
	defer metric.Disable()
	semconv.EndHTTPServer(semconv.StartHTTPServer(semconv.HTTPServerRequest{Method: "GET"}), 200)
	response, err := http.Get("http://127.0.0.1:" + listener + "/metrics")
	if err != nil {
		t.Fatal(err, output)
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(response.Body)
	if !strings.Contains(string(text), "http_server_request_duration_seconds_count{") ||
		!strings.Contains(string(text), "\ngo_goroutine_count{") {
		t.Errorf("%s", text)
	}
}

// TestExponentialBesidePrometheus checks that pushed metrics are exponential, those for Prometheus
// are not, and both have counted everything.
func TestExponentialBesidePrometheus(t *testing.T) {
	path, port := filepath.Join(t.TempDir(), "metrics.jsonl"), freePort(t)
	e, output := envOf("OTEL_METRICS_EXPORTER=file,prometheus", "OTEL_TRACES_EXPORTER=none", "GOAGENT_METRICS_FILE="+path,
		aggregation+"=base2_exponential_bucket_histogram", "OTEL_EXPORTER_PROMETHEUS_HOST=127.0.0.1", "OTEL_EXPORTER_PROMETHEUS_PORT="+port)
	p := configure(e)
	p.begin()
	defer agent.Disable()
	defer metric.Disable()
	semconv.EndHTTPServer(semconv.StartHTTPServer(semconv.HTTPServerRequest{Method: "GET"}), 200)
	response, err := http.Get("http://127.0.0.1:" + port + "/metrics")
	if err != nil {
		t.Fatal(err, output)
	}
	defer response.Body.Close()
	served, _ := io.ReadAll(response.Body)
	p.flush(time.Minute)
	written, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const name = `{"name":"http.server.request.duration","description":"Duration of HTTP server requests.","unit":"s","exponentialHistogram":{"dataPoints":[`
	if strings.Count(string(written), `"http.server.request.duration"`) != 1 || !strings.Contains(string(written), name) {
		t.Errorf("no %s in %s", name, written)
	}
	if text := string(served); !strings.Contains(text, `,le="+Inf"} 1`) ||
		strings.Count(text, "http_server_request_duration_seconds_bucket") != 15 {
		t.Error(text)
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}
