package boot

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"goagent/agent"
	"goagent/export"
	"goagent/propagate"
)

// envOf makes an environment of name=value, and a buffer with its reports. Metrics are off unless
// set otherwise.
func envOf(variables ...string) (*env, *bytes.Buffer) {
	output := &bytes.Buffer{}
	table := map[string]string{"OTEL_METRICS_EXPORTER": "none"}
	for _, v := range variables {
		equals := strings.IndexByte(v, '=')
		table[v[:equals]] = v[equals+1:]
	}
	return newEnv(func(name string) string { return table[name] }, output), output
}

// exporterNames returns the names of a plan's exporters.
func exporterNames(p *plan) string {
	if p == nil {
		return "nothing"
	}
	return fmt.Sprint(len(p.pipelines), " ", p.agent.Started != nil)
}

func TestExporters(t *testing.T) {
	for _, c := range []struct{ env, want, said string }{
		{"OTEL_X=", "1 false", ""},
		{"OTEL_TRACES_EXPORTER= ", "1 false", ""},
		{"OTEL_TRACES_EXPORTER=otlp", "1 false", ""},
		{"OTEL_TRACES_EXPORTER=console", "1 true", ""},
		{"OTEL_TRACES_EXPORTER=OTLP, console,otlp", "2 true", ""},
		{"OTEL_TRACES_EXPORTER=none", "0 false", ""},
		{"OTEL_TRACES_EXPORTER=none,console", "0 false", ""},
		{"OTEL_TRACES_EXPORTER=zipkin", "0 false", `goagent: OTEL_TRACES_EXPORTER="zipkin": not known (known are otlp, console, file and none), left out`},
		{"OTEL_TRACES_EXPORTER=file", "0 false", `goagent: GOAGENT_FILE="": the path of a file is needed for OTEL_TRACES_EXPORTER=file, no spans are written`},
		{"OTEL_SDK_DISABLED=TRUE", "0 false", ""},
		{"OTEL_SDK_DISABLED=true OTEL_PROPAGATORS=none", "nothing", ""},
		{"OTEL_SDK_DISABLED=false", "1 false", ""},
		{"OTEL_SDK_DISABLED=1", "1 false", `goagent: OTEL_SDK_DISABLED="1": not true or false, taken as false`},
		{"OTEL_EXPORTER_OTLP_ENDPOINT=ftp://x", "0 false",
			`goagent: OTEL_EXPORTER_OTLP_ENDPOINT="ftp://x": not an http or https address, no spans are sent`},
	} {
		e, output := envOf(c.env)
		if c.want == "nothing" {
			e, output = envOf(strings.Fields(c.env)...)
		}
		if got := exporterNames(configure(e)); got != c.want || strings.TrimSpace(output.String()) != c.said {
			t.Errorf("%s: %s, %q", c.env, got, output)
		}
	}
}

func TestSampler(t *testing.T) {
	for _, c := range []struct {
		name, arg string
		want      agent.Sampler
		said      bool
	}{
		{"", "", agent.AlwaysOn, false},
		{"always_on", "", agent.Sampler{Ratio: 1}, false},
		{"always_off", "", agent.Sampler{}, false},
		{"traceidratio", "0.25", agent.Sampler{Ratio: 0.25}, false},
		{"traceidratio", "", agent.Sampler{Ratio: 1}, false},
		{"traceidratio", "NaN", agent.Sampler{Ratio: 1}, true},
		{"traceidratio", "1.1", agent.Sampler{Ratio: 1}, true},
		{"parentbased_always_on", "", agent.AlwaysOn, false},
		{"ParentBased_always_off", "", agent.Sampler{ParentBased: true}, false},
		{"parentbased_traceidratio", "0", agent.Sampler{ParentBased: true}, false},
		{"parentbased_", "", agent.AlwaysOn, true},
		{"jaeger_remote", "", agent.AlwaysOn, true},
	} {
		e, output := envOf("OTEL_TRACES_SAMPLER="+c.name, "OTEL_TRACES_SAMPLER_ARG="+c.arg)
		if got := samplerOf(e); got != c.want || (output.Len() > 0) != c.said {
			t.Errorf("%s %s: %+v, %q", c.name, c.arg, got, output)
		}
	}
}

