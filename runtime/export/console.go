package export

import (
	"bytes"
	"io"
	"strconv"
	"sync"
	"sync/atomic"

	"goagent/agent"
)

// Console prints traces for a person to read. A trace is printed as a whole, as a tree, as soon as
// no span of it is open in this process: whatever the order in which its goroutines finish, no line
// is printed before the tree is known. Traces that are still open at the exit are printed without
// the spans that have not ended.
type Console struct {
	spanCount uint64 // spans exported; atomic; first, for 32-bit processors

	out    io.Writer
	style  terminalStyle
	header string // the end of the first line of each trace

	mu         sync.Mutex
	traces     map[[16]byte]*openTrace // guarded by mu
	traceCount uint64                  // traces so far; guarded by mu
	pending    []byte                  // text for the exporter's goroutine to write; guarded by mu
	// unprinted counts the traces for which there was no room in pending; guarded by mu.
	unprinted int
}

// openTrace is a trace that is not printed yet.
type openTrace struct {
	openSpans int // spans that have started, and have neither ended nor been dropped
	order     uint64
	spans     []*consoleSpan
	lost      int // spans for which there was no room
}

// Bounds of what is held back. Beyond them traces are printed in parts.
const (
	maxTraces     = 512
	maxTraceSpans = 2048
	maxPending    = 1 << 20 // bytes
)

// NewConsole returns a console that prints to out. Lines have colours if colour is true. service,
// if not empty, is printed in the first line of each trace.
func NewConsole(out io.Writer, colour bool, service string) *Console {
	c := &Console{out: out, traces: make(map[[16]byte]*openTrace)}
	if colour {
		c.style = colours
	}
	if service != "" {
		c.header = "  service=" + printable(service)
	}
	return c
}

// Started is for agent.Config: it is called for each span that starts. It does not write.
func (c *Console) Started(id [16]byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.traces[id]
	if t == nil {
		if len(c.traces) >= maxTraces {
			c.keepPending(c.evictOldest())
		}
		c.traceCount++
		t = &openTrace{order: c.traceCount}
		c.traces[id] = t
	}
	t.openSpans++
}

// evictOldest makes room by removing the oldest trace, and returns its text.
func (c *Console) evictOldest() []byte {
	var id [16]byte
	var oldest *openTrace
	for k, t := range c.traces {
		if oldest == nil || t.order < oldest.order {
			id, oldest = k, t
		}
	}
	delete(c.traces, id)
	return c.render(id, oldest)
}

// Counts implements countingExporter. Spans that wait for the rest of their trace count as
// exported.
func (c *Console) Counts() (exported, failed uint64) { return atomic.LoadUint64(&c.spanCount), 0 }

// Export implements Exporter.
func (c *Console) Export(batch []*agent.Record, _ <-chan struct{}) {
	atomic.AddUint64(&c.spanCount, uint64(len(batch)))
	for _, r := range batch {
		c.add(r)
		r.Release()
	}
}

func (c *Console) add(r *agent.Record) {
	e := newConsoleSpan(r)
	c.mu.Lock()
	t := c.traces[r.TraceID]
	if t == nil { // printed without it, or its start was not reported
		t = &openTrace{openSpans: 1}
		c.traces[r.TraceID] = t
	}
	t.openSpans--
	t.spans = append(t.spans, e)
	var out []byte
	if t.openSpans <= 0 || len(t.spans) >= maxTraceSpans {
		out = c.render(r.TraceID, t)
		t.spans = nil
	}
	if t.openSpans <= 0 {
		delete(c.traces, r.TraceID)
	}
	before := c.takePending()
	c.mu.Unlock()
	c.write(before)
	c.write(out)
}

// Dropped implements Exporter. It does not write.
func (c *Console) Dropped(r *agent.Record) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t := c.traces[r.TraceID]; t != nil {
		t.lost++
		if t.openSpans--; t.openSpans <= 0 {
			c.keepPending(c.render(r.TraceID, t))
			delete(c.traces, r.TraceID)
		}
	}
}

// Flush implements Exporter: it prints the ended spans of traces that are open.
func (c *Console) Flush() {
	c.mu.Lock()
	var out bytes.Buffer
	out.Write(c.takePending())
	for len(c.traces) > 0 {
		out.Write(c.evictOldest())
	}
	c.mu.Unlock()
	c.write(out.Bytes())
}

// keepPending stores text that was made in a goroutine of the program, which must not wait for a
// terminal or a pipe.
func (c *Console) keepPending(b []byte) {
	if len(c.pending)+len(b) > maxPending {
		c.unprinted++
		return
	}
	c.pending = append(c.pending, b...)
}

// takePending returns the stored text.
func (c *Console) takePending() []byte {
	b := c.pending
	if c.unprinted > 0 {
		b = append(b, strconv.Itoa(c.unprinted)+" traces were not printed: nobody has read them fast enough\n"...)
	}
	c.pending, c.unprinted = nil, 0
	return b
}

// write makes one call for each trace, so that traces do not mix with the program's own output.
func (c *Console) write(b []byte) {
	if len(b) > 0 {
		_, _ = c.out.Write(b) // there is nobody to report an error to
	}
}
