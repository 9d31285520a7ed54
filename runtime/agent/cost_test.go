package agent_test

import (
	"context"
	"testing"

	"goagent/agent"
	"goagent/internal/emulate"
	"goagent/propagate"
)

// checkAllocs checks the allocations of one call, or of one span with everything that its plugin
// does. The record comes from a pool, the span's own small object does not. Emulated goroutine
// slots allocate, so the tests use a shared one.
func checkAllocs(t *testing.T, want float64, name string, f func()) {
	t.Helper()
	f()
	if got := testing.AllocsPerRun(200, f); got > want {
		t.Errorf("%s: %v allocations, want at most %v", name, got, want)
	}
}

func enableRecycling(t *testing.T) {
	enable(t, func(c *agent.Config) { c.Ended = (*agent.Record).Release })
}

func TestAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector makes pools forget")
	}
	defer emulate.SharedSlot()()
	ctx := context.Background()
	agent.Disable()
	checkAllocs(t, 0, "disabled", func() {
		s := agent.StartServer("GET", remote)
		s.SetString("k", "v")
		agent.Route(s.Context(ctx), "/a", "/a")
		s.Leave()
		s.End()
		agent.StartClient(ctx, "GET").EndErr(nil)
	})
	agent.Enable(agent.Config{PropagateOnly: true, Formats: propagate.Default})
	checkAllocs(t, 0, "passing on", func() {
		s := agent.StartServer("GET", remote)
		agent.Route(s.Context(ctx), "/a", "/a")
		agent.StartClient(ctx, "GET").EndErr(nil)
		s.EndErr(nil)
	})
	enableRecycling(t)
	checkSpanAllocs(t, ctx)
}

func checkSpanAllocs(t *testing.T, ctx context.Context) {
	checkAllocs(t, 0, "internal span", func() {
		s := agent.StartInternal(ctx, "work")
		s.SetString("k", "v")
		s.SetInt("i", 1<<40)
		s.SetBool("b", true)
		s.SetFloat("f", 1.5)
		s.SetText("t", []byte("text"))
		s.Leave()
		s.End()
	})
	checkAllocs(t, 2, "server span and its context", func() {
		s := agent.StartServer("GET", remote)
		inner := s.Context(ctx)
		_ = agent.FromContext(inner)
		s.Leave()
		s.End()
	})
	checkAllocs(t, 2, "server span with two routers", func() {
		s := agent.StartServer("GET", nil)
		inner := s.Context(ctx)
		agent.Route(inner, "/mux/", "/mux/a")
		agent.Route(inner, "/{a}", "/a")
		s.Leave()
		s.End()
	})
	checkAllocs(t, 2, "server span with a span within", func() {
		s := agent.StartServer("GET", remote)
		inner := agent.StartInternal(s.Context(ctx), "work")
		inner.EndErr(nil)
		s.EndErr(nil)
	})
	h := map[string][]string{}
	checkAllocs(t, 1, "client span", func() {
		s := agent.StartClient(ctx, "GET")
		delete(h, "Traceparent")
		s.InjectHeader(h)
		s.EndErr(nil)
	})
	span := agent.StartInternal(nil, "s")
	checkAllocs(t, 1, "inject", func() {
		delete(h, "Traceparent")
		span.InjectHeader(h)
	})
	span.End()
}

func BenchmarkInternalSpan(b *testing.B) {
	defer emulate.NoSlots()()
	agent.Enable(agent.Config{Ended: (*agent.Record).Release, Sampler: agent.AlwaysOn})
	defer agent.Disable()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			s := agent.StartInternal(nil, "work")
			s.SetString("k", "v")
			s.SetInt("i", 1)
			s.Leave()
			s.End()
		}
	})
}

func BenchmarkDisabled(b *testing.B) {
	agent.Disable()
	b.ReportAllocs()
	for i := 0; i < b.N; i++ {
		s := agent.StartServer("GET", nil)
		s.Leave()
		s.End()
	}
}

// BenchmarkPropagateOnly measures a request whose context is only passed on.
func BenchmarkPropagateOnly(b *testing.B) {
	defer emulate.SharedSlot()()
	agent.Enable(agent.Config{PropagateOnly: true, Formats: propagate.Default})
	defer agent.Disable()
	for _, c := range []struct {
		name    string
		headers map[string][]string
	}{{"context", remote}, {"none", map[string][]string{"Host": {"x"}, "User-Agent": {"y"}}}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; i < b.N; i++ {
				s := agent.StartServer("GET", c.headers)
				s.EndErr(nil)
			}
		})
	}
}

// BenchmarkRecycledSpan measures a span that is reused: an internal span in a goroutine with a
// slot.
func BenchmarkRecycledSpan(b *testing.B) {
	defer emulate.SharedSlot()()
	agent.Enable(agent.Config{Ended: (*agent.Record).Release, Sampler: agent.AlwaysOn})
	defer agent.Disable()
	b.ReportAllocs()
	for i := 0; i < b.N; i++ {
		s := agent.StartInternal(nil, "work")
		s.SetString("k", "v")
		s.Leave()
		s.End()
	}
}
