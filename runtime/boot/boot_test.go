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

// from makes an environment of name=value, and what it says.
func from(variables ...string) (*env, *bytes.Buffer) {
	said := &bytes.Buffer{}
	table := map[string]string{}
	for _, v := range variables {
		equals := strings.IndexByte(v, '=')
		table[v[:equals]] = v[equals+1:]
	}
	return newEnv(func(name string) string { return table[name] }, said), said
}

// kinds names the exporters of a plan.
func kinds(p *plan) string {
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
		{"OTEL_TRACES_EXPORTER=none", "nothing", ""},
		{"OTEL_TRACES_EXPORTER=none,console", "nothing", ""},
		{"OTEL_TRACES_EXPORTER=zipkin", "nothing", `goagent: OTEL_TRACES_EXPORTER="zipkin": not known (known are otlp, console and none), left out`},
		{"OTEL_SDK_DISABLED=TRUE", "nothing", ""},
		{"OTEL_SDK_DISABLED=false", "1 false", ""},
		{"OTEL_SDK_DISABLED=1", "1 false", `goagent: OTEL_SDK_DISABLED="1": not true or false, taken as false`},
		{"OTEL_EXPORTER_OTLP_ENDPOINT=ftp://x", "nothing", `goagent: OTEL_EXPORTER_OTLP_ENDPOINT="ftp://x": not an http or https address, no spans are sent`},
	} {
		e, said := from(c.env)
		if got := kinds(configure(e)); got != c.want || strings.TrimSpace(said.String()) != c.said {
			t.Errorf("%s: %s, %q", c.env, got, said)
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
		e, said := from("OTEL_TRACES_SAMPLER="+c.name, "OTEL_TRACES_SAMPLER_ARG="+c.arg)
		if got := samplerOf(e); got != c.want || (said.Len() > 0) != c.said {
			t.Errorf("%s %s: %+v, %q", c.name, c.arg, got, said)
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
		{"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=grpc OTEL_EXPORTER_OTLP_ENDPOINT=http://[::1]:4317", "http://[::1]:4318/v1/traces", "spans go to [::1]:4318"},
		{"OTEL_EXPORTER_OTLP_PROTOCOL=grpc OTEL_EXPORTER_OTLP_ENDPOINT=https://u:secret@c:443", "", "no spans are sent to c:443"},
		{"OTEL_EXPORTER_OTLP_PROTOCOL=http/json", "http://localhost:4318/v1/traces", "not known, http/protobuf is used"},
		{"OTEL_EXPORTER_OTLP_ENDPOINT=http://u:secret@", "", `"..."`},
	} {
		e, said := from(strings.Fields(c.env)...)
		got, _ := endpointOf(e)
		if got != c.want || !strings.Contains(said.String(), c.said) || (c.said == "") != (said.Len() == 0) || strings.Contains(said.String(), "secret") {
			t.Errorf("%s: %q, %q", c.env, got, said)
		}
	}
}

func TestHeaders(t *testing.T) {
	e, said := from("OTEL_EXPORTER_OTLP_HEADERS=a=1, b = x%20y%3D ,", "OTEL_EXPORTER_OTLP_TRACES_HEADERS=a=2,c=d=e")
	if got := fmt.Sprint(headersOf(e)); got != "map[a:2 b:x y= c:d=e]" || said.Len() != 0 {
		t.Error(got, said)
	}
	e, said = from("OTEL_EXPORTER_OTLP_HEADERS=secret")
	if got := headersOf(e); len(got) != 0 || said.Len() == 0 || strings.Contains(said.String(), "secret") {
		t.Error(got, said)
	}
}

func TestResource(t *testing.T) {
	e, said := from("OTEL_RESOURCE_ATTRIBUTES=service.name=a,k=v%2C1,telemetry.sdk.name=other", "OTEL_SERVICE_NAME=b")
	r := resourceOf(e)
	for key, want := range map[string]string{"service.name": "b", "k": "v,1", "telemetry.sdk.name": "goagent",
		"telemetry.sdk.language": "go", "telemetry.distro.version": Version} {
		if got := r.get(key); got != want {
			t.Errorf("%s: %q", key, got)
		}
	}
	if said.Len() != 0 {
		t.Error(said)
	}
	e, said = from("OTEL_RESOURCE_ATTRIBUTES=k=v,rubbish")
	r = resourceOf(e)
	if r.get("k") != "" || said.Len() == 0 || r.get("service.name") != "unknown_service:boot.test" {
		t.Errorf("%v %q", r.attrs, said)
	}
}

func TestNumbersAndOthers(t *testing.T) {
	e, said := from("OTEL_BSP_MAX_QUEUE_SIZE=10", "OTEL_BSP_SCHEDULE_DELAY=7", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE=many",
		"OTEL_ATTRIBUTE_COUNT_LIMIT=3", "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT=4", "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT=9")
	if got, want := batchingOf(e), (export.Batching{Queue: 10, Delay: 7 * time.Millisecond}); got != want {
		t.Errorf("%+v", got)
	}
	if got, want := limitsOf(e), (agent.Limits{AttrCount: 4, AttrLength: 9}); got != want {
		t.Errorf("%+v", got)
	}
	batchingOf(e)
	if n := strings.Count(said.String(), "\n"); n != 1 {
		t.Errorf("said %q", said)
	}
	for value, want := range map[string]int{"": 1, "tracecontext,baggage": 1, "none": 0, "tracecontext,none": 0, "xray": 0} {
		e, said := from("OTEL_PROPAGATORS=" + value)
		if got := formatsOf(e); len(got) != want || (value == "xray") != (said.Len() > 0) {
			t.Errorf("%s: %v, %q", value, got, said)
		}
	}
	if e, _ := from("OTEL_EXPORTER_OTLP_COMPRESSION=gzip"); !gzipOf(e) {
		t.Error("gzip")
	}
	if e, said := from("OTEL_EXPORTER_OTLP_COMPRESSION=zstd"); gzipOf(e) || said.Len() == 0 {
		t.Error("zstd")
	}
}

func TestCertificates(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.pem")
	if err := os.WriteFile(file, []byte("rubbish"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, v := range []string{"CERTIFICATE=" + file, "CERTIFICATE=" + file + "x", "TRACES_CLIENT_CERTIFICATE=" + file} {
		e, said := from("OTEL_EXPORTER_OTLP_" + v)
		if _, ok := tlsOf(e); ok || said.Len() == 0 {
			t.Error(v)
		}
	}
	e, _ := from()
	if c, ok := tlsOf(e); c != nil || !ok {
		t.Error("without any")
	}
}

// TestBegin runs a plan as init does: what ends before the exporter's goroutine
// starts is not lost, and the exit flushes every pipeline.
func TestBegin(t *testing.T) {
	var first, second bytes.Buffer
	p := &plan{}
	p.add(export.NewConsole(&first, false, "a"), export.Batching{Delay: time.Hour})
	p.add(export.NewConsole(&second, false, "b"), export.Batching{Eager: true})
	p.agent = agent.Config{Ended: export.Fan(p.pipelines), Sampler: agent.AlwaysOn, Formats: propagate.Default}
	p.begin()
	defer agent.Disable()
	s := agent.StartInternal(nil, "early")
	s.Leave()
	s.End()
	p.flush(time.Hour)
	if !strings.Contains(first.String(), "internal early") || !strings.Contains(second.String(), "internal early") {
		t.Errorf("%q %q", first.String(), second.String())
	}
	if Start("woven"); Manifest() != "woven" {
		t.Error("manifest")
	}
}
