package agent_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"testing"

	"goagent/agent"
	"goagent/internal/emulate"
	"goagent/propagate"
)

func TestMain(m *testing.M) {
	emulate.Goroutines()
	os.Exit(m.Run())
}

// sink stores the spans that have ended.
type sink struct {
	mu    sync.Mutex
	spans []*agent.Record
}

func (s *sink) ended(r *agent.Record) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.spans = append(s.spans, r)
}

// only returns the only span of this name.
func (s *sink) only(t *testing.T, name string) *agent.Record {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	var found *agent.Record
	for _, r := range s.spans {
		if r.Name == name {
			if found != nil {
				t.Fatalf("two spans %q", name)
			}
			found = r
		}
	}
	if found == nil {
		t.Fatalf("no span %q among %d", name, len(s.spans))
	}
	return found
}

func (s *sink) checkChild(t *testing.T, name, parent string) {
	t.Helper()
	c, p := s.only(t, name), s.only(t, parent)
	if c.ParentID != p.SpanID || c.TraceID != p.TraceID {
		t.Errorf("%q: parent %x, trace %x; want %q: %x, %x", name, c.ParentID, c.TraceID, parent, p.SpanID, p.TraceID)
	}
}

func (s *sink) checkRoot(t *testing.T, name string) {
	t.Helper()
	if r := s.only(t, name); r.ParentID != [8]byte{} {
		t.Errorf("%q has the parent %x", name, r.ParentID)
	}
}

func attr(r *agent.Record, key string) (agent.Attr, bool) {
	for _, a := range r.Attrs {
		if a.Key == key {
			return a, true
		}
	}
	return agent.Attr{}, false
}

func enable(t *testing.T, change func(*agent.Config)) *sink {
	t.Helper()
	s := &sink{}
	c := agent.Config{Ended: s.ended, Sampler: agent.AlwaysOn, Formats: propagate.Default}
	if change != nil {
		change(&c)
	}
	agent.Detach()
	agent.Enable(c)
	t.Cleanup(func() { agent.Disable(); agent.Detach() })
	return s
}

// inGoroutine runs f in a goroutine that inherits the current span.
func inGoroutine(f func()) {
	done := make(chan struct{})
	emulate.Go(func() { defer close(done); f() })
	<-done
}

func end(spans ...agent.Span) {
	for _, s := range spans {
		s.Leave()
		s.End()
	}
}

var remote = map[string][]string{"Traceparent": {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}, "Tracestate": {"a=1"}}

func TestParents(t *testing.T) {
	s := enable(t, nil)
	server := agent.StartServer("server", remote)
	outer := agent.StartInternal(nil, "outer")
	inner := agent.StartClient(context.Background(), "inner")
	end(inner, outer)
	next := agent.StartInternal(nil, "next")
	inGoroutine(func() {
		c := agent.StartClient(nil, "in goroutine")
		inGoroutine(func() { end(agent.StartClient(nil, "in its child")) })
		end(c)
	})
	second := agent.StartServer("second server", nil)
	end(second)
	if agent.Current() != next {
		t.Error("after Leave of a server span within it, next is not current")
	}
	end(next, server)
	if agent.Current() != (agent.Span{}) {
		t.Error("something is current at the end")
	}
	r := s.only(t, "server")
	got := fmt.Sprintf("%x %x %v %s", r.TraceID, r.ParentID, r.Remote, r.State)
	if got != "0af7651916cd43dd8448eb211c80319c b7ad6b7169203331 true a=1" {
		t.Error(got)
	}
	s.checkChild(t, "outer", "server")
	s.checkChild(t, "inner", "outer")
	s.checkChild(t, "next", "server")
	s.checkChild(t, "in goroutine", "next")
	s.checkChild(t, "in its child", "in goroutine")
	s.checkRoot(t, "second server")
	if s.only(t, "outer").Remote || s.only(t, "second server").TraceID == r.TraceID {
		t.Error("outer is remote, or the second server joined the first one's trace")
	}
}

