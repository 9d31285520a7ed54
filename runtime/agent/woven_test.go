//go:build !goagent_nogls
// +build !goagent_nogls

package agent_test

import (
	"errors"
	"runtime"
	"sync"
	"testing"

	"goagent/agent"
)

// These tests need a woven runtime: goagent test ./... runs them.

// panickingIn runs body and returns what Panicking reports to a deferred function of it.
func panickingIn(body func()) (panicking bool, value interface{}) {
	done := make(chan struct{})
	go func() { // a goroutine, because of Goexit
		defer close(done)
		defer func() { _ = recover() }()
		func() {
			depth := agent.PanicDepth()
			defer func() { panicking, value = agent.Panicking(depth) }()
			body()
		}()
	}()
	<-done
	return panicking, value
}

func TestPanicking(t *testing.T) {
	boom := errors.New("boom")
	for _, c := range []struct {
		name  string
		body  func()
		want  bool
		value interface{}
	}{
		{"return", func() {}, false, nil},
		{"panic", func() { panic(boom) }, true, boom},
		{"goexit", runtime.Goexit, false, nil},
		{"recovered", func() { defer func() { _ = recover() }(); panic(boom) }, false, nil},
		{"panic over a panic", func() { defer func() { panic("second") }(); panic(boom) }, true, "second"},
		{"during another's panic", func() {
			defer func() {
				if p, v := panickingIn(func() {}); p || v != nil {
					t.Error("a call within a deferred function is no panic")
				}
				depth := agent.PanicDepth()
				if p, _ := agent.Panicking(depth); p {
					t.Error("entered during a panic")
				}
				_ = recover()
			}()
			panic(boom)
		}, false, nil},
	} {
		if p, v := panickingIn(c.body); p != c.want || v != c.value {
			t.Errorf("%s: %v, %v", c.name, p, v)
		}
	}
}

// TestSlots checks that plain go statements pass the span on, that the end of a goroutine clears
// it, and that the collector sees spans that only a slot holds.
func TestSlots(t *testing.T) {
	s := enable(t, nil)
	var all sync.WaitGroup
	for i := 0; i < 2000; i++ {
		all.Add(1)
		go func() {
			defer all.Done()
			if agent.Current() != (agent.Span{}) {
				t.Error("a goroutine begins with another's span")
			}
			server := agent.StartServer("server", nil)
			id := server.TraceID()
			all.Add(1)
			go func() {
				defer all.Done()
				runtime.Gosched()
				c := agent.StartClient(nil, "client")
				if c.TraceID() != id {
					t.Error("not inherited")
				}
				c.EndErr(nil)
			}()
			server.End() // and no Leave: the goroutine ends with it
		}()
		if i%500 == 0 {
			runtime.GC()
		}
	}
	all.Wait()
	if len(s.spans) != 4000 {
		t.Errorf("%d spans", len(s.spans))
	}
}
