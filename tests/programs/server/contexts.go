package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"reflect"
	"runtime"
	"runtime/pprof"
	"strings"
	"sync"
	"time"
)

type key struct{}

// contexts are handlers that look at the request's context and at goroutines.
var contexts = []handled{
	{name: "context_values", handler: func(w http.ResponseWriter, r *http.Request) {
		ctx := r.Context()
		_, hasDeadline := ctx.Deadline()
		fmt.Fprintf(w, "%T %T %v %v %v\n", ctx.Value(http.ServerContextKey), ctx.Value(http.LocalAddrContextKey),
			ctx.Value(key{}), hasDeadline, ctx.Err())
		fmt.Fprintln(w, ctx == r.Context(), r.WithContext(ctx).Context() == ctx, r.Clone(ctx).Context() == ctx)
		fmt.Fprintln(w, reflect.TypeOf(ctx).Comparable(), ctx.Done() != nil)
		with := context.WithValue(ctx, key{}, "mine")
		fmt.Fprintln(w, with.Value(key{}), with.Done() == ctx.Done())
	}},
	{name: "context_goroutines", handler: func(w http.ResponseWriter, r *http.Request) {
		// Other connections' goroutines come and go meanwhile: what counts is whether each context has one of its own.
		const pairs = 100
		before := runtime.NumGoroutine()
		var cancels []context.CancelFunc
		var ctx, timed context.Context
		for i := 0; i < pairs; i++ {
			var cancel, cancelTimed context.CancelFunc
			ctx, cancel = context.WithCancel(r.Context())
			timed, cancelTimed = context.WithTimeout(ctx, time.Hour)
			cancels = append(cancels, cancel, cancelTimed)
		}
		within := (runtime.NumGoroutine() - before + pairs/2) / pairs
		for _, cancel := range cancels {
			cancel()
		}
		<-timed.Done()
		fmt.Fprintln(w, "goroutines started for each:", within, "errors:", ctx.Err(), timed.Err(), r.Context().Err())
	}},
	{name: "context_after", later: true, handler: func(w http.ResponseWriter, r *http.Request) {
		ctx := r.Context()
		go func() {
			select {
			case <-ctx.Done():
				after <- fmt.Sprint("cancelled after the handler: ", ctx.Err())
			case <-time.After(20 * time.Second):
				after <- "never cancelled"
			}
		}()
		fmt.Fprintln(w, "returning")
	}},
	{name: "request_identity", handler: middleware(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, r.Context().Value(key{}), r.TLS != nil, r.Response == nil, r.Cancel == nil, r.GetBody == nil)
		_, _, err := net.SplitHostPort(r.RemoteAddr)
		fmt.Fprintln(w, "remote address:", err)
	})},
	{name: "outlives", later: true, handler: func(w http.ResponseWriter, r *http.Request) {
		var wg sync.WaitGroup
		release := make(chan struct{})
		for i := 0; i < 3; i++ {
			wg.Add(1)
			go func(i int) {
				defer wg.Done()
				<-release
				if r.Header.Get("User-Agent") == "" || r.URL.Path != "/" {
					after <- "the request was changed"
				}
			}(i)
		}
		go func() {
			time.Sleep(20 * time.Millisecond)
			close(release)
			wg.Wait()
			after <- "all done long after"
		}()
		fmt.Fprintln(w, "returned before")
	}},
	{name: "children", handler: func(w http.ResponseWriter, r *http.Request) {
		results := make(chan int)
		for i := 0; i < 50; i++ {
			go func(i int) {
				inner := make(chan int)
				go func() { inner <- i * i }()
				results <- <-inner
			}(i)
		}
		sum := 0
		for i := 0; i < 50; i++ {
			sum += <-results
		}
		fmt.Fprintln(w, sum)
	}},
	{name: "labels", handler: func(w http.ResponseWriter, r *http.Request) {
		pprof.Do(r.Context(), pprof.Labels("route", "labels"), func(ctx context.Context) {
			value, ok := pprof.Label(ctx, "route")
			fmt.Fprintln(w, value, ok)
			ready, release := make(chan bool), make(chan bool)
			go func() {
				ready <- true
				<-release
			}()
			<-ready
			var profile strings.Builder
			_ = pprof.Lookup("goroutine").WriteTo(&profile, 1)
			fmt.Fprintln(w, "goroutines with the label:", strings.Count(profile.String(), `labels: {"route":"labels"}`) > 0)
			release <- true
		})
	}},
}

// middleware hands a changed context on, as routers and authentication do.
func middleware(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r2 := r.WithContext(context.WithValue(r.Context(), key{}, "from middleware"))
		next(w, r2)
		if r.Context().Value(key{}) != nil {
			panic("the first request has the second's context")
		}
	}
}
