//go:build go1.27
// +build go1.27

// Up to Go 1.26 a module of Go 1.18 has timers that no synctest bubble admits.

package agent_test

import (
	"testing"
	"testing/synctest"
	"time"

	"goagent/agent"
)

// TestDatesInABubble checks that spans have today's date in a bubble, whose own clock stands still
// in the year 2000.
func TestDatesInABubble(t *testing.T) {
	var spans []agent.Record
	agent.Enable(agent.Config{Sampler: agent.AlwaysOn, Ended: func(r *agent.Record) {
		spans = append(spans, agent.Record{Name: r.Name, Start: r.Start, End: r.End})
		r.Release()
	}})
	defer agent.Disable()
	begin := time.Now().Add(-time.Second).UnixNano()
	synctest.Test(t, func(t *testing.T) {
		s := agent.StartInternal(nil, "inside")
		time.Sleep(1000 * time.Hour)
		s.EndErr(nil)
	})
	agent.StartInternal(nil, "outside").EndErr(nil)
	end := time.Now().Add(time.Second).UnixNano()
	if len(spans) != 2 {
		t.Fatal(spans)
	}
	for _, s := range spans {
		if s.Start < begin || s.End < s.Start || s.End > end {
			t.Errorf("%s: from %d to %d, not between %d and %d", s.Name, s.Start, s.End, begin, end)
		}
	}
}