func TestContextWins(t *testing.T) {
	s := enable(t, nil)
	a := agent.StartInternal(nil, "a")
	ctx := a.Context(context.Background())
	a.Leave()
	b := agent.StartInternal(nil, "b")
	type key struct{}
	end(agent.StartClient(context.WithValue(ctx, key{}, 1), "of a"))
	end(agent.StartClient(context.WithValue(context.Background(), key{}, 1), "of b"))
	if agent.FromContext(ctx) != a || agent.FromContext(context.Background()) != b || agent.FromContext(nil) != b {
		t.Error("FromContext")
	}
	if agent.Current() != b {
		t.Error("b is not current")
	}
	end(b)
	a.End()
	s.checkChild(t, "of a", "a")
	s.checkChild(t, "of b", "b")
	s.checkRoot(t, "b")
}

func TestLeaveInAnyOrder(t *testing.T) {
	enable(t, nil)
	outer := agent.StartInternal(nil, "outer")
	a := agent.StartInternal(nil, "a")
	b := agent.StartInternal(nil, "b")
	a.Leave()
	if agent.Current() != outer {
		t.Error("b was started within a and ends with it")
	}
	b.Leave()
	a.Leave()
	if agent.Current() != outer {
		t.Error("a second Leave changed something")
	}
	c := agent.StartInternal(nil, "c")
	inGoroutine(func() { agent.Detach(); c.Leave() })
	if agent.Current() != outer {
		t.Error("c was left in another goroutine")
	}
	end(outer, a, b, c)
	if agent.Current() != (agent.Span{}) {
		t.Error("something is current at the end")
	}
}

// TestMissingLeave checks that a plugin that never leaves causes neither endless traces nor
// unbounded memory.
func TestMissingLeave(t *testing.T) {
	s := enable(t, nil)
	outer := agent.StartServer("outer", nil)
	for i := 0; i < 10; i++ {
		agent.StartInternal(nil, "forgotten").EndEarly(&agent.Outcome{})
	}
	end(outer)
	if agent.Current() != (agent.Span{}) {
		t.Error("the server's Leave did not take them away")
	}
	s.spans = nil
	for i := 0; i < 10000; i++ {
		agent.StartInternal(nil, "forgotten").EndEarly(&agent.Outcome{})
	}
	traces := map[[16]byte]int{}
	for _, r := range s.spans {
		traces[r.TraceID]++
	}
	for _, n := range traces {
		if n > 110 {
			t.Errorf("a trace of %d spans", n)
		}
	}
}

// TestDeepRecursion checks that deeply nested spans keep their parents.
func TestDeepRecursion(t *testing.T) {
	s := enable(t, nil)
	var deep func(n int)
	deep = func(n int) {
		span := agent.StartInternal(nil, fmt.Sprint(n))
		if n < 500 {
			deep(n + 1)
		}
		if agent.Current() != span {
			t.Errorf("%d is not current", n)
		}
		span.EndErr(nil)
	}
	deep(0)
	for n := 1; n <= 500; n++ {
		s.checkChild(t, fmt.Sprint(n), fmt.Sprint(n-1))
	}
}

func TestChildOutlivesParent(t *testing.T) {
	s := enable(t, nil)
	server := agent.StartServer("server", nil)
	over, done := make(chan struct{}), make(chan struct{})
	emulate.Go(func() {
		defer close(done)
		<-over
		c := agent.StartInternal(nil, "late")
		end(agent.StartInternal(nil, "later"))
		end(c)
		agent.Route(server.Context(nil), "/too/late", "/")
		server.EndErr(errors.New("a second end"))
		end(agent.StartInternal(nil, "still"))
		agent.Detach()
		end(agent.StartInternal(nil, "alone"))
	})
	end(server)
	close(over)
	<-done
	s.checkChild(t, "late", "server")
	s.checkChild(t, "later", "late")
	s.checkRoot(t, "alone")
	if r := s.only(t, "server"); r.Status != agent.StatusUnset || len(r.Attrs) != 0 {
		t.Error("changed after its end")
	}
	if len(s.spans) != 5 {
		t.Errorf("%d spans", len(s.spans))
	}
}

