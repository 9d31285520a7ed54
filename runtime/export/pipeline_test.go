package export

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"goagent/agent"
	"goagent/internal/emulate"
)

func TestMain(m *testing.M) {
	emulate.Goroutines()
	os.Exit(m.Run())
}

// holdingExporter is an exporter that stores names, and can be blocked.
type holdingExporter struct {
	mu      sync.Mutex
	names   []string
	batches []int
	flushes int
	dropped int
	entered chan struct{} // receives a value for each Export, if not nil
	hold    chan struct{} // Export waits for it, if not nil
}

func (k *holdingExporter) Export(batch []*agent.Record, hurry <-chan struct{}) {
	if k.entered != nil {
		k.entered <- struct{}{}
	}
	if k.hold != nil {
		<-k.hold
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.batches = append(k.batches, len(batch))
	for _, r := range batch {
		k.names = append(k.names, r.Name)
		r.Release()
	}
}

func (k *holdingExporter) Flush() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.flushes++
}

func (k *holdingExporter) Dropped(*agent.Record) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.dropped++
}

func (k *holdingExporter) count() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.names)
}

// eventually waits for what another goroutine will do; if it never does, the test ends by go test's
// own time limit.
func eventually(what func() bool) {
	for !what() {
		runtime.Gosched()
		time.Sleep(time.Millisecond)
	}
}

// spans ends n spans with the names prefix0, prefix1, ...
func spans(prefix string, n int) {
	for i := 0; i < n; i++ {
		s := agent.StartInternal(nil, fmt.Sprint(prefix, i))
		s.Leave()
		s.End()
	}
}

func enable(t *testing.T, ended func(*agent.Record)) {
	t.Helper()
	agent.Enable(agent.Config{Ended: ended, Sampler: agent.AlwaysOn})
	t.Cleanup(agent.Disable)
}

func TestPipelineKeepsOrderAndFlushes(t *testing.T) {
	k := &holdingExporter{}
	p := NewPipeline(k, Batching{Queue: 100, Batch: 10, Delay: time.Hour})
	if !p.Flush(time.Hour) || k.flushes != 0 {
		t.Error("a flush before the first span does something")
	}
	enable(t, p.Ended)
	for round := 0; round < 3; round++ {
		spans("s", 25)
		if !p.Flush(time.Hour) {
			t.Fatal("flush ran out of time")
		}
		if k.count() != 25*(round+1) || k.flushes != round+1 {
			t.Fatalf("%d spans, %d flushes", k.count(), k.flushes)
		}
	}
	if got := strings.Join(k.names[25:28], " "); got != "s0 s1 s2" {
		t.Error(got)
	}
	for _, n := range k.batches {
		if n > 10 {
			t.Errorf("a batch of %d", n)
		}
	}
}

func TestPipelineSendsFullBatchesAndWhatIsDue(t *testing.T) {
	k := &holdingExporter{}
	p := NewPipeline(k, Batching{Queue: 100, Batch: 10, Delay: time.Hour})
	enable(t, p.Ended)
	spans("s", 10)
	eventually(func() bool { return k.count() == 10 })

	k = &holdingExporter{}
	p = NewPipeline(k, Batching{Queue: 100, Batch: 10, Delay: time.Millisecond})
	enable(t, p.Ended)
	for i := 1; i < 4; i++ { // each time the timer is armed again
		spans("s", 1)
		eventually(func() bool { return k.count() == i })
	}

	k = &holdingExporter{}
	p = NewPipeline(k, Batching{Immediate: true, Delay: time.Hour})
	enable(t, p.Ended)
	for i := 1; i < 4; i++ {
		spans("s", 1)
		eventually(func() bool { return k.count() == i })
	}
}

func TestPipelineDropsAndCounts(t *testing.T) {
	k := &holdingExporter{entered: make(chan struct{}, 1), hold: make(chan struct{})}
	p := NewPipeline(k, Batching{Queue: 5, Batch: 2, Delay: time.Hour})
	enable(t, p.Ended)
	spans("s", 2)
	<-k.entered // two are being sent and are blocked
	spans("t", 7)
	if p.Dropped() != 2 || k.dropped != 2 {
		t.Errorf("dropped %d, told of %d", p.Dropped(), k.dropped)
	}
	if p.Flush(time.Millisecond) {
		t.Error("a flush that cannot be done is said to be done")
	}
	k.entered = nil
	close(k.hold)
	if !p.Flush(time.Hour) || k.count() != 7 {
		t.Errorf("%d spans", k.count())
	}
}

func TestPipelineSurvivesItsExporter(t *testing.T) {
	k := &holdingExporter{}
	p := NewPipeline(panickingExporter{k}, Batching{Immediate: true})
	enable(t, p.Ended)
	spans("bad", 1)
	spans("good", 1)
	p.Flush(time.Hour)
	if k.count() != 1 {
		t.Errorf("%v", k.names)
	}
}

type panickingExporter struct{ *holdingExporter }

