package export

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"goagent/agent"
	"goagent/internal/emulate"
)

var accept = flag.Bool("accept", false, "write the files of expected output")

type testIDs struct{ trace, span, parent byte }

type testTimes struct{ start, end int64 }

// newRecord returns a finished span of a trace; times are in microseconds.
func newRecord(id testIDs, kind agent.Kind, name string, time testTimes, attrs ...agent.Attr) *agent.Record {
	r := &agent.Record{Kind: kind, Name: name, Start: time.start * 1000, End: time.end * 1000, Attrs: attrs}
	r.TraceID[0], r.TraceID[15] = 0xab, id.trace
	r.SpanID[7] = id.span
	if id.parent != 0 {
		r.ParentID[0], r.ParentID[7] = 0, id.parent
	}
	return r
}

func TestConsole(t *testing.T) {
	var out bytes.Buffer
	c := NewConsole(&out, false, "shop")
	starts := func(records ...*agent.Record) {
		for _, r := range records {
			c.Started(r.TraceID)
		}
	}
	ends := func(records ...*agent.Record) { c.Export(records, nil) }
	note := func(format string, args ...interface{}) { fmt.Fprintf(&out, "# "+format+"\n", args...) }

	note("one request: the back end in the same process and a child goroutine, ending in any order")
	front := newRecord(testIDs{1, 1, 9}, agent.KindServer, "GET /order/:id", testTimes{0, 12410},
		agent.String("http.request.method", "GET"), agent.String("url.path", "/order/7"),
		agent.Int("server.port", 80), agent.Int("http.response.status_code", 200))
	front.Remote = true
	client := newRecord(testIDs{1, 2, 1}, agent.KindClient, "GET", testTimes{1000, 11250},
		agent.String("server.address", "localhost"), agent.Int("server.port", 81),
		agent.String("url.full", "http://localhost:81/stock/7"), agent.Int("http.response.status_code", 500),
		agent.String("error.type", "500"))
	client.Status = agent.StatusError
	back := newRecord(testIDs{1, 3, 2}, agent.KindServer, "GET /stock/{id}", testTimes{2000, 2000},
		agent.Bool("cached", true), agent.Float("load", 0.5))
	back.Remote = true
	work := newRecord(testIDs{1, 4, 1}, agent.KindInternal, "work", testTimes{500, 900})
	work.Status = agent.StatusOK
	starts(front, work, client, back)
	ends(work, client, front)
	note("nothing yet")
	ends(back)

	note("what foreign text can do")
	bad := newRecord(testIDs{2, 1, 0}, agent.KindConsumer, "a\x1b[31m\nb", testTimes{0, 1500000},
		agent.String("utf", "\xff"), agent.String("long", strings.Repeat("\u00e9", 200)),
		agent.String("spaces", "a b"), agent.String("quoted", `"`), agent.String("empty", ""))
	bad.Events = []agent.Event{{Name: "exception", Attrs: []agent.Attr{agent.String("exception.message", "boom\n")}}}
	starts(bad)
	ends(bad)

	note("two traces at once, one of them open at the exit, one with a span that was dropped")
	a, b := newRecord(testIDs{3, 1, 0}, agent.KindServer, "open", testTimes{0, 10}),
		newRecord(testIDs{3, 2, 1}, agent.KindClient, "ended", testTimes{1, 2})
	x, y := newRecord(testIDs{4, 1, 0}, agent.KindServer, "x", testTimes{0, 10}),
		newRecord(testIDs{4, 2, 1}, agent.KindProducer, "dropped", testTimes{1, 2})
	starts(a, b, x, y)
	ends(b, x)
	c.Dropped(y)
	c.Flush()
	note("a span that comes after its trace was printed")
	ends(a)
	if len(c.traces) != 0 {
		t.Errorf("%d traces kept", len(c.traces))
	}

	checkFile(t, "testdata/console.txt", out.String())
}

