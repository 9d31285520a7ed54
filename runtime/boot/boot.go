package boot

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"goagent/agent"
	"goagent/export"
	"goagent/metric"
	"goagent/semconv"
)

// Version is the version of the linked-in module.
const Version = "0.1.0"

// exitTimeout is how long an exit waits at most for spans to be sent.
const exitTimeout = time.Second

// manifest describes what was woven, for tools that inspect the binary. The linker sets it.
var manifest string

// woven is a copy of manifest made by Start: the linker keeps only variables that are used.
var woven string

// Start is called by package main's generated file. Everything else was done before package main
// was initialised.
func Start() { woven = manifest }

// Manifest returns the description of what was woven, once Start has been called.
func Manifest() string { return woven }

// Program sets up what the environment asks for. It is called while the packages of a program are
// initialised.
func Program() { start(newEnv(os.Getenv, os.Stderr)) }

// Test is Program for a binary that go test has built. A test compares headers, counts goroutines
// and waits for the goroutines of a bubble: so nothing is set up unless the environment asks for
// it.
func Test() {
	e := newEnv(os.Getenv, os.Stderr)
	if e.inTest = true; e.boolean("GOAGENT_IN_TESTS") {
		start(e)
	}
}

// start sets up what the environment asks for. If it panics the program loses its traces and
// metrics, but goes on.
func start(e *env) {
	defer func() {
		if v := recover(); v != nil {
			agent.Disable()
			metric.Disable()
			fmt.Fprintf(e.out, "goagent: cannot be set up (%.200v), nothing is traced or measured\n", v)
		}
	}()
	if plan := configure(e); plan != nil {
		plan.begin()
	}
}

// plan is what the environment asks for.
type plan struct {
	agent     agent.Config
	pipelines []*export.Pipeline
	names     []string    // of the pipelines' exporters
	metrics   *metricPlan // nil if nothing is measured
	log       *log        // nil if nothing is logged
	semconv   semconv.Settings
}

func (p *plan) begin() {
	if p.agent.PropagateOnly {
		agent.Enable(p.agent)
		return
	}
	semconv.Configure(p.semconv)
	p.watch()
	if p.metrics != nil {
		p.metrics.begin()
		metric.Observe(func() []metric.Metric { return selfMetrics(p.pipelines, p.names) })
	}
	agent.Enable(p.agent)
}

// configure reads the environment. It returns nil if nothing is wanted, not even the propagation of
// contexts.
func configure(e *env) *plan {
	if e.boolean("OTEL_SDK_DISABLED") {
		return propagateOnlyPlan(e)
	}
	e.reportIgnored()
	p := &plan{log: logOf(e)}
	resource := resourceOf(e)
	for _, name := range e.exporters("OTEL_TRACES_EXPORTER", "otlp", "console", "file") {
		switch name {
		case "otlp":
			if c, ok := otlpOf(e, traceSignal, resource); ok {
				c.RetryFor = e.milliseconds("OTEL_BSP_EXPORT_TIMEOUT")
				c.Failed = p.log.failureReporter("spans")
				p.add("otlp", export.NewOTLP(c), batchingOf(e))
			}
		case "console":
			c := export.NewConsole(os.Stderr, hasColours(e), resource.get("service.name"))
			p.add("console", c, export.Batching{Immediate: true, Queue: 1 << 14})
			p.agent.Started = c.Started
		case "file":
			if f := fileOf(e, resource); f != nil {
				p.add("file", f, batchingOf(e))
			}
		}
	}
	p.metrics = metricsOf(e, resource, p.log)
	switch {
	case len(p.pipelines) > 0:
		p.agent.Ended = export.FanOut(p.pipelines)
	case p.metrics != nil:
		p.agent.MeasureOnly = true // spans are made only to be measured
	default:
		return propagateOnlyPlan(e)
	}
	p.semconv = settingsOf(e)
	p.agent.Sampler = samplerOf(e)
	p.agent.Limits = limitsOf(e)
	p.agent.ParentGrace = parentGraceOf(e)
	p.agent.Formats = formatsOf(e)
	return p
}

// propagateOnlyPlan returns the plan of a program that makes neither spans nor metrics: by the
// specification OTEL_SDK_DISABLED has no effect on propagators.
func propagateOnlyPlan(e *env) *plan {
	formats := formatsOf(e)
	if len(formats) == 0 {
		return nil
	}
	return &plan{agent: agent.Config{PropagateOnly: true, Formats: formats, ParentGrace: parentGraceOf(e)}}
}

// fileOf opens the file to which spans are appended, nil if it cannot be opened.
func fileOf(e *env, r *resource) export.Exporter {
	f := appendTo(e, "GOAGENT_FILE", "OTEL_TRACES_EXPORTER=file, no spans are written")
	if f == nil {
		return nil
	}
	return export.NewFile(f, r.attrs, "goagent", Version)
}

// appendTo opens the file that a variable names, nil if it cannot be opened.
func appendTo(e *env, name, needed string) io.Writer {
	path := e.get(name)
	if path == "" {
		e.warn(name, path, "the path of a file is needed for "+needed)
		return nil
	}
	// The file may contain personal data: only its owner may share it.
	f, err := openAppend(path, 0o600)
	if err != nil {
		e.warn(name, path, "cannot be opened for writing"+needed[strings.IndexByte(needed, ','):])
		return nil
	}
	return f
}

func (p *plan) add(name string, e export.Exporter, b export.Batching) {
	p.names = append(p.names, name)
	p.pipelines = append(p.pipelines, export.NewPipeline(e, b))
}

// hasColours reports whether stderr is a terminal that may show colours.
func hasColours(e *env) bool {
	if e.get("NO_COLOR") != "" || e.get("TERM") == "dumb" {
		return false
	}
	info, err := os.Stderr.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
