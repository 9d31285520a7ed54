package export

import (
	"sync"
	"testing"
	"time"

	"goagent/metric"
)

var testCalls = metric.NewCounter(metric.Desc{Name: "test.calls"}, nil)

// recordingExporter stores what it is given.
type recordingExporter struct {
	mu    sync.Mutex
	sum   int64
	times int
	came  chan bool
}

func (s *recordingExporter) ExportMetrics(all []metric.Metric, _ <-chan struct{}) {
	s.mu.Lock()
	for _, m := range all {
		for _, p := range m.Points {
			s.sum += p.Int
		}
	}
	s.times++
	s.mu.Unlock()
	if s.came != nil {
		s.came <- true
	}
	if s.times == 1 && s.sum == 13 {
		panic("an exporter's fault")
	}
}

func (s *recordingExporter) count() (int64, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sum, s.times
}

func periodic(t *testing.T, s *recordingExporter, interval time.Duration) *Periodic {
	t.Helper()
	var p *Periodic
	metric.Enable(metric.Config{Wake: func() { p.Wake() }})
	t.Cleanup(metric.Disable)
	p = NewPeriodic(metric.NewReader(metric.PreferDelta), s, interval)
	return p
}

// TestPeriodicRests checks that a tick without new data is the last one until something is
// recorded.
func TestPeriodicRests(t *testing.T) {
	s := &recordingExporter{came: make(chan bool)}
	p := periodic(t, s, time.Millisecond)
	if !p.Flush(time.Hour) {
		t.Error("nothing was recorded, and it takes time")
	}
	for i := 1; i < 4; i++ {
		testCalls.Add(&metric.Set{}, 1)
		<-s.came
		time.Sleep(20 * time.Millisecond) // for ticks that should not happen
		if sum, times := s.count(); sum != int64(i) || times != i {
			t.Errorf("%d in %d exports, want %d", sum, times, i)
		}
	}
}

func TestPeriodicFlush(t *testing.T) {
	s := &recordingExporter{}
	p := periodic(t, s, time.Hour)
	testCalls.Add(&metric.Set{}, 13)
	for i := 0; i < 2; i++ { // the first one panics
		if !p.Flush(time.Hour) {
			t.Error("late")
		}
	}
	if sum, times := s.count(); sum != 13 || times != 2 {
		t.Error(sum, times)
	}
}
