package agent_test

import (
	"context"
	"testing"

	"goagent/agent"
	"goagent/internal/emulate"
)

// nilContext is a context of which a nil pointer may be asked, and panickingContext is one that
// panics.
type nilContext struct{ context.Context }

type panickingContext struct{ context.Context }

func (panickingContext) Value(interface{}) interface{} { panic("asked") }

// TestHeld checks that a parameter's context counts if the goroutine does not know its trace.
func TestHeld(t *testing.T) {
	defer emulate.SharedSlot()()
	enable(t, nil)
	background := context.Background()
	first := agent.StartServer("first", nil)
	inTrace := nilContext{first.Context(background)}
	work := agent.StartInternal(nil, "work")
	if agent.Held(inTrace) != nil || agent.Held(background) != nil {
		t.Error("the current span is the nearer one")
	}
	end(work)
	end(first)
	if agent.Held(inTrace) != context.Context(inTrace) {
		t.Error("without a current span the one that is held counts")
	}
	second := agent.StartServer("second", nil)
	if agent.Held(inTrace) != context.Context(inTrace) {
		t.Error("a context of another request wins")
	}
	end(second)
	for _, c := range []context.Context{(*nilContext)(nil), panickingContext{inTrace}, nilContext{}, background, nil} {
		if agent.Held(c) != nil {
			t.Errorf("%T holds a span", c)
		}
	}
}

// TestAskedContexts checks that a context of the program that cannot be asked does no harm.
func TestAskedContexts(t *testing.T) {
	defer emulate.SharedSlot()()
	s := enable(t, nil)
	server := agent.StartServer("server", nil)
	for _, c := range []context.Context{(*nilContext)(nil), panickingContext{}, nilContext{}} {
		end(agent.StartInternal(c, "asked"))
	}
	end(server)
	for _, r := range s.spans {
		if r.Name == "asked" && r.TraceID != s.only(t, "server").TraceID {
			t.Error("not a child of the current span")
		}
	}
	if len(s.spans) != 4 {
		t.Errorf("%d spans", len(s.spans))
	}
}
