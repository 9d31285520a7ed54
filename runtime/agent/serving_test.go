package agent_test

import (
	"context"
	"testing"

	"goagent/agent"
	"goagent/internal/emulate"
)

// TestServing checks that the server span of a request is found from any span below it, by context
// and by goroutine, until it ends.
func TestServing(t *testing.T) {
	defer emulate.SharedSlot()()
	enable(t, nil)
	if agent.Serving(context.Background()) != (agent.Span{}) {
		t.Error("there is none")
	}
	server := agent.StartServer("GET", nil)
	ctx := server.Context(context.Background())
	inner := agent.StartInternal(nil, "inner")
	below := inner.Context(context.Background())
	for name, got := range map[string]agent.Span{
		"in its context": agent.Serving(ctx), "below it": agent.Serving(below), "in its goroutine": agent.Serving(nil),
	} {
		if got != server {
			t.Error(name, got)
		}
	}
	end(inner)
	agent.Detach()
	if agent.Serving(nil) != (agent.Span{}) || agent.Serving(ctx) != server {
		t.Error("a context counts, another goroutine does not")
	}
	server.End()
	if agent.Serving(ctx) != (agent.Span{}) || agent.Serving(below) != (agent.Span{}) {
		t.Error("has ended")
	}
	if agent.Serving(agent.StartInternal(nil, "alone").Context(nil)) != (agent.Span{}) {
		t.Error("an internal span serves nobody")
	}
}

// TestRole checks that the role is that of the current span alone, and of one generation.
func TestRole(t *testing.T) {
	defer emulate.SharedSlot()()
	enable(t, nil)
	for i := 0; i < 100; i++ { // some of them are reused
		span := agent.StartClient(nil, "GET")
		if agent.CurrentRole() != 0 {
			t.Fatal("of an earlier life")
		}
		span.SetRole(agent.RoleHTTPClient)
		if agent.CurrentRole() != agent.RoleHTTPClient {
			t.Fatal("it has the role")
		}
		inner := agent.StartInternal(nil, "inner")
		if agent.CurrentRole() != 0 {
			t.Fatal("what is within it has none")
		}
		end(inner)
		end(span)
	}
	agent.Span{}.SetRole(agent.RoleHTTPClient)
	if agent.CurrentRole() != 0 {
		t.Error("there is no span")
	}
}