func TestEndpoint(t *testing.T) {
	for _, c := range []struct{ env, want, said string }{
		{"A=", "http://localhost:4318/v1/traces", ""},
		{"OTEL_EXPORTER_OTLP_ENDPOINT=https://c.example/base/", "https://c.example/base/v1/traces", ""},
		{"OTEL_EXPORTER_OTLP_ENDPOINT=c.example:4318", "http://c.example:4318/v1/traces", ""},
		{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=https://c.example/t OTEL_EXPORTER_OTLP_ENDPOINT=x://", "https://c.example/t", ""},
		{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=https://c.example", "https://c.example/", ""},
		{"OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4317", "http://c:4317/v1/traces", ""},
		{"OTEL_EXPORTER_OTLP_PROTOCOL=GRPC", "http://localhost:4318/v1/traces", "spans go to localhost:4318"},
		{"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=grpc OTEL_EXPORTER_OTLP_ENDPOINT=http://[::1]:4317",
			"http://[::1]:4318/v1/traces", "spans go to [::1]:4318"},
		{"OTEL_EXPORTER_OTLP_PROTOCOL=grpc OTEL_EXPORTER_OTLP_ENDPOINT=https://u:secret@c:443", "", "no spans are sent to c:443"},
		{"OTEL_EXPORTER_OTLP_PROTOCOL=http/json", "http://localhost:4318/v1/traces", "not known, http/protobuf is used"},
		{"OTEL_EXPORTER_OTLP_ENDPOINT=http://u:secret@", "", `"..."`},
		{"OTEL_EXPORTER_OTLP_ENDPOINT=htps://c/?key=secret", "", `"..."`},
		{"OTEL_EXPORTER_OTLP_ENDPOINT=c:1 OTEL_EXPORTER_OTLP_INSECURE=FALSE", "https://c:1/v1/traces", ""},
		{"OTEL_EXPORTER_OTLP_ENDPOINT=c:1 OTEL_EXPORTER_OTLP_INSECURE=false OTEL_EXPORTER_OTLP_TRACES_INSECURE=true",
			"http://c:1/v1/traces", ""},
		{"OTEL_EXPORTER_OTLP_ENDPOINT=c:1 OTEL_EXPORTER_OTLP_INSECURE=1", "http://c:1/v1/traces", "not true or false"},
		{"OTEL_EXPORTER_OTLP_ENDPOINT=http://c:1 OTEL_EXPORTER_OTLP_INSECURE=false", "http://c:1/v1/traces", ""},
		{"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=http://c:1", "http://localhost:4318/v1/traces", ""},
	} {
		e, output := envOf(strings.Fields(c.env)...)
		got, _ := endpointOf(e, traceSignal)
		if got != c.want || !strings.Contains(output.String(), c.said) || (c.said == "") != (output.Len() == 0) ||
			strings.Contains(output.String(), "secret") {
			t.Errorf("%s: %q, %q", c.env, got, output)
		}
	}
}

func TestHeaders(t *testing.T) {
	e, output := envOf("OTEL_EXPORTER_OTLP_HEADERS=a=1, b = x%20y%3D ,", "OTEL_EXPORTER_OTLP_TRACES_HEADERS=a=1,c=d=e,A=2")
	// Variables for one signal replace those for all: the endpoint may be somebody else's.
	if got := fmt.Sprint(headersOf(e, traceSignal)); got != "map[A:2 C:d=e]" || output.Len() != 0 {
		t.Error(got, output)
	}
	if got := fmt.Sprint(headersOf(e, metricSignal)); got != "map[A:1 B:x y=]" || output.Len() != 0 {
		t.Error(got, output)
	}
	e, output = envOf("OTEL_EXPORTER_OTLP_HEADERS=secret")
	if got := headersOf(e, traceSignal); len(got) != 0 || output.Len() == 0 || strings.Contains(output.String(), "secret") {
		t.Error(got, output)
	}
	e, output = envOf("OTEL_EXPORTER_OTLP_HEADERS=a=secret%0A,b=fine%20%C3%A9,secret%20name=x,c=secret%7F,d=%09x")
	if got := fmt.Sprint(headersOf(e, traceSignal)); got != "map[B:fine \u00e9 D:\tx]" || strings.Count(output.String(), "\n") != 1 ||
		!strings.Contains(output.String(), "no header may have") || strings.Contains(output.String(), "secret") {
		t.Error(got, output)
	}
}

func TestNumbersAndOthers(t *testing.T) {
	e, output := envOf("OTEL_BSP_MAX_QUEUE_SIZE=10", "OTEL_BSP_SCHEDULE_DELAY=7", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE=many",
		"OTEL_ATTRIBUTE_COUNT_LIMIT=3", "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT=4", "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT=9")
	if got, want := batchingOf(e), (export.Batching{Queue: 10, Delay: 7 * time.Millisecond}); got != want {
		t.Errorf("%+v", got)
	}
	if got, want := limitsOf(e), (agent.Limits{AttrCount: 4, AttrLength: 9}); got != want {
		t.Errorf("%+v", got)
	}
	zeros, none := envOf("OTEL_ATTRIBUTE_COUNT_LIMIT=0", "OTEL_SPAN_EVENT_COUNT_LIMIT=00", "OTEL_SPAN_LINK_COUNT_LIMIT=7",
		"OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT=8", "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT=9")
	want := agent.Limits{AttrCount: -1, EventCount: -1, LinkCount: 7, EventAttrs: 8, LinkAttrs: 9}
	if got := limitsOf(zeros); got != want || none.Len() != 0 {
		t.Errorf("%+v, said %q", got, none)
	}
	for value, want := range map[string]time.Duration{"": 0, "0": -1, "1500": 1500 * time.Millisecond, "x": 0} {
		if e, _ := envOf("GOAGENT_ORPHAN_TIMEOUT=" + value); parentGraceOf(e) != want {
			t.Errorf("%s: %v", value, parentGraceOf(e))
		}
	}
	negative, negativeOutput := envOf("OTEL_SPAN_LINK_COUNT_LIMIT=-1")
	if got := limitsOf(negative); got != (agent.Limits{}) || negativeOutput.Len() == 0 {
		t.Errorf("%+v, said %q", got, negativeOutput)
	}
	batchingOf(e)
	if n := strings.Count(output.String(), "\n"); n != 1 {
		t.Errorf("said %q", output)
	}
	for value, want := range map[string]int{"": 2, "tracecontext,baggage": 2, "B3, b3multi,jaeger,eagleeye,b3": 4,
		"none": 0, "tracecontext,none": 0, "xray": 0} {
		e, output := envOf("OTEL_PROPAGATORS=" + value)
		if got := formatsOf(e); len(got) != want || (value == "xray") != (output.Len() > 0) {
			t.Errorf("%s: %v, %q", value, got, output)
		}
	}
	if e, output := envOf("OTEL_PROPAGATORS=xray,ottrace,xray"); formatsOf(e) != nil || strings.Count(output.String(), "\n") != 2 {
		t.Errorf("not each unknown name once: %q", output)
	}
	if e, _ := envOf("OTEL_EXPORTER_OTLP_COMPRESSION=gzip"); !gzipOf(e, traceSignal) {
		t.Error("gzip")
	}
	if e, output := envOf("OTEL_EXPORTER_OTLP_COMPRESSION=zstd"); gzipOf(e, traceSignal) || output.Len() == 0 {
		t.Error("zstd")
	}
}

func TestCertificates(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.pem")
	if err := os.WriteFile(file, []byte("rubbish"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, v := range []string{"CERTIFICATE=" + file, "CERTIFICATE=" + file + "x", "TRACES_CLIENT_CERTIFICATE=" + file} {
		e, output := envOf("OTEL_EXPORTER_OTLP_" + v)
		if _, ok := tlsOf(e, traceSignal); ok || output.Len() == 0 {
			t.Error(v)
		}
	}
	e, _ := envOf()
	if c, ok := tlsOf(e, traceSignal); c != nil || !ok {
		t.Error("without any")
	}
}

// TestBegin runs a plan as init does: spans that end before the exporter's goroutine starts are not
// lost, and the exit flushes every pipeline.
func TestBegin(t *testing.T) {
	var first, second bytes.Buffer
	p := &plan{}
	p.add("1", export.NewConsole(&first, false, "a"), export.Batching{Delay: time.Hour})
	p.add("2", export.NewConsole(&second, false, "b"), export.Batching{Immediate: true})
	p.agent = agent.Config{Ended: export.FanOut(p.pipelines), Sampler: agent.AlwaysOn, Formats: propagate.Default}
	p.begin()
	defer agent.Disable()
	s := agent.StartInternal(nil, "early")
	s.Leave()
	s.End()
	p.flush(time.Hour)
	if !strings.Contains(first.String(), "internal early") || !strings.Contains(second.String(), "internal early") {
		t.Errorf("%q %q", first.String(), second.String())
	}
	defer func(old string) { manifest = old }(manifest)
	manifest = "woven"
	if Start(); Manifest() != "woven" {
		t.Error("manifest")
	}
}

// TestFile checks that spans are appended to an existing file.
func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "spans.jsonl")
	for i := 1; i <= 2; i++ {
		e, output := envOf("OTEL_TRACES_EXPORTER=file", "GOAGENT_FILE="+path, "OTEL_SERVICE_NAME=shop")
		p := configure(e)
		if p == nil {
			t.Fatal(output)
		}
		p.begin()
		s := agent.StartInternal(nil, "work")
		s.Leave()
		s.End()
		p.flush(time.Hour)
		agent.Disable()
		text, err := os.ReadFile(path)
		if err != nil || bytes.Count(text, []byte("\n")) != i || bytes.Count(text, []byte(`"name":"work"`)) != i ||
			!bytes.Contains(text, []byte("shop")) {
			t.Errorf("%d: %v\n%s", i, err, text)
		}
	}
	e, output := envOf("OTEL_TRACES_EXPORTER=file", "GOAGENT_FILE="+path+"/x")
	if exporterNames(configure(e)) != "0 false" || !strings.Contains(output.String(), "cannot be opened") {
		t.Error(output)
	}
}

// TestTest checks that in a test binary nothing is done unless the environment asks for it.
func TestTest(t *testing.T) {
	defer agent.Disable()
	t.Setenv("OTEL_TRACES_EXPORTER", "console")
	t.Setenv("OTEL_METRICS_EXPORTER", "none")
	for value, want := range map[string]bool{"": false, "false": false, "true": true} {
		t.Setenv("GOAGENT_IN_TESTS", value)
		agent.Disable()
		Test()
		if got := agent.StartInternal(nil, "x").Recording(); got != want {
			t.Errorf("%q: %v", value, got)
		}
	}
	for _, test := range []bool{false, true} {
		e, _ := envOf()
		e.inTest = test
		if c, _ := otlpOf(e, traceSignal, &resource{}); c.DisableKeepAlives != test {
			t.Errorf("test %v: %v", test, c.DisableKeepAlives)
		}
	}
}
