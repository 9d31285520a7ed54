package boot

import (
	"os"
	"sync"
	"time"

	"goagent/agent"
	"goagent/export"
)

// Version is the version of the linked-in module.
const Version = "0.1.0"

// exitTime is the most that an exit waits for spans to be sent.
const exitTime = time.Second

// manifest tells what was woven. It is kept for those who look into the binary.
var manifest string

// Start is called by package main's generated file with the manifest of what was
// woven. Everything else has been done by this package's init.
func Start(woven string) { manifest = woven }

// Manifest returns what Start was given.
func Manifest() string { return manifest }

func init() {
	if plan := configure(newEnv(os.Getenv, os.Stderr)); plan != nil {
		plan.begin()
	}
}

// plan is what the environment asks for.
type plan struct {
	agent     agent.Config
	pipelines []*export.Pipeline
}

func (p *plan) begin() {
	agent.SetExitHook(func(int32) { p.flush(exitTime) })
	agent.Enable(p.agent)
}

// flush empties all pipelines at the same time.
func (p *plan) flush(timeout time.Duration) {
	var all sync.WaitGroup
	for _, pipeline := range p.pipelines[1:] {
		all.Add(1)
		go func(pipeline *export.Pipeline) {
			defer all.Done()
			agent.Suppress()
			pipeline.Flush(timeout)
		}(pipeline)
	}
	p.pipelines[0].Flush(timeout)
	all.Wait()
}

// configure reads the environment. It returns nil where no spans are wanted.
func configure(e *env) *plan {
	if e.boolean("OTEL_SDK_DISABLED") {
		return nil
	}
	p := &plan{}
	resource := resourceOf(e)
	for _, name := range e.exporters() {
		switch name {
		case "otlp":
			if o := otlpOf(e, resource); o != nil {
				p.add(o, batchingOf(e))
			}
		case "console":
			c := export.NewConsole(os.Stderr, colourful(e), resource.get("service.name"))
			p.add(c, export.Batching{Eager: true, Queue: 1 << 14})
			p.agent.Started = c.Started
		case "file":
			if f := fileOf(e, resource); f != nil {
				p.add(f, batchingOf(e))
			}
		}
	}
	if len(p.pipelines) == 0 {
		return nil
	}
	p.agent.Ended = export.Fan(p.pipelines)
	p.agent.Sampler = samplerOf(e)
	p.agent.Limits = limitsOf(e)
	p.agent.Formats = formatsOf(e)
	return p
}

// fileOf opens the file that spans are appended to, nil if it cannot be.
func fileOf(e *env, r *resource) export.Exporter {
	const name = "GOAGENT_FILE"
	path := e.get(name)
	if path == "" {
		e.complain(name, path, "the path of a file is needed for OTEL_TRACES_EXPORTER=file, no spans are written")
		return nil
	}
	// It may tell of people: it is for its owner to share.
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		e.complain(name, path, "cannot be opened for writing, no spans are written")
		return nil
	}
	return export.NewFile(f, r.attrs, "goagent", Version)
}

func (p *plan) add(e export.Exporter, b export.Batching) {
	p.pipelines = append(p.pipelines, export.NewPipeline(e, b))
}

// colourful reports whether stderr is a terminal that may show colours.
func colourful(e *env) bool {
	if e.get("NO_COLOR") != "" || e.get("TERM") == "dumb" {
		return false
	}
	info, err := os.Stderr.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
