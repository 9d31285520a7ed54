package export

import (
	"bytes"
	"io"
	"strconv"
	"sync"
	"sync/atomic"

	"goagent/agent"
)

// Console prints traces to be read by a person. A trace is printed whole, as a
// tree, as soon as no span of it is open in this process: whatever the order in
// which its goroutines finish, no line comes before the tree is known. What is
// open at the exit prints without the spans that have not ended.
type Console struct {
	spanCount uint64 // spans; atomic; first, for 32-bit processors

	out    io.Writer
	style  terminalStyle
	header string // what the first line of each trace ends in

	mu         sync.Mutex
	traces     map[[16]byte]*openTrace // guarded by mu
	traceCount uint64                  // traces so far; guarded by mu
	pending    []byte                  // what the exporter's goroutine is to write; guarded by mu
	unprinted  int                     // traces for which there was no room in it; guarded by mu
}

// trace is one that is not printed yet.
type openTrace struct {
	openSpans int // spans that have started, and have neither ended nor were dropped
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

// NewConsole prints to out. Lines have colours if colour is true, and service,
// where it is not empty, stands in the first line of each trace.
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

// Started is for agent.Config: it is told of each span that starts. It does not write.
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

// spill makes room by giving up the oldest trace, and returns its text.
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

// Counts implements counter: what was printed, or waits for the rest of its trace.
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
	if t == nil { // printed without it, or nobody has told us of the start
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

// Flush implements Exporter: it prints what has ended of traces that are open.
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

// hold keeps text that has come about in a goroutine of the program's, which must not wait for a terminal or a pipe.
func (c *Console) keepPending(b []byte) {
	if len(c.pending)+len(b) > maxPending {
		c.unprinted++
		return
	}
	c.pending = append(c.pending, b...)
}

// held returns it.
func (c *Console) takePending() []byte {
	b := c.pending
	if c.unprinted > 0 {
		b = append(b, strconv.Itoa(c.unprinted)+" traces were not printed: nobody has read them fast enough\n"...)
	}
	c.pending, c.unprinted = nil, 0
	return b
}

// write is one call for each trace, so that traces do not mix with what the
// program prints itself.
func (c *Console) write(b []byte) {
	if len(b) > 0 {
		_, _ = c.out.Write(b) // nobody to tell
	}
}
