package agent_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"

	"goagent/agent"
	"goagent/internal/emulate"
	"goagent/metric"
	"goagent/propagate"
)

// ends are the ways to end a span in this package.
var ends = map[string]func(agent.Span){
	"End":     agent.Span.End,
	"EndErr":  func(s agent.Span) { s.EndErr(errors.New("x")) },
	"EndWith": func(s agent.Span) { s.EndWith(&agent.Outcome{}) },
}

func checkCurrent(t *testing.T, when string, want agent.Span) {
	t.Helper()
	if got := agent.Current(); got != want {
		t.Errorf("%s: %s is current, want %s", when, got.SpanID(), want.SpanID())
	}
}

// TestEndLeaves checks that an end leaves the span where it is current, and only there.
func TestEndLeaves(t *testing.T) {
	for name, finish := range ends {
		t.Run(name, func(t *testing.T) {
			enable(t, nil)
			outer := agent.StartInternal(nil, "outer")
			a := agent.StartInternal(nil, "a")
			finish(a)
			checkCurrent(t, "a has ended", outer)
			a.Leave()
			finish(a)
			checkCurrent(t, "a was left and ended again", outer)

			a = agent.StartInternal(nil, "a")
			b := agent.StartInternal(nil, "b")
			finish(a)
			checkCurrent(t, "a has ended before b", b)
			a.Leave()
			finish(a)
			checkCurrent(t, "a was left and ended again within b", b)
			c := agent.StartInternal(nil, "c")
			finish(c)
			checkCurrent(t, "c has ended within b", b)
			finish(b)
			checkCurrent(t, "b has ended after a", outer)

			a = agent.StartInternal(nil, "a")
			b = agent.StartInternal(nil, "b")
			inGoroutine(func() { agent.Detach(); finish(b) })
			checkCurrent(t, "b has ended elsewhere", a)
			finish(b)
			checkCurrent(t, "b was ended again", a)
			finish(a)
			checkCurrent(t, "a has ended, whose inner span has ended elsewhere", outer)

			finish(outer)
			checkCurrent(t, "all have ended", agent.Span{})
		})
	}
}

// TestEndInHeirs checks the goroutines that have inherited a span.
func TestEndInHeirs(t *testing.T) {
	for name, finish := range ends {
		t.Run(name, func(t *testing.T) {
			s := enable(t, nil)
			server := agent.StartServer("server", remote)
			a := agent.StartInternal(nil, "a")
			inGoroutine(func() {
				finish(a)
				checkCurrent(t, "an heir has ended a", server)
			})
			checkCurrent(t, "a was ended by an heir", a)
			finish(a)
			checkCurrent(t, "a was ended once more", server)

			over, done := make(chan bool), make(chan bool)
			emulate.Go(func() {
				defer close(done)
				<-over
				late := agent.StartInternal(nil, "late")
				finish(late)
				checkCurrent(t, "late has ended within a span that has ended", server)
				finish(agent.StartInternal(nil, "later"))
				agent.Detach()
			})
			finish(server)
			checkCurrent(t, "all have ended", agent.Span{})
			close(over)
			<-done
			s.checkChild(t, "late", "server")
			s.checkChild(t, "later", "server")
		})
	}
}

// TestEndEarly checks a span that stays current after its end.
func TestEndEarly(t *testing.T) {
	s := enable(t, nil)
	server := agent.StartServer("server", nil)
	server.EndEarly(&agent.Outcome{Attr: agent.Int("status", 101)})
	checkCurrent(t, "ended early", server)
	agent.StartInternal(nil, "afterwards").End()
	server.End()
	checkCurrent(t, "ended again", agent.Span{})
	s.checkChild(t, "afterwards", "server")
	if a, _ := attr(s.only(t, "server"), "status"); a.Num != 101 {
		t.Errorf("status %d", a.Num)
	}
}