func (f panickingExporter) Export(batch []*agent.Record, hurry <-chan struct{}) {
	for i, r := range batch {
		if r.Name != "bad0" {
			f.holdingExporter.Export(batch[i:i+1], hurry)
		}
	}
	if batch[0].Name == "bad0" {
		panic("bad")
	}
}

func TestFan(t *testing.T) {
	a, b := &holdingExporter{}, &holdingExporter{}
	pa := NewPipeline(a, Batching{})
	pb := NewPipeline(b, Batching{Immediate: true})
	enable(t, FanOut([]*Pipeline{pa, pb}))
	spans("s", 100)
	pa.Flush(time.Hour)
	pb.Flush(time.Hour)
	if a.count() != 100 || b.count() != 100 || a.names[99] != "s99" || b.names[99] != "s99" {
		t.Errorf("%d, %d", a.count(), b.count())
	}
}

// stepUntilDone calls step again and again until all are done.
func stepUntilDone(all *sync.WaitGroup, step func()) {
	done := make(chan struct{})
	go func() { all.Wait(); close(done) }()
	for {
		select {
		case <-done:
			return
		default:
			step()
		}
	}
}

// TestQueue has many writers and one reader: nothing is lost, duplicated or out of a writer's
// order, and dropped records are counted.
func TestQueue(t *testing.T) {
	const writers, each = 8, 3000
	q := newQueue(37)
	for i := range q.cells { // as after 2^32 - 100 records
		q.cells[i].turn = 1<<32 - 128 + uint32(i)
	}
	q.head, q.tail = 1<<32-128, 1<<32-128
	var refused [writers]int
	var all sync.WaitGroup
	for w := 0; w < writers; w++ {
		all.Add(1)
		go func(w int) {
			defer all.Done()
			for i := 0; i < each; i++ {
				if !q.put(&agent.Record{Start: int64(w), End: int64(i)}) {
					refused[w]++
					runtime.Gosched()
				}
			}
		}(w)
	}
	var got [writers]int
	last := [writers]int64{-1, -1, -1, -1, -1, -1, -1, -1}
	take := func() bool {
		r := q.get()
		if r == nil {
			return false
		}
		if r.End <= last[r.Start] {
			t.Errorf("writer %d: %d after %d", r.Start, r.End, last[r.Start])
		}
		last[r.Start] = r.End
		got[r.Start]++
		return true
	}
	stepUntilDone(&all, func() {
		if n := q.len(); n > 37 {
			t.Fatalf("%d records in a queue of 37", n)
		}
		if !take() {
			runtime.Gosched()
		}
	})
	for take() {
	}
	for w := range got {
		if got[w]+refused[w] != each {
			t.Errorf("writer %d: %d came, %d refused", w, got[w], refused[w])
		}
	}
	if q.len() != 0 {
		t.Errorf("%d left", q.len())
	}
}

func TestAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector makes pools forget")
	}
	defer emulate.NoSlots()()
	p := NewPipeline(&holdingExporter{}, Batching{})
	pretendAwake(p)
	r := &agent.Record{Name: "x", Attrs: []agent.Attr{agent.String("k", strings.Repeat("v", 300)), agent.Int("i", 1)}}
	if n := testing.AllocsPerRun(100, func() { p.Ended(r); p.store.take() }); n != 0 {
		t.Errorf("Ended: %v", n)
	}
	o := NewOTLP(OTLPConfig{URL: "http://127.0.0.1:1"})
	o.failedHurry = make(chan struct{})
	p = NewPipeline(o, Batching{})
	pretendAwake(p)
	packed := func() {
		for i := 0; i < 100; i++ {
			p.Ended(r)
		}
		p.store.take()
		p.store.export(o.failedHurry)
	}
	packed()
	if n := testing.AllocsPerRun(100, packed); n != 0 {
		t.Errorf("packed: %v", n)
	}
}

// pretendAwake makes the pipeline believe that its goroutine knows about everything, so that nobody
// empties it.
func pretendAwake(p *Pipeline) { p.everQueued, p.armed, p.batchAnnounced = 1, 1, 1 }

func BenchmarkEnded(b *testing.B) {
	p := NewPipeline(&holdingExporter{}, Batching{})
	pretendAwake(p)
	r := &agent.Record{}
	b.ReportAllocs()
	for i := 0; i < b.N; i++ {
		p.Ended(r)
		p.store.take()
	}
}

func BenchmarkEncode(b *testing.B) {
	r := &agent.Record{Name: "GET /order/{id}", Kind: agent.KindServer, Attrs: []agent.Attr{
		agent.String("http.request.method", "GET"), agent.String("url.path", "/order/7"), agent.String("url.scheme", "http"),
		agent.String("server.address", "localhost"), agent.Int("server.port", 8080), agent.String("network.peer.address", "127.0.0.1"),
		agent.Int("network.peer.port", 4711), agent.String("user_agent.original", "curl/8"), agent.Int("http.response.status_code", 200)}}
	var w block
	b.ReportAllocs()
	for i := 0; i < b.N; i++ {
		w.b = w.b[:0]
		w.add(r)
	}
}
