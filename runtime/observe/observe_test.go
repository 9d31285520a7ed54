package observe

import (
	"os"
	"runtime"
	"testing"

	"goagent/metric"
)

var kept []byte

// TestRuntime checks that the looked-up values follow the program.
func TestRuntime(t *testing.T) {
	g := newGoRuntime()
	value := func(name string) (n int64, ok bool) {
		for _, m := range g.metrics() {
			if m.Name == name {
				for _, p := range m.Points {
					n += p.Int + int64(p.Count)
				}
				return n, true
			}
		}
		return 0, false
	}
	allocated, _ := value("go.memory.allocated")
	kept = make([]byte, 8<<20)
	if now, ok := value("go.memory.allocated"); !ok || now < allocated+int64(len(kept)) {
		t.Error("allocated", allocated, now)
	}
	stop := make(chan bool)
	before, _ := value("go.goroutine.count")
	for i := 0; i < 50; i++ {
		go func() { <-stop }()
	}
	if now, ok := value("go.goroutine.count"); !ok || now < before+50 {
		t.Error("goroutines", before, now)
	}
	close(stop)
	cycles, _ := value("go.memory.gc.cycles")
	runtime.GC()
	if now, ok := value("go.memory.gc.cycles"); !ok || now <= cycles {
		t.Error("cycles", cycles, now)
	}
	for _, name := range []string{"go.memory.used", "go.memory.gc.goal", "go.schedule.duration"} {
		if n, ok := value(name); !ok || n <= 0 {
			t.Error(name, n, ok)
		}
	}
	// It exists since Go 1.19.
	if n, ok := value("go.processor.limit"); ok && n != int64(runtime.GOMAXPROCS(0)) {
		t.Error("processors", n)
	}
	for _, m := range g.metrics() {
		for _, p := range m.Points {
			if m.Kind == metric.KindHistogram && len(p.Buckets) != len(m.Bounds)+1 {
				t.Errorf("%s: %d buckets, %d bounds", m.Name, len(p.Buckets), len(m.Bounds))
			}
		}
	}
}

func TestProcess(t *testing.T) {
	u := readUsage()
	if runtime.GOOS != "linux" {
		t.Skip("the numbers are looked at on Linux")
	}
	if u.user+u.system <= 0 || u.resident < 1<<20 || u.virtual < u.resident || u.threads < 2 || u.files < 3 ||
		u.voluntary < 0 || u.minorFaults <= 0 {
		t.Errorf("%+v", u)
	}
	f, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if again := readUsage(); again.files != u.files+1 {
		t.Errorf("%d open files, then %d", u.files, again.files)
	}
}