// TestMissingEnd checks that a plugin that never ends its spans causes neither endless traces nor
// unbounded memory, if the spans around them end.
func TestMissingEnd(t *testing.T) {
	s := enable(t, nil)
	for i := 0; i < 10000; i++ {
		job := agent.StartInternal(nil, "job")
		agent.StartInternal(nil, "never ends")
		job.End()
	}
	traces := map[[16]byte]int{}
	for _, r := range s.spans {
		traces[r.TraceID]++
	}
	if len(s.spans) != 10000 || len(traces) < 10000/110 {
		t.Errorf("%d spans in %d traces", len(s.spans), len(traces))
	}
	for _, n := range traces {
		if n > 110 {
			t.Errorf("a trace of %d spans", n)
		}
	}
}

// argument returns a value for a parameter of a method of Span that would have an effect.
func argument(t *testing.T, of reflect.Type) reflect.Value {
	t.Helper()
	for _, v := range []interface{}{"text", 1, int64(1), true, 1.5, []byte("x"), agent.RoleHTTPClient, errors.New("x"),
		[]agent.Attr{agent.Int("a", 1)}, map[string][]string{}, &agent.Outcome{Error: "x"}, metric.Value{Num: 1},
		(*metric.Instrument)(nil), (*metric.Series)(nil), propagate.Context{TraceID: [16]byte{1}, SpanID: [8]byte{1}}} {
		if reflect.TypeOf(v) == of {
			return reflect.ValueOf(v)
		}
	}
	switch {
	case of == reflect.TypeOf((*context.Context)(nil)).Elem():
		return reflect.ValueOf(context.WithValue(context.Background(), argumentKey{}, 1))
	case of.Kind() == reflect.Interface:
		return reflect.ValueOf(errors.New("x")).Convert(of)
	}
	t.Fatalf("add an argument of type %s to this test", of)
	return reflect.Value{}
}

type argumentKey struct{}

// TestSpansWithoutEffect calls each method of Span on the zero Span and on one whose span has been
// reused: none panics, has an effect, or returns anything but a zero value or the context that it
// was given.
func TestSpansWithoutEffect(t *testing.T) {
	defer emulate.SharedSlot()()
	s := enable(t, nil)
	of := reflect.TypeOf(agent.Span{})
	if of.NumMethod() < 20 || reflect.PtrTo(of).NumMethod() != of.NumMethod() {
		t.Fatalf("%d methods, %d of the pointer", of.NumMethod(), reflect.PtrTo(of).NumMethod())
	}
	over := agent.StartInternal(nil, "over")
	over.End()
	current := agent.StartInternal(nil, "current")
	for i := 0; i < of.NumMethod(); i++ {
		method := of.Method(i)
		for name, span := range map[string]agent.Span{"zero": {}, "over": over} {
			for _, zero := range []bool{false, true} {
				callWithoutEffect(t, fmt.Sprint(method.Name, " of ", name), reflect.ValueOf(span).Method(i), zero)
				checkCurrent(t, method.Name, current)
			}
		}
	}
	if len(s.spans) != 1 {
		t.Errorf("%d spans have ended", len(s.spans))
	}
	current.End()
	if r := s.only(t, "current"); len(r.Attrs)+len(r.Events)+len(r.Links) != 0 || r.Status != agent.StatusUnset {
		t.Errorf("%+v", r)
	}
}

func callWithoutEffect(t *testing.T, name string, method reflect.Value, zero bool) {
	t.Helper()
	var given []reflect.Value
	for p := 0; p < method.Type().NumIn(); p++ {
		of := method.Type().In(p)
		if zero {
			given = append(given, reflect.Zero(of))
		} else {
			given = append(given, argument(t, of))
		}
	}
	defer func() {
		if v := recover(); v != nil {
			t.Errorf("%s panics: %v", name, v)
		}
	}()
	for _, result := range method.Call(given) {
		if _, ok := result.Interface().(context.Context); ok {
			if result.Interface() != given[0].Interface() {
				t.Errorf("%s returns another context", name)
			}
		} else if !result.IsZero() {
			t.Errorf("%s returns %v", name, result)
		}
	}
	for _, v := range given {
		if v.Kind() == reflect.Map && v.Len() != 0 {
			t.Errorf("%s has written %v", name, v)
		}
	}
}
