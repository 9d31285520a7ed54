package agent_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"goagent/agent"
	"goagent/internal/emulate"
)

// TestSilent checks that nothing within a silent span makes spans, in any goroutine. A context with
// another span takes precedence, and a goroutine that has only inherited the silent span makes
// spans again after some time.
func TestSilent(t *testing.T) {
	s := enable(t, nil)
	other := agent.StartInternal(nil, "other")
	otherContext := other.Context(context.Background())
	end(other)
	silent := agent.StartSilent()
	ctx := silent.Context(context.Background())
	jobs, done := make(chan func()), make(chan bool)
	emulate.Go(func() {
		for job := range jobs {
			job()
			done <- true
		}
		agent.Detach()
	})
	do := func(ctx context.Context, name string) {
		jobs <- func() { end(agent.StartInternal(ctx, name)) }
		<-done
	}
	do(nil, "inherited")
	do(otherContext, "of another context")
	h := map[string][]string{}
	agent.InjectHeader(h)
	agent.Route(ctx, "/x", "/x")
	agent.Current().SetString("k", "v")
	if len(h) != 0 || agent.FromContext(ctx) != (agent.Span{}) || agent.ServerSpan(ctx) != (agent.Span{}) || silent.Recording() {
		t.Error("it can be seen")
	}
	end(agent.StartClient(nil, "within"))
	end(silent)
	end(agent.StartClient(ctx, "by context"))
	do(nil, "shortly after")
	agent.Later(2 * time.Minute)
	do(nil, "long after")
	do(ctx, "long after, by context")
	jobs <- agent.Detach
	<-done
	do(nil, "detached")
	close(jobs)
	if len(s.spans) != 4 {
		t.Errorf("%d spans", len(s.spans))
	}
	s.checkChild(t, "of another context", "other")
	s.checkRoot(t, "long after")
	s.checkRoot(t, "detached")
	if links := s.only(t, "long after").Links; len(links) != 0 {
		t.Errorf("links %+v", links)
	}
	if agent.Current() != (agent.Span{}) {
		t.Error("was not left")
	}
}

// TestSilentServer checks that requests sent while serving an exporter's request are not sampled by
// others either, and that the exporter's own request is sent unchanged.
func TestSilentServer(t *testing.T) {
	s := enable(t, nil)
	sent := func(ctx context.Context) string {
		call := agent.StartClient(ctx, "call")
		h := map[string][]string{}
		agent.InjectHeader(h)
		end(call)
		return strings.Join(append(h["Traceparent"], agent.OutgoingHeader(nil)["Traceparent"]...), " ")
	}
	silent := agent.StartSilentServer(remote)
	ctx := silent.Context(context.Background())
	const trace = "00-0af7651916cd43dd8448eb211c80319c-"
	if h := sent(nil); !strings.HasPrefix(h, trace) || !strings.HasSuffix(h, "-00") || strings.Contains(h, "b7ad6b7169203331") {
		t.Error(h)
	}
	export := agent.StartSilent()
	if h := sent(nil); h != "" || !agent.Sends() {
		t.Error("an export is sent with", h)
	}
	end(export, silent)
	if agent.Sends() || agent.Current() != (agent.Span{}) {
		t.Error("was not left")
	}
	if h := sent(ctx); !strings.HasPrefix(h, trace) || !strings.HasSuffix(h, "-00") {
		t.Errorf("by context: %q", h)
	}
	silent = agent.StartSilentServer(nil)
	if h := sent(nil); len(h) < 55 || strings.HasPrefix(h, trace) || !strings.HasSuffix(h, "-00") {
		t.Error(h)
	}
	end(silent)
	if len(s.spans) != 0 || agent.Sends() {
		t.Error("spans, or was not left")
	}
}

// TestSilentWithin checks that the span that was current before is current again.
func TestSilentWithin(t *testing.T) {
	enable(t, nil)
	span := agent.StartInternal(nil, "span")
	silent := agent.StartSilent()
	if agent.Current() != (agent.Span{}) {
		t.Error("the span around it is current")
	}
	end(silent)
	if agent.Current() != span {
		t.Error("the span around it is not current again")
	}
	end(span)
	suppressed := agent.Suppress()
	if agent.StartSilent() != (agent.Span{}) {
		t.Error("a silent span where there are none anyway")
	}
	suppressed.Restore()
	if agent.Disable(); agent.StartSilent() != (agent.Span{}) {
		t.Error("a silent span of an agent that is off")
	}
}

// TestParentInHeaders checks that the context that the program has put into a request is the parent
// of the call that sends it, if there is no other parent.
func TestParentInHeaders(t *testing.T) {
	sent := func(parent string) map[string][]string {
		return map[string][]string{"Traceparent": {parent}, "Baggage": {"a=b"}}
	}
	const sampled, not = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
		"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
	s := enable(t, nil)
	end(agent.StartClientWith(nil, "alone", sent(sampled)))
	end(agent.StartClientWith(nil, "not sampled", sent(not)))
	end(agent.StartClientWith(nil, "nothing valid", sent("00-xyz")))
	around := agent.StartInternal(nil, "around")
	end(agent.StartClientWith(nil, "within", sent(sampled)))
	ctx := around.Context(context.Background())
	end(around)
	end(agent.StartClientWith(ctx, "by context", sent(sampled)))
	if r := s.only(t, "alone"); fmt.Sprintf("%x", r.ParentID) != "b7ad6b7169203331" || r.Remote {
		t.Errorf("parent %x, remote: %v", r.ParentID, r.Remote)
	}
	s.checkRoot(t, "nothing valid")
	s.checkChild(t, "within", "around")
	s.checkChild(t, "by context", "around")
	if len(s.spans) != 5 {
		t.Errorf("%d spans: sampled=0 is obeyed", len(s.spans))
	}
}

// TestLost checks that the mark belongs to one generation.
func TestLost(t *testing.T) {
	enable(t, nil)
	span := agent.StartServer("s", nil)
	before := span.Lost()
	if span.Lose(); before || !span.Lost() || (agent.Span{}).Lost() {
		t.Error("lost before, or not lost")
	}
	(agent.Span{}).Lose()
	end(span)
}

// TestIncrease checks that an attribute that does not exist counts as 0.
func TestIncrease(t *testing.T) {
	s := enable(t, nil)
	span := agent.StartInternal(nil, "s")
	span.Increase("n", 1)
	span.Increase("n", 2)
	end(span)
	(agent.Span{}).Increase("n", 1)
	if a, _ := attr(s.only(t, "s"), "n"); a.Num != 3 || len(s.spans[0].Attrs) != 1 {
		t.Errorf("%v", s.spans[0].Attrs)
	}
}
