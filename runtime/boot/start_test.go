package boot

import (
	"bytes"
	"fmt"
	"math"
	"net"
	"strings"
	"testing"
	"time"

	"goagent/agent"
	"goagent/metric"
	"goagent/semconv"
)

// TestStartThatFails checks that a panic during the setup is reported, and does not reach the
// program.
func TestStartThatFails(t *testing.T) {
	var output bytes.Buffer
	start(newEnv(func(name string) string {
		if name == "OTEL_PROPAGATORS" {
			panic("a fault")
		}
		return map[string]string{"OTEL_METRICS_EXPORTER": "none"}[name]
	}, &output))
	if want := "goagent: cannot be set up (a fault), nothing is traced or measured\n"; output.String() != want || metric.Enabled() {
		t.Errorf("said %q", output.String())
	}
	if s := agent.StartInternal(nil, "x"); s.Recording() {
		t.Error("spans are made")
	}
}

// TestLongTimes checks that a time too long for a duration becomes a long one, not a short one.
func TestLongTimes(t *testing.T) {
	for _, value := range []string{fmt.Sprint(maxMilliseconds), "18446744073710", "9223372036854775807"} {
		e, output := envOf("OTEL_BSP_SCHEDULE_DELAY="+value, "GOAGENT_ORPHAN_TIMEOUT="+value)
		if delay, orphans := batchingOf(e).Delay, parentGraceOf(e); math.MaxInt > math.MaxInt32 &&
			(delay < 24*24*time.Hour || orphans != delay || output.Len() > 0) {
			t.Errorf("%s: %v %v, said %q", value, delay, orphans, output)
		}
	}
}

// TestMethods checks that the methods apply to spans as well, without metrics.
func TestMethods(t *testing.T) {
	defer semconv.Configure(semconv.Settings{})
	e, output := envOf("OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS= PROPFIND,,Lock", "OTEL_TRACES_EXPORTER=console")
	p := configure(e)
	p.begin()
	agent.Disable()
	if got := fmt.Sprintf("%q", p.semconv.Methods); got != `["PROPFIND" "Lock"]` || output.Len() > 0 {
		t.Error(got, output)
	}
	if e, _ = envOf(); methodsOf(e) != nil {
		t.Error("none are said, but there are some")
	}
	var many []string
	for i := 0; i < 150; i++ {
		many = append(many, fmt.Sprint("M", i))
	}
	if e, output = envOf("OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS=" + strings.Join(many, ",")); len(methodsOf(e)) != 100 || output.Len() == 0 {
		t.Error(output)
	}
	// In force, and not just read.
	p.semconv.Methods = []string{"GET"}
	p.begin()
	defer agent.Disable()
	var name string
	agent.Enable(agent.Config{Sampler: agent.AlwaysOn, Ended: func(r *agent.Record) { name = r.Name; r.Release() }})
	semconv.EndHTTPClient(semconv.StartHTTPClient(nil, semconv.HTTPClientRequest{Method: "POST", Host: "h"}), 200, nil)
	if name != "HTTP" {
		t.Error(name)
	}
}

// TestLosses checks that with OTEL_LOG_LEVEL the losses of both signals are logged, and that the
// totals are of spans.
func TestLosses(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	_ = listener.Close()
	e, output := envOf("OTEL_LOG_LEVEL=info", "OTEL_TRACES_EXPORTER=none", "OTEL_METRICS_EXPORTER=otlp",
		"OTEL_EXPORTER_OTLP_ENDPOINT=http://"+address)
	p := configure(e)
	p.begin()
	defer agent.Disable()
	defer metric.Disable()
	semconv.EndHTTPServer(semconv.StartHTTPServer(semconv.HTTPServerRequest{Method: "GET"}), 200)
	p.flush(time.Minute)
	p.reportTotals()
	if out := output.String(); !strings.Contains(out, " data points of metrics are lost: ") || strings.Count(out, "\n") != 1 {
		t.Error(out)
	}
}

// stuckWriter is a standard error that nobody reads.
type stuckWriter chan bool

func (w stuckWriter) Write(b []byte) (int, error) { <-w; return len(b), nil }

// TestEndDoesNotBlock checks that a program ends even if the totals cannot be written.
func TestEndDoesNotBlock(t *testing.T) {
	e, _ := envOf("OTEL_LOG_LEVEL=info", "OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:1", "OTEL_METRICS_EXPORTER=none")
	out := stuckWriter(make(chan bool))
	defer close(out)
	e.out = out
	p := configure(e)
	agent.Enable(p.agent)
	agent.StartInternal(nil, "s").EndErr(nil)
	agent.Disable()
	ended := make(chan bool)
	go func() {
		p.finish(time.Second)
		close(ended)
	}()
	select {
	case <-ended:
	case <-time.After(20 * time.Second):
		t.Error("it waits")
	}
}

// TestIgnoredVariables checks that variables that are not read, or have no effect, are reported
// once.
func TestIgnoredVariables(t *testing.T) {
	e, output := envOf("OTEL_CONFIG_FILE=otel.yaml", "OTEL_TRACES_EXPORTER=otlp", "OTEL_METRICS_EXPORTER=otlp",
		"OTEL_EXPORTER_OTLP_CLIENT_KEY=k.pem")
	if p := configure(e); p == nil || len(p.pipelines) != 1 || p.metrics == nil {
		t.Error("nothing is sent")
	}
	const want = `goagent: OTEL_CONFIG_FILE="otel.yaml": files of configuration are not read, the other variables count
goagent: OTEL_EXPORTER_OTLP_CLIENT_KEY="k.pem": there is no client certificate to go with it, it is not used
`
	if output.String() != want {
		t.Error(output)
	}
}

// TestPrometheusHost checks that an IPv6 address may be written with and without brackets.
func TestPrometheusHost(t *testing.T) {
	for _, host := range []string{"::1", "[::1]"} {
		l, err := net.Listen("tcp", "[::1]:0")
		if err != nil {
			t.Skip(err)
		}
		_, port, _ := net.SplitHostPort(l.Addr().String())
		_ = l.Close()
		e, output := envOf("OTEL_EXPORTER_PROMETHEUS_HOST="+host, "OTEL_EXPORTER_PROMETHEUS_PORT="+port)
		s := servePrometheusAt(e, "", nil)
		if s == nil {
			t.Fatal(output)
		}
		s.Close()
	}
}
