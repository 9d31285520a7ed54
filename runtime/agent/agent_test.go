package agent_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
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

// sink keeps what has ended.
type sink struct {
	mu    sync.Mutex
	spans []*agent.Record
}

func (s *sink) ended(r *agent.Record) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.spans = append(s.spans, r)
}

// one returns the only span of this name.
func (s *sink) one(t *testing.T, name string) *agent.Record {
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

func (s *sink) child(t *testing.T, name, parent string) {
	t.Helper()
	c, p := s.one(t, name), s.one(t, parent)
	if c.ParentID != p.SpanID || c.TraceID != p.TraceID {
		t.Errorf("%q: parent %x, trace %x; want %q: %x, %x", name, c.ParentID, c.TraceID, parent, p.SpanID, p.TraceID)
	}
}

func (s *sink) root(t *testing.T, name string) {
	t.Helper()
	if r := s.one(t, name); r.ParentID != [8]byte{} {
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

// wait runs f in a goroutine that inherits the current span.
func wait(f func()) {
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
	wait(func() {
		c := agent.StartClient(nil, "in goroutine")
		wait(func() { end(agent.StartClient(nil, "in its child")) })
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
	r := s.one(t, "server")
	if got := fmt.Sprintf("%x %x %v %s", r.TraceID, r.ParentID, r.Remote, r.State); got != "0af7651916cd43dd8448eb211c80319c b7ad6b7169203331 true a=1" {
		t.Error(got)
	}
	s.child(t, "outer", "server")
	s.child(t, "inner", "outer")
	s.child(t, "next", "server")
	s.child(t, "in goroutine", "next")
	s.child(t, "in its child", "in goroutine")
	s.root(t, "second server")
	if s.one(t, "outer").Remote || s.one(t, "second server").TraceID == r.TraceID {
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
	s.child(t, "of a", "a")
	s.child(t, "of b", "b")
	s.root(t, "b")
}

func TestLeaveInAnyOrder(t *testing.T) {
	enable(t, nil)
	outer := agent.StartInternal(nil, "outer")
	a := agent.StartInternal(nil, "a")
	b := agent.StartInternal(nil, "b")
	a.Leave()
	if agent.Current() != b {
		t.Error("b is current until it leaves")
	}
	b.Leave()
	if agent.Current() != outer {
		t.Error("a was left already")
	}
	b.Leave()
	a.Leave()
	if agent.Current() != outer {
		t.Error("a second Leave changed something")
	}
	c := agent.StartInternal(nil, "c")
	wait(func() { agent.Detach(); c.Leave() })
	if agent.Current() != outer {
		t.Error("c was left in another goroutine")
	}
	d := agent.StartInternal(nil, "d")
	d.End()
	if agent.Current() != outer {
		t.Error("d is over: nothing may start below it here")
	}
	d.Leave()
	if agent.Current() != outer {
		t.Error("d left late")
	}
	end(outer, a, b, c)
	if agent.Current() != (agent.Span{}) {
		t.Error("something is current at the end")
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
		agent.Route("/too/late")
		server.EndErr(errors.New("a second end"))
		end(agent.StartInternal(nil, "still"))
		agent.Detach()
		end(agent.StartInternal(nil, "alone"))
	})
	end(server)
	close(over)
	<-done
	s.child(t, "late", "server")
	s.child(t, "later", "late")
	s.root(t, "alone")
	if r := s.one(t, "server"); r.Status != agent.StatusUnset || len(r.Attrs) != 0 {
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
	r := s.one(t, "span")
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
		if s.Recording() || s.TraceID() != "" || s.SpanID() != "" || s.TraceContext().Valid() || len(h) != 0 {
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
	agent.Route("/a")
	agent.InjectHeader(nil)
}

func TestAttributes(t *testing.T) {
	s := enable(t, func(c *agent.Config) { c.Limits = agent.Limits{AttrCount: 5, AttrLength: 5} })
	span := agent.StartInternal(nil, "a long name")
	span.SetString("s", "12345678")
	span.SetString("s", "1234\u00e9")
	span.SetInt("i", -7)
	span.SetBool("b", true)
	span.SetFloat("f", 1.5)
	span.SetText("t", []byte("123456789"))
	span.SetText("t", []byte("123456789"))
	span.SetInt("too many", 1)
	span.SetError("kind")
	span.SetInt("", 1)
	end(span)
	r := s.one(t, "a long name")
	got := fmt.Sprint(r.Attrs, r.DroppedAttrs, r.Status)
	want := fmt.Sprint([]agent.Attr{agent.String("s", "1234"), agent.Int("i", -7), agent.Bool("b", true),
		agent.Float("f", 1.5), agent.String("t", "12345")}, 2, agent.StatusError)
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestRecordIsRecycledClean(t *testing.T) {
	enable(t, nil)
	first := agent.StartServer("first", remote)
	agent.Route("/x")
	first.SetPanic("boom")
	s := enable(t, func(c *agent.Config) {})
	end(first)
	r := s.one(t, "first /x")
	r.Release()
	if r.Name != "" || len(r.Attrs) != 0 || len(r.Events) != 0 || r.State != "" || r.Status != 0 || r.ParentID != [8]byte{} {
		t.Errorf("left over: %+v", r)
	}
	if all := r.Attrs[:cap(r.Attrs)]; len(all) > 0 && all[0] != (agent.Attr{}) {
		t.Errorf("keeps the program's strings: %v", all[0])
	}
}

func TestRoute(t *testing.T) {
	s := enable(t, nil)
	named := func(name, rpc string, act func()) {
		t.Helper()
		server := agent.StartServer(rpc, nil)
		act()
		end(server)
		s.one(t, name)
		s.spans = nil
	}
	named("GET", "GET", func() {})
	named("GET /a", "GET", func() { agent.Route("/a") })
	named("GET /b", "GET", func() { agent.Route("/a"); agent.Route("/b"); agent.Route("") })
	named("GET /mux", "GET", func() { agent.RouteFallback("/mux") })
	named("GET /a", "GET", func() { agent.RouteFallback("/mux"); agent.Route("/a") })
	named("GET /a", "GET", func() { agent.Route("/a"); agent.RouteFallback("/mux") })
	named("pkg.Service/Method", "pkg.Service/Method", func() { agent.Route("/a") })
	named("GET /a", "GET", func() { // from deep within, in another goroutine, below another server's span
		i := agent.StartInternal(nil, "i")
		inner := agent.StartServer("POST", nil)
		agent.Route("/inner")
		end(inner)
		wait(func() { c := agent.StartClient(nil, "c"); agent.Route("/a"); end(c) })
		end(i)
		s.one(t, "POST /inner")
	})
	server := agent.StartServer("GET", nil)
	agent.Route("/x")
	end(server)
	if a, _ := attr(s.one(t, "GET /x"), "http.route"); a.Str != "/x" {
		t.Error("http.route is", a)
	}
}

func TestRouteNamesAreBounded(t *testing.T) {
	s := enable(t, nil)
	for i := 0; i < 3000; i++ {
		server := agent.StartServer("GET", nil)
		agent.Route(fmt.Sprint("/", i))
		end(server)
	}
	s.one(t, "GET /2999")
	s.one(t, "GET /7")
}

func TestSampler(t *testing.T) {
	unsampled := map[string][]string{"Traceparent": {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"}}
	for _, c := range []struct {
		sampler                     agent.Sampler
		root, parent, parentSampled bool
	}{
		{agent.Sampler{}, false, false, false},
		{agent.Sampler{Ratio: 1}, true, true, true},
		{agent.AlwaysOn, true, false, true},
		{agent.Sampler{ParentBased: true}, false, false, true},
	} {
		enable(t, func(config *agent.Config) { config.Sampler = c.sampler })
		for _, in := range []struct {
			headers map[string][]string
			want    bool
		}{{nil, c.root}, {unsampled, c.parent}, {remote, c.parentSampled}} {
			server := agent.StartServer("s", in.headers)
			child := agent.StartClient(nil, "c")
			h := map[string][]string{}
			agent.InjectHeader(h)
			if server.Recording() != in.want || child.Recording() != in.want {
				t.Errorf("%+v %v: recording %v, %v", c.sampler, in.headers, server.Recording(), child.Recording())
			}
			flags := "-00"
			if in.want {
				flags = "-01"
			}
			if v := h["Traceparent"]; len(v) != 1 || !strings.HasSuffix(v[0], flags) || !strings.Contains(v[0], child.SpanID()) {
				t.Errorf("%+v: injects %v", c.sampler, v)
			}
			end(child, server)
		}
	}
	n := 0
	enable(t, func(config *agent.Config) { config.Sampler = agent.Sampler{Ratio: 0.25} })
	for i := 0; i < 4000; i++ {
		s := agent.StartServer("s", nil)
		if s.Recording() {
			n++
		}
		end(s)
	}
	if n < 800 || n > 1200 { // 7 standard deviations
		t.Errorf("%d of 4000 at a ratio of 0.25", n)
	}
}

func TestInject(t *testing.T) {
	enable(t, nil)
	server := agent.StartServer("s", remote)
	h := map[string][]string{}
	agent.InjectHeader(h)
	want := "00-0af7651916cd43dd8448eb211c80319c-" + server.SpanID() + "-01"
	if h["Traceparent"][0] != want || h["Tracestate"][0] != "a=1" {
		t.Errorf("%v, want %s", h, want)
	}
	own := map[string][]string{"Traceparent": {"theirs"}}
	agent.InjectHeader(own)
	if own["Traceparent"][0] != "theirs" || own["Tracestate"] != nil {
		t.Error("overwritten")
	}
	end(server)
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
	wait(check)
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

func TestFaultAndPanic(t *testing.T) {
	s := enable(t, nil)
	span := agent.StartInternal(nil, "s")
	span.SetPanic(fmt.Errorf("%s", bytes.Repeat([]byte("x"), 5000)))
	span.SetPanic(angry{})
	span.SetPanic(nil)
	end(span)
	r := s.one(t, "s")
	if len(r.Events) != 3 || r.Status != agent.StatusError || len(r.Events[0].Attrs[1].Str) != 1024 {
		t.Errorf("%+v", r.Events)
	}
	if got := r.Events[1].Attrs[1].Str; got != "agent_test.angry" {
		t.Error(got)
	}
	before := agent.Faults()
	p := &agent.Point{Plugin: "p", Rule: "r", Package: "example.com/p", Function: "F"}
	said := stderr(t, func() {
		agent.Fault(p, errors.New("first"))
		agent.Fault(p, errors.New("second"))
		agent.Fault(nil, nil)
		agent.Fault(&agent.Point{}, angry{})
	})
	if agent.Faults() != before+4 {
		t.Error("not counted")
	}
	if !strings.Contains(said, "rule r of plugin p failed in example.com/p.F: first") || strings.Contains(said, "second") {
		t.Error(said)
	}
}

type angry struct{}

func (angry) Error() string { panic("no") }

func TestErrorTypes(t *testing.T) {
	s := enable(t, nil)
	for _, c := range []struct {
		err  error
		want string
	}{
		{errors.New("x"), "*errors.errorString"},
		{fmt.Errorf("x: %w", context.Canceled), "context.Canceled"},
		{fmt.Errorf("x: %w", fmt.Errorf("y: %w", &os.PathError{})), "*fs.PathError"},
		{angry{}, "agent_test.angry"},
	} {
		s.spans = nil
		span := agent.StartInternal(nil, "s")
		span.EndErr(c.err)
		r := s.one(t, "s")
		if a, _ := attr(r, "error.type"); a.Str != c.want || r.Status != agent.StatusError {
			t.Errorf("%v: %v", c.err, r.Attrs)
		}
	}
	s.spans = nil
	agent.StartInternal(nil, "good").EndErr(nil)
	if r := s.one(t, "good"); r.Status != agent.StatusUnset || agent.Current() != (agent.Span{}) {
		t.Error("no error is no error")
	}
}

// stderr returns what f prints there.
func stderr(t *testing.T, f func()) string {
	t.Helper()
	file, err := os.CreateTemp(t.TempDir(), "stderr")
	if err != nil {
		t.Fatal(err)
	}
	old := os.Stderr
	os.Stderr = file
	f()
	os.Stderr = old
	text, err := os.ReadFile(file.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
