package export

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"goagent/agent"
	"goagent/internal/emulate"
	"goagent/propagate"
)

// TestSoak sends spans over OTLP to a sink, with attributes, events, links, contexts and
// goroutines, and compares the heap after the first tenth with that at the end. GOAGENT_TEST_SOAK
// sets the number of spans, ten million for a real soak; by default there are few, and the test
// only checks that it works.
func TestSoak(t *testing.T) {
	total := 50000
	if asked := os.Getenv("GOAGENT_TEST_SOAK"); asked != "" {
		n, err := strconv.Atoi(asked)
		if err != nil || n < total {
			t.Fatalf("GOAGENT_TEST_SOAK=%s: it is a number of spans, %d at least", asked, total)
		}
		total = n
	}
	for _, procs := range []int{1, 16} {
		t.Run(fmt.Sprint(procs), func(t *testing.T) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
			soak(t, total)
		})
	}
}

func soak(t *testing.T, total int) {
	sink := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }))
	defer sink.Close()
	defer emulate.NoSlots()() // emulated slots grow the heap themselves
	o := NewOTLP(OTLPConfig{URL: sink.URL})
	p := NewPipeline(o, Batching{Delay: 10 * time.Millisecond})
	agent.Enable(agent.Config{Ended: p.Ended, Sampler: agent.AlwaysOn, Formats: propagate.Default})
	defer agent.Disable()
	const each = 4 // spans of a request
	state := func() (heap uint64, goroutines int) {
		p.Flush(time.Minute)
		runtime.GC()
		runtime.GC() // pools are emptied in two steps
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc, runtime.NumGoroutine()
	}
	manyGoroutines()
	makeRequests(p, total/10/each)
	heap, goroutines := state()
	makeRequests(p, (total-total/10)/each)
	lastHeap, lastGoroutines := state()
	ended := uint64(total/10/each+(total-total/10)/each) * each
	c := p.Counts()
	t.Logf("%d spans: heap %d, then %d; goroutines %d, then %d; %+v", ended, heap, lastHeap, goroutines, lastGoroutines, c)
	if c.Exported+c.Dropped != ended || c.Dropped > ended/10 {
		t.Errorf("%d spans have ended, %+v", ended, c)
	}
	// In a short run the slack is for the allocations of the test's own server.
	slack := uint64(64 << 10)
	if total >= 1e6 {
		slack = 0
	}
	if lastHeap > heap+heap/20+slack {
		t.Errorf("the heap grew from %d to %d", heap, lastHeap)
	}
	if lastGoroutines > goroutines {
		t.Errorf("%d goroutines, then %d", goroutines, lastGoroutines)
	}
}

// manyGoroutines runs many goroutines at once, a single time. Go keeps what it has allocated for a
// goroutine for ever, on a list for each processor, and it takes long until all lists are full.
func manyGoroutines() {
	var all sync.WaitGroup
	hold := make(chan struct{})
	for i := 0; i < 5000; i++ {
		all.Add(1)
		go func() {
			defer all.Done()
			<-hold
		}()
	}
	close(hold)
	all.Wait()
}

// makeRequests makes four spans for each of n requests, on eight goroutines and those that they
// start. Half of the queue stays free, so that nearly all are exported.
func makeRequests(p *Pipeline, n int) {
	headers := map[string][]string{"Traceparent": {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}, "Baggage": {"a=b"}}
	const workers = 8
	var all sync.WaitGroup
	for w := 0; w < workers; w++ {
		count := n / workers
		if w < n%workers {
			count++
		}
		all.Add(1)
		go func() {
			defer all.Done()
			for i := 0; i < count; i++ {
				for p.store.len() > p.config.Queue/2 {
					time.Sleep(50 * time.Microsecond)
				}
				server := agent.StartServer("GET", headers)
				ctx := server.Context(nil)
				server.SetString("url.path", fmt.Sprint("/", i))
				work := agent.StartInternal(ctx, "work")
				work.AddEvent("e", []agent.Attr{agent.Int("i", int64(i))})
				client := agent.StartClient(ctx, "GET")
				client.AddLink(server.TraceContext(), nil)
				client.EndErr(io.EOF)
				work.EndErr(nil)
				done := make(chan struct{})
				go func() {
					defer close(done)
					agent.StartClient(ctx, "later").EndErr(nil)
				}()
				server.EndErr(nil)
				<-done
			}
		}()
	}
	all.Wait()
}