func TestEndFromAnywhere(t *testing.T) {
	s := enable(t, nil)
	span := agent.StartClient(nil, "span")
	var all sync.WaitGroup
	for i := 0; i < 8; i++ {
		all.Add(1)
		go func() {
			defer all.Done()
			span.SetInt("i", 1)
			span.SetName("span")
			span.End()
			span.SetString("after", "x")
		}()
	}
	all.Wait()
	span.Leave()
	r := s.only(t, "span")
	if _, late := attr(r, "after"); late || span.Recording() {
		t.Error("set after the end")
	}
	if r.End < r.Start {
		t.Error("ends before it starts")
	}
}

func TestZeroSpan(t *testing.T) {
	agent.Disable()
	agent.Detach()
	use := func(s agent.Span) {
		s.SetString("a", "b")
		s.SetInt("a", 1)
		s.SetBool("a", true)
		s.SetFloat("a", 1)
		s.SetText("a", nil)
		s.Set([]agent.Attr{agent.Int("a", 1)})
		s.SetName("a")
		s.SetError("a")
		s.SetPanic("a")
		s.EndErr(errors.New("a"))
		s.Leave()
		s.End()
		h := map[string][]string{}
		s.InjectHeader(h)
		if s.Recording() || s.TraceID() != "" || s.SpanID() != "" || s.TraceContext() != (propagate.Context{}) || len(h) != 0 {
			t.Error("the zero Span is something")
		}
		if ctx := context.Background(); s.Context(ctx) != ctx {
			t.Error("a context was made")
		}
	}
	use(agent.Span{})
	use(agent.StartServer("a", remote))
	use(agent.StartClient(context.Background(), "a"))
	use(agent.Current())
	agent.Route(context.Background(), "/a", "/a")
	agent.InjectHeader(nil)
}

func TestSuppress(t *testing.T) {
	s := enable(t, nil)
	outer := agent.StartInternal(nil, "outer")
	restore := agent.Suppress()
	check := func() {
		agent.Detach()
		for _, span := range []agent.Span{agent.StartServer("x", nil), agent.StartClient(nil, "x"),
			agent.StartInternal(outer.Context(context.Background()), "x"), agent.Current()} {
			if span != (agent.Span{}) {
				t.Error("a span in spite of Suppress")
			}
		}
	}
	check()
	inGoroutine(check)
	restore.Restore()
	if agent.Current() != outer {
		t.Error("not restored")
	}
	ctx := agent.SuppressContext(context.Background())
	if agent.StartClient(ctx, "x") != (agent.Span{}) || agent.FromContext(ctx) != (agent.Span{}) {
		t.Error("a span in spite of SuppressContext")
	}
	end(outer)
	if len(s.spans) != 1 {
		t.Errorf("%d spans", len(s.spans))
	}
}

func TestDerivedContextsNeedNoGoroutine(t *testing.T) {
	enable(t, nil)
	parent, cancelParent := context.WithCancel(context.Background())
	span := agent.StartInternal(nil, "s")
	defer end(span)
	ctx := span.Context(parent)
	before := runtime.NumGoroutine()
	var children []context.Context
	for i := 0; i < 100; i++ {
		c, cancel := context.WithCancel(ctx)
		defer cancel()
		children = append(children, c)
	}
	if n := runtime.NumGoroutine(); n >= before+50 {
		t.Errorf("%d goroutines, before %d", n, before)
	}
	cancelParent()
	for _, c := range children {
		<-c.Done()
	}
	if fmt.Sprint(ctx) != fmt.Sprint(parent) {
		t.Errorf("prints as %v", ctx)
	}
}