// checkFile compares a text with the content of a file, which it writes first with -accept.
func checkFile(t *testing.T, file, got string) {
	t.Helper()
	if *accept {
		if err := os.WriteFile(file, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil || got != string(want) {
		t.Errorf("%v\n%s", err, got)
	}
}

func TestConsoleColours(t *testing.T) {
	var plain, coloured bytes.Buffer
	for out, on := range map[*bytes.Buffer]bool{&plain: false, &coloured: true} {
		r := newRecord(testIDs{1, 1, 0}, agent.KindServer, "x", testTimes{0, 1})
		r.Status = agent.StatusError
		NewConsole(out, on, "").Export([]*agent.Record{r}, nil)
	}
	if strings.Contains(plain.String(), "\x1b") || !strings.Contains(coloured.String(), "\x1b[31merror\x1b[0m") {
		t.Errorf("%q\n%q", plain.String(), coloured.String())
	}
}

func TestConsoleIsBounded(t *testing.T) {
	var out bytes.Buffer
	c := NewConsole(&out, false, "")
	id := func(i int) (id [16]byte) {
		id[0], id[1], id[2] = 1, byte(i), byte(i>>8)
		return id
	}
	for i := 0; i < 3*maxTraces; i++ {
		c.Started(id(i))
		c.Started(id(i))
		c.Export([]*agent.Record{{TraceID: id(i), Name: "x"}}, nil)
	}
	if n := strings.Count(out.String(), "(1 not ended)"); len(c.traces) != maxTraces || n != 2*maxTraces {
		t.Errorf("%d kept, %d printed", len(c.traces), n)
	}
	c.Flush()
	out.Reset()
	for i := 0; i < maxTraceSpans+10; i++ {
		c.Started(id(0))
	}
	for i := 0; i < maxTraceSpans; i++ {
		c.Export([]*agent.Record{{TraceID: id(0), Name: "x"}}, nil)
	}
	if t0 := c.traces[id(0)]; len(t0.spans) != 0 || t0.openSpans != 10 || !strings.Contains(out.String(), "2048 spans") {
		t.Errorf("%d kept, %d open", len(t0.spans), t0.openSpans)
	}
}

// stuckWriter is an output that nobody reads.
type stuckWriter chan bool

func (w stuckWriter) Write(b []byte) (int, error) { <-w; return len(b), nil }

// TestConsoleDoesNotBlock checks that goroutines of the program go on if standard error does not,
// and that memory stays bounded.
func TestConsoleDoesNotBlock(t *testing.T) {
	out := stuckWriter(make(chan bool))
	defer close(out)
	c := NewConsole(out, false, "")
	ended := func(i int) *agent.Record {
		r := newRecord(testIDs{byte(i), 1, 0}, agent.KindServer, "x", testTimes{0, 1})
		r.TraceID[1] = byte(i >> 8)
		for k := 0; k < 60; k++ {
			r.Attrs = append(r.Attrs, agent.String(fmt.Sprint(k), strings.Repeat("x", maxShownText)))
		}
		return r
	}
	for i := 0; i < maxTraces; i++ {
		c.Started(ended(i).TraceID)
		c.Started(ended(i).TraceID)
		c.Export([]*agent.Record{ended(i)}, nil)
	}
	done := make(chan bool)
	go func() {
		defer close(done)
		for i := 0; i < maxTraces; i++ {
			c.Dropped(ended(i + maxTraces/2))
			c.Started(ended(i + maxTraces).TraceID) // the oldest trace is evicted
		}
	}()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		t.Fatal("the program waits")
	}
	if len(c.pending) > maxPending || c.unprinted == 0 || len(c.traces) > maxTraces {
		t.Errorf("%d bytes, %d traces, %d that are not printed", len(c.pending), len(c.traces), c.unprinted)
	}
}

// TestConsoleWhole checks that traces of many goroutines are each printed in one piece.
func TestConsoleWhole(t *testing.T) {
	const traces = 200
	out := &separateWrites{}
	c := NewConsole(out, false, "")
	p := NewPipeline(c, Batching{Immediate: true, Queue: 1 << 14})
	agent.Enable(agent.Config{Ended: p.Ended, Started: c.Started, Sampler: agent.AlwaysOn})
	defer agent.Disable()
	var all sync.WaitGroup
	for i := 0; i < traces; i++ {
		all.Add(1)
		emulate.Go(func() {
			defer all.Done()
			server := agent.StartServer("GET", nil)
			ctx := server.Context(context.Background())
			var children sync.WaitGroup
			for j := 0; j < 3; j++ {
				children.Add(1)
				emulate.Go(func() {
					defer children.Done()
					s := agent.StartClient(ctx, "call")
					s.EndErr(errors.New("x"))
				})
			}
			server.Leave()
			children.Wait()
			server.End()
		})
	}
	all.Wait()
	p.Flush(time.Hour)
	if len(out.all) != traces || p.Dropped() != 0 {
		t.Fatalf("%d pieces", len(out.all))
	}
	for _, piece := range out.all {
		if lines := strings.Split(piece, "\n"); len(lines) != 6 || !strings.HasPrefix(lines[1], "  server GET ") ||
			!strings.HasPrefix(lines[4], "    client call ") {
			t.Errorf("%s", piece)
		}
	}
}

// separateWrites stores each Write separately.
type separateWrites struct {
	mu  sync.Mutex
	all []string
}

func (p *separateWrites) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all = append(p.all, string(b))
	return len(b), nil
}

func TestDuration(t *testing.T) {
	for in, want := range map[int64]string{0: "0s", 999: "999ns", 12345: "12.35\u00b5s", 12345678: "12.346ms", 1234567890: "1.235s"} {
		if got := durationText(in); got != want {
			t.Errorf("%d: %s, want %s", in, got, want)
		}
	}
}
