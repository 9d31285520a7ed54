package boot

import (
	"fmt"
	"io"
	"strings"
	"sync"
)

// log reports on exporters if OTEL_LOG_LEVEL asks for it. Unlike in the specification, nothing is
// logged if the variable is unset: standard error belongs to the program.
type log struct {
	totals bool // whether to log the totals of spans at the end

	mu  sync.Mutex
	out io.Writer // guarded by mu
}

func logOf(e *env) *log {
	const name = "OTEL_LOG_LEVEL"
	switch value := e.choice(name); value {
	case "", "none", "off":
	case "error", "warn", "warning":
		return &log{out: e.out}
	case "info", "debug", "trace", "verbose", "all":
		return &log{out: e.out, totals: true}
	default:
		e.warn(name, value, "not known (known are none, error, warn, info and debug), nothing is said")
	}
	return nil
}

func (l *log) printf(format string, values ...interface{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprintf(l.out, "goagent: "+format+"\n", values...)
}

// failureReporter returns the function that logs items which an endpoint has not accepted, nil if
// logging is off.
func (l *log) failureReporter(noun string) func(lost uint64, reason string) {
	if l == nil {
		return nil
	}
	return func(lost uint64, reason string) { l.printf("%d %s are lost: %s", lost, noun, reason) }
}

// reportTotals logs what happened to all spans.
func (p *plan) reportTotals() {
	if p.log == nil || !p.log.totals || len(p.pipelines) == 0 {
		return
	}
	var all []string
	for i, pipeline := range p.pipelines {
		c := pipeline.Counts()
		all = append(all, fmt.Sprintf("%s %d exported, %d failed, %d without room in the queue", p.names[i],
			c.Exported, c.Failed, c.Dropped))
	}
	p.log.printf("spans: %s", strings.Join(all, "; "))
}
