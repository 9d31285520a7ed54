package agent_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"goagent/agent"
	"goagent/internal/emulate"
)

// TestEarlierGeneration checks that a Span does nothing once its span has been reused.
func TestEarlierGeneration(t *testing.T) {
	defer emulate.SharedSlot()()
	s := enable(t, nil)
	var old []agent.Span
	for i := 0; i < 100; i++ {
		span := agent.StartInternal(nil, "old")
		end(span)
		old = append(old, span)
	}
	s.spans = nil
	span := agent.StartInternal(nil, "new")
	id := span.SpanID()
	for _, o := range old {
		o.SetString("k", "v")
		o.SetName("renamed")
		o.SetError("x")
		o.SetPanic("x")
		o.AddEvent("e", nil)
		o.AddLink(span.TraceContext(), nil)
		o.Leave()
		o.End()
		o.EndErr(context.Canceled)
		if o.Recording() || o == span {
			t.Fatal("it lives")
		}
		if c := o.Context(context.Background()); agent.FromContext(c).SpanID() != id {
			t.Fatal("its context has another span")
		}
		if got := o.SpanID(); got == id {
			t.Fatal("it says that it is the new one")
		}
		h := map[string][]string{}
		if o.InjectHeader(h); len(h) > 0 && h["Traceparent"][0][36:52] == id {
			t.Fatal("it injects the new one")
		}
	}
	if agent.Current() != span || len(s.spans) != 0 {
		t.Error("the new one was left or has ended")
	}
	end(span)
	if r := s.only(t, "new"); len(r.Attrs) != 0 || len(r.Events) != 0 || len(r.Links) != 0 || r.Status != agent.StatusUnset {
		t.Errorf("%+v", r)
	}
}

// TestHeldSpansAreNotRecycled checks that spans that others may hold are unchanged.
func TestHeldSpansAreNotRecycled(t *testing.T) {
	s := enable(t, nil)
	for name, hold := range map[string]func(agent.Span) func() string{
		"context": func(span agent.Span) func() string {
			c := span.Context(context.Background())
			return func() string { return agent.FromContext(c).SpanID() }
		},
		"child": func(span agent.Span) func() string {
			child := agent.StartInternal(nil, "child")
			return func() string { end(child); return span.SpanID() }
		},
		"goroutine": func(agent.Span) func() string {
			ask, answer := make(chan bool), make(chan string)
			emulate.Go(func() { <-ask; answer <- agent.Current().SpanID() })
			return func() string { ask <- true; return <-answer }
		},
		"suppressed": func(span agent.Span) func() string {
			was := agent.Suppress()
			return func() string { was.Restore(); return span.SpanID() }
		},
		"elsewhere": func(span agent.Span) func() string {
			done := make(chan bool)
			go func() { span.Leave(); done <- true }() // left elsewhere: still in our slot
			<-done
			return func() string { return span.SpanID() }
		},
	} {
		span := agent.StartInternal(nil, name)
		id := span.SpanID()
		still := hold(span)
		end(span)
		for i := 0; i < 50; i++ { // would take it from the pool
			other := agent.StartInternal(nil, "other")
			defer end(other)
		}
		if got := still(); got != id {
			t.Errorf("%s: %s, was %s", name, got, id)
		}
		agent.Detach()
	}
	_ = s
}

// TestGenerationsRace ends, leaves and uses spans in several goroutines at once, while others are
// started. With -race nothing is found, and every span is exported once.
func TestGenerationsRace(t *testing.T) {
	var mu sync.Mutex
	ended := map[[8]byte]int{}
	enable(t, func(c *agent.Config) {
		c.Ended = func(r *agent.Record) {
			mu.Lock()
			ended[r.SpanID]++
			mu.Unlock()
			if r.Name != fmt.Sprint(r.Attrs[0].Num) {
				t.Errorf("%s has the attribute of another: %d", r.Name, r.Attrs[0].Num)
			}
			r.Release()
		}
	})
	const workers, each = 8, 300
	var all sync.WaitGroup
	for w := 0; w < workers; w++ {
		all.Add(1)
		go func(w int) {
			defer all.Done()
			for i := 0; i < each; i++ {
				n := w*each + i
				span := agent.StartInternal(nil, fmt.Sprint(n))
				span.SetInt("n", int64(n))
				var others sync.WaitGroup
				for k := 0; k < 3; k++ {
					others.Add(1)
					go func(k int) {
						defer others.Done()
						if k == i%5 {
							agent.FromContext(span.Context(context.Background())).SpanID()
						}
						span.End()
						span.SetInt("n", -1)
						_ = span.SpanID()
						span.EndErr(nil)
						runtime.Gosched()
						span.SetName("x")
					}(k)
				}
				span.Leave()
				others.Wait()
			}
		}(w)
	}
	all.Wait()
	if len(ended) != workers*each {
		t.Errorf("%d spans", len(ended))
	}
	for id, n := range ended {
		if n != 1 {
			t.Errorf("%x: %d times", id, n)
		}
	}
}

