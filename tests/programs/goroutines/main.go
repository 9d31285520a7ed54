// Goroutines serves requests whose work goes on in goroutines of every kind: which trace do they belong to?
package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync"
	"time"

	"example.com/programs/scenario"
)

// place is where a scenario plays: a server whose handler for /work is the scenario's.
type place struct {
	server *httptest.Server
	work   func(ctx context.Context, n int) // of the n-th request
	served int
}

func playing(work func(p *place, ctx context.Context, n int), rest func(p *place)) func() {
	return func() {
		p := &place{}
		p.work = func(ctx context.Context, n int) { work(p, ctx, n) }
		mux := http.NewServeMux()
		mux.HandleFunc("/work", func(w http.ResponseWriter, r *http.Request) {
			p.served++
			p.work(r.Context(), p.served)
			fmt.Fprint(w, "done")
		})
		for _, path := range []string{"/call", "/late", "/first", "/second"} {
			mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "called") })
		}
		p.server = httptest.NewServer(mux)
		rest(p)
		p.server.Close()
	}
}

// visit sends a request for /work, by hand: the caller is in no trace.
func (p *place) visit() {
	conn, err := net.Dial("tcp", p.server.Listener.Addr().String())
	if err != nil {
		panic(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "GET /work HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		panic(err)
	}
	body, err := io.ReadAll(resp.Body)
	fmt.Println("/work:", string(body), err)
}

// call sends a request, from wherever it is called.
func (p *place) call(ctx context.Context, path string) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.server.URL+path, nil)
	if err != nil {
		panic(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		panic(err)
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	fmt.Println(path+":", string(body), err)
}

func (p *place) visitOnce() { p.visit() }

var none = context.Background()

// lasting is a context without its end.
type lasting struct{ of context.Context }

func (lasting) Deadline() (t time.Time, ok bool)    { return t, false }
func (lasting) Done() <-chan struct{}               { return nil }
func (lasting) Err() error                          { return nil }
func (l lasting) Value(key interface{}) interface{} { return l.of.Value(key) }

// group is errgroup.Group, as far as it matters: the caller of Go executes the go statement.
type group struct {
	all   sync.WaitGroup
	once  sync.Once
	first error
}

func (g *group) Go(f func() error) {
	g.all.Add(1)
	go func() {
		defer g.all.Done()
		if err := f(); err != nil {
			g.once.Do(func() { g.first = err })
		}
	}()
}

func (g *group) Wait() error { g.all.Wait(); return g.first }

// workers takes jobs. Its goroutine is started by whoever comes first.
type workers struct {
	start sync.Once
	jobs  chan func()
}

func (w *workers) do(job func()) {
	w.begin()
	done := make(chan bool)
	w.jobs <- func() { job(); close(done) }
	<-done
}

func (w *workers) begin() {
	w.start.Do(func() {
		w.jobs = make(chan func())
		go func() {
			for job := range w.jobs {
				job()
			}
		}()
	})
}

// crew is a pool whose workers each have a channel of their own. One is started where none is idle, by whoever has a job.
type crew struct {
	mu   sync.Mutex
	idle []chan func()
}

func (c *crew) do(job func()) {
	c.mu.Lock()
	var worker chan func()
	if n := len(c.idle); n > 0 {
		worker, c.idle = c.idle[n-1], c.idle[:n-1]
	}
	c.mu.Unlock()
	if worker == nil {
		worker = make(chan func(), 1)
		go func() {
			for job := range worker {
				job()
			}
		}()
	}
	done := make(chan bool)
	worker <- func() {
		job()
		c.mu.Lock()
		c.idle = append(c.idle, worker)
		c.mu.Unlock()
		close(done)
	}
	<-done
}

// list is a pool of one worker without a channel.
type list struct {
	start sync.Once
	mu    sync.Mutex
	some  sync.Cond
	jobs  []func()
}

func (l *list) do(job func()) {
	var done sync.WaitGroup
	done.Add(1)
	l.start.Do(func() {
		l.some.L = &l.mu
		go l.work()
	})
	l.mu.Lock()
	l.jobs = append(l.jobs, func() { job(); done.Done() })
	l.mu.Unlock()
	l.some.Signal()
	done.Wait()
}

func (l *list) work() {
	for {
		l.mu.Lock()
		for len(l.jobs) == 0 {
			l.some.Wait()
		}
		job := l.jobs[0]
		l.jobs = l.jobs[1:]
		l.mu.Unlock()
		job()
	}
}

// begun is what a worker does that some request has started: all that comes on any of its channels.
func begun(jobs, urgent <-chan func(), stop <-chan bool) {
	for {
		select {
		case job := <-jobs:
			job()
		case job := <-urgent:
			job()
		case <-stop:
			return
		}
	}
}

var late = make(chan bool)

var scenarios = []scenario.Scenario{
	{Name: "go", Spans: true, Run: playing(func(p *place, _ context.Context, _ int) {
		done := make(chan bool)
		go func() { p.call(none, "/call"); close(done) }()
		<-done
	}, (*place).visitOnce)},
	{Name: "go_in_go", Spans: true, Run: playing(func(p *place, _ context.Context, _ int) {
		done := make(chan bool)
		go func() { go func() { p.call(none, "/call"); close(done) }() }()
		<-done
	}, (*place).visitOnce)},
	{Name: "outlives", Spans: true, Run: playing(func(p *place, _ context.Context, _ int) {
		go func() { <-late; p.call(none, "/late"); late <- true }()
	}, func(p *place) { p.visit(); late <- true; <-late })},
	{Name: "outlives_and_takes_nothing", Spans: true, Run: func() {
		var over, done sync.WaitGroup
		over.Add(1)
		done.Add(1)
		closed := make(chan bool)
		playing(func(p *place, _ context.Context, _ int) {
			go func() {
				over.Wait()
				p.call(none, "/first")
				<-closed
				go func() { p.call(none, "/second"); done.Done() }()
			}()
		}, func(p *place) { p.visit(); over.Done(); close(closed); done.Wait() })()
	}},
	{Name: "errgroup", Spans: true, Run: playing(func(p *place, _ context.Context, _ int) {
		var g group
		g.Go(func() error { p.call(none, "/first"); return nil })
		fmt.Println(g.Wait())
		g.Go(func() error { p.call(none, "/second"); return io.EOF })
		fmt.Println(g.Wait())
	}, (*place).visitOnce)},
	{Name: "pool", Spans: true, Run: func() {
		var pool workers
		pool.begin()
		playing(func(p *place, _ context.Context, _ int) { pool.do(func() { p.call(none, "/call") }) }, (*place).visitOnce)()
	}},
	{Name: "pool_with_context", Spans: true, Run: func() {
		var pool workers
		pool.begin()
		playing(func(p *place, ctx context.Context, _ int) { pool.do(func() { p.call(ctx, "/call") }) }, (*place).visitOnce)()
	}},
	{Name: "lazy_pool", Spans: true, Run: func() {
		var pool workers
		playing(func(p *place, _ context.Context, n int) {
			pool.do(func() { p.call(none, map[int]string{1: "/first", 2: "/second"}[n]) })
		}, func(p *place) { p.visit(); p.visit() })()
	}},
	{Name: "lazy_pool_with_context", Spans: true, Run: func() {
		var pool workers
		playing(func(p *place, ctx context.Context, n int) {
			pool.do(func() { p.call(ctx, map[int]string{1: "/first", 2: "/second"}[n]) })
		}, func(p *place) { p.visit(); p.visit() })()
	}},
	{Name: "lazy_crew", Spans: true, Run: func() {
		var pool crew
		playing(func(p *place, _ context.Context, n int) {
			pool.do(func() { p.call(none, map[int]string{1: "/first", 2: "/second"}[n]) })
		}, func(p *place) { p.visit(); p.visit() })()
	}},
	{Name: "lazy_consumer", Spans: true, Run: func() {
		jobs, urgent, stop := make(chan func()), make(chan func(), 1), make(chan bool)
		var start sync.Once
		playing(func(p *place, _ context.Context, n int) {
			start.Do(func() { go begun(jobs, urgent, stop) })
			done := make(chan bool)
			into := map[int]chan func(){1: jobs, 2: urgent, 3: jobs}[n]
			into <- func() { p.call(none, map[int]string{1: "/first", 2: "/second", 3: "/call"}[n]); close(done) }
			<-done
		}, func(p *place) { p.visit(); p.visit(); p.visit() })()
		close(stop)
	}},
	// The worker is busy until both requests are over; it never waits for the second one's job.
	{Name: "lazy_pool_that_is_busy", Spans: true, Run: func() {
		var pool workers
		pool.jobs = make(chan func(), 2)
		var over, done sync.WaitGroup
		over.Add(1)
		done.Add(2)
		playing(func(p *place, _ context.Context, n int) {
			pool.start.Do(func() { go begun(pool.jobs, nil, nil) })
			if n == 1 {
				pool.jobs <- func() { over.Wait(); p.call(none, "/first"); done.Done() }
				for len(pool.jobs) > 0 {
					runtime.Gosched()
				}
				return
			}
			pool.jobs <- func() { p.call(none, "/second"); done.Done() }
		}, func(p *place) { p.visit(); p.visit(); over.Done(); done.Wait() })()
	}},
	// GOAGENT_ORPHAN_TIMEOUT is a second here: what the worker does later than that is no part of the request.
	{Name: "lazy_pool_much_later", Spans: true, Env: "GOAGENT_ORPHAN_TIMEOUT=1000", Run: func() {
		var pool list
		playing(func(p *place, _ context.Context, _ int) {
			pool.do(func() { p.call(none, "/first") })
		}, func(p *place) {
			p.visit()
			time.Sleep(2500 * time.Millisecond)
			pool.do(func() { p.call(none, "/second") })
		})()
	}},
	{Name: "after_func", Spans: true, Run: playing(func(p *place, ctx context.Context, n int) {
		done := make(chan bool)
		time.AfterFunc(time.Millisecond, func() { p.call(none, "/call"); close(done) })
		<-done
	}, (*place).visitOnce)},
	{Name: "after_func_with_context", Spans: true, Run: playing(func(p *place, ctx context.Context, n int) {
		done := make(chan bool)
		time.AfterFunc(time.Millisecond, func() { p.call(ctx, "/call"); close(done) })
		<-done
	}, (*place).visitOnce)},
	{Name: "context_wins", Spans: true, Run: playing(func(p *place, ctx context.Context, n int) {
		if n == 1 {
			p.work = func(context.Context, int) { p.call(lasting{ctx}, "/call") }
		}
	}, func(p *place) { p.visit(); p.visit() })},
	{Name: "millions", Spans: true, Run: playing(func(p *place, ctx context.Context, n int) {
		heap := func() uint64 {
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			return m.HeapAlloc
		}
		some := func(rounds int) {
			for i := 0; i < rounds; i++ {
				var all sync.WaitGroup
				for k := 0; k < 1000; k++ {
					all.Add(1)
					go all.Done()
				}
				all.Wait()
			}
		}
		some(10)
		before, goroutines := heap(), runtime.NumGoroutine()
		some(1000)
		fmt.Println("heap grew:", heap() > before+1<<20, "goroutines:", runtime.NumGoroutine()-goroutines)
	}, (*place).visitOnce)},
}

func main() { scenario.Main(scenarios) }
