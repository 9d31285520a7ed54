package boot

import (
	"fmt"
	"io"
	"strings"
	"sync"
)

// log is what is said about exporters where OTEL_LOG_LEVEL asks for it. Unlike the
// specification's it is silent where the variable is not set: the program's
// standard error is the program's own.
type log struct {
	totals bool // what became of all spans, at the end

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
		e.complain(name, value, "not known (known are none, error, warn, info and debug), nothing is said")
	}
	return nil
}

func (l *log) printf(format string, values ...interface{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprintf(l.out, "goagent: "+format+"\n", values...)
}

// failures returns what is told of things that an endpoint has not taken, nil where
// nobody wants to know.
func (l *log) failureReporter(things string) func(lost uint64, why string) {
	if l == nil {
		return nil
	}
	return func(lost uint64, why string) { l.printf("%d %s are lost: %s", lost, things, why) }
}

// totals says what became of all spans.
func (p *plan) reportTotals() {
	if p.log == nil || !p.log.totals || len(p.pipelines) == 0 {
		return
	}
	var all []string
	for i, pipeline := range p.pipelines {
		c := pipeline.Counts()
		all = append(all, fmt.Sprintf("%s %d exported, %d failed, %d without room in the queue", p.names[i], c.Exported, c.Failed, c.Dropped))
	}
	p.log.printf("spans: %s", strings.Join(all, "; "))
}