// TestParentGrace checks that a worker that a request has started belongs to it while the request
// is in progress and shortly afterwards. Later its work forms traces of their own, with a link.
func TestParentGrace(t *testing.T) {
	for _, c := range []struct {
		orphans    time.Duration
		later      time.Duration
		during, at string // the parent while the server goes on, and later
	}{{0, 50 * time.Second, "work", "server"}, {0, 63 * time.Second, "server", ""}, {time.Hour, time.Minute, "work", "work"},
		{time.Hour, 2 * time.Hour, "server", ""}, {-1, 1000 * time.Hour, "work", "work"},
		{time.Millisecond, 4 * time.Second, "server", ""}} {
		s := enable(t, func(g *agent.Config) { g.ParentGrace = c.orphans })
		server := agent.StartServer("server", remote)
		work := agent.StartInternal(nil, "work")
		jobs, done := make(chan string), make(chan bool)
		emulate.Go(func() {
			for name := range jobs {
				end(agent.StartInternal(nil, name))
				done <- true
			}
			agent.Detach()
		})
		do := func(name string) { jobs <- name; <-done }
		end(work)
		agent.Later(c.later)
		do("during")
		end(server)
		agent.Later(c.later)
		do("late")
		do("later")
		close(jobs)
		s.checkChild(t, "during", c.during)
		if c.at != "" {
			s.checkChild(t, "late", c.at)
			continue
		}
		s.checkRoot(t, "late")
		s.checkRoot(t, "later")
		links := s.only(t, "late").Links
		if len(links) != 1 || links[0].Context.TraceID != s.only(t, "work").TraceID {
			t.Errorf("%+v: links %+v", c, links)
		}
		if s.only(t, "late").TraceID == s.only(t, "later").TraceID {
			t.Error("one trace for all")
		}
	}
}

// TestLeftByAnotherFirst checks that a goroutine that has inherited a span leaves it only for
// itself. A callback that ends a span which its sender has not left yet does not take the outer
// span from the sender.
func TestLeftByAnotherFirst(t *testing.T) {
	for _, with := range []string{"EndErr", "End, Leave"} {
		s := enable(t, nil)
		server := agent.StartServer("server", remote)
		job := agent.StartInternal(nil, "job")
		send := agent.StartProducer(nil, "send")
		inGoroutine(func() {
			if with == "EndErr" {
				send.EndErr(nil)
			} else {
				send.End()
				send.Leave()
			}
			end(agent.StartInternal(nil, "callback"))
		})
		send.Leave()
		end(agent.StartClient(nil, "next"))
		end(job)
		agent.StartInternal(nil, "never left").End()
		inGoroutine(server.Leave)
		end(server)
		s.checkChild(t, "callback", "job")
		s.checkChild(t, "next", "job")
		if agent.Current() != (agent.Span{}) {
			t.Error(with, "something is current at the end")
		}
	}
}

// TestChainOfGoroutines checks that spans that have ended are freed if each goroutine starts the
// next one within its span and lives no longer.
func TestChainOfGoroutines(t *testing.T) {
	enable(t, func(c *agent.Config) { c.Ended = nil; c.Sampler = agent.Sampler{} })
	whole := agent.StartInternal(nil, "is never over")
	last, measured := make(chan bool), make(chan bool)
	var link func(n int)
	link = func(n int) {
		first, second := agent.StartInternal(nil, "first"), agent.StartInternal(nil, "second")
		next := func() { link(n - 1) }
		switch {
		case n == 0:
			last <- true
			<-measured
		case n%2 == 0:
			defer emulate.Go(next)
		default:
			emulate.Go(next)
		}
		first.End()
		second.EndErr(nil)
		first.Leave()
	}
	heap := func(links int) uint64 {
		emulate.Go(func() { link(links) })
		<-last
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		measured <- true
		return m.HeapAlloc
	}
	heap(100)
	before := heap(100)
	if after := heap(10000); after > before+400<<10 {
		t.Errorf("%d KB, then %d", before>>10, after>>10)
	}
	end(whole)
}
