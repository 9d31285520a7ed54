package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sort"
	"strings"
	"sync"
	"time"

	"example.com/programs/show"
)

// connections are scenarios of more, or less, than one request.
var connections = []show.Scenario{
	{Name: "keep_alive", Spans: true, Run: func() {
		raw(greet, "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: b\r\n\r\nGET /3 HTTP/1.1\r\nHost: c\r\nConnection: close\r\n\r\n")
	}},
	{Name: "http10", Spans: true, Run: func() { raw(greet, "GET /old HTTP/1.0\r\n\r\n") }},
	{Name: "options_all", Spans: true, Run: func() {
		raw(greet, "OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
	}},
	{Name: "connect", Spans: true, Run: func() {
		raw(greet, "CONNECT far.test:443 HTTP/1.1\r\nHost: far.test:443\r\nConnection: close\r\n\r\n")
	}},
	{Name: "absolute", Spans: true, Run: func() {
		raw(greet, "GET http://user:secret@there.test/p?q HTTP/1.1\r\nHost: here.test\r\nConnection: close\r\n\r\n")
	}},
	{Name: "malformed", Run: func() { raw(greet, "GET\r\n\r\n") }},
	{Name: "no_host", Run: func() { raw(greet, "GET / HTTP/1.1\r\n\r\n") }},
	{Name: "header_too_large", Run: func() {
		raw(greet, "GET / HTTP/1.1\r\nHost: a\r\nX: "+strings.Repeat("x", 1<<21)+"\r\n\r\n")
	}},
	{Name: "chunked", Spans: true, Run: func() {
		raw(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			fmt.Fprintf(w, "%q %v %v %v", body, err, r.Trailer, r.TransferEncoding)
		}, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\nConnection: close\r\n\r\n3\r\nabc\r\n0\r\nX-T: 1\r\n\r\n")
	}},
	{Name: "bad_chunk", Spans: true, Run: func() {
		raw(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			fmt.Fprintf(w, "%q %v", body, err)
		}, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nzz\r\n")
	}},
	{Name: "expect_continue", Spans: true, Run: func() {
		raw(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(w, r.Body)
		}, "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc")
	}},
	{Name: "expect_refused", Spans: true, Run: func() {
		raw(func(w http.ResponseWriter, r *http.Request) {
			http.Error(w, "no", http.StatusForbidden)
		}, "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\nConnection: close\r\n\r\n")
	}},
	{Name: "disconnect", Spans: true, Run: disconnect},
	{Name: "shutdown", Spans: true, Run: shutdown},
	{Name: "conn_states", Spans: true, Run: connStates},
	{Name: "base_context", Spans: true, Run: baseContext},
	{Name: "goroutines", Spans: true, Run: goroutines},
	{Name: "direct_call", Run: func() {
		// A handler called without a server, as unit tests do.
		recorder := httptest.NewRecorder()
		greet(recorder, httptest.NewRequest("GET", "/direct", nil))
		show.Response(recorder.Result(), nil)
	}},
}

func greet(w http.ResponseWriter, r *http.Request) {
	fmt.Fprintf(w, "%s %s %s %s %v\n", r.Method, r.URL, r.Host, r.Proto, r.Close)
}

func raw(handler http.HandlerFunc, request string) {
	server := newServer(handler)
	server.Start()
	show.Raw(server.Listener.Addr().String(), request)
	finish(server, false)
}

// disconnect hangs up while the handler waits: its context has to be cancelled.
func disconnect() {
	entered, told := make(chan bool), make(chan string, 1)
	server := newServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		child, cancel := context.WithTimeout(r.Context(), 20*time.Second)
		defer cancel()
		entered <- true
		<-child.Done()
		told <- fmt.Sprint(r.Context().Err(), ", ", child.Err())
	}))
	server.Start()
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		panic(err)
	}
	fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
	<-entered
	conn.Close()
	fmt.Println(<-told)
}

// shutdown ends a server while a request is under way.
func shutdown() {
	entered, release := make(chan bool), make(chan bool)
	server := newServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		entered <- true
		<-release
		fmt.Fprintln(w, "finished", r.Context().Err())
	}))
	server.Config.RegisterOnShutdown(func() { close(release) })
	server.Start()
	answer := make(chan string)
	go func() {
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			panic(err)
		}
		fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			panic(err)
		}
		body, _ := io.ReadAll(resp.Body)
		answer <- fmt.Sprint(resp.Status, " ", string(body), " close ", resp.Close)
	}()
	<-entered
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	fmt.Println("shutdown:", server.Config.Shutdown(ctx))
	fmt.Println(<-answer)
}

func connStates() {
	var mu sync.Mutex
	var states []string
	closed := make(chan bool, 1)
	server := newServer(http.HandlerFunc(greet))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		mu.Lock()
		states = append(states, state.String())
		mu.Unlock()
		if state == http.StateClosed {
			closed <- true
		}
	}
	server.Start()
	show.Raw(server.Listener.Addr().String(), "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
	<-closed
	mu.Lock()
	fmt.Println(states)
	mu.Unlock()
	server.Close()
}

func baseContext() {
	server := newServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, r.Context().Value(key{}), r.Context().Value("conn"))
	}))
	server.Config.BaseContext = func(net.Listener) context.Context {
		return context.WithValue(context.Background(), key{}, "base")
	}
	server.Config.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		return context.WithValue(ctx, "conn", fmt.Sprintf("%T", c)) //nolint:staticcheck
	}
	server.Start()
	defer server.Close()
	show.Raw(server.Listener.Addr().String(), "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
}

// goroutines counts what a hundred requests leave behind, after a first one has started what stays for good.
func goroutines() {
	server := newServer(http.HandlerFunc(greet))
	server.Start()
	defer server.Close()
	addr := server.Listener.Addr().String()
	request := "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
	show.Raw(addr, request)
	time.Sleep(300 * time.Millisecond)
	before := names()
	for i := 0; i < 100; i++ {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			panic(err)
		}
		fmt.Fprint(conn, request)
		_, _ = io.Copy(io.Discard, conn)
		conn.Close()
	}
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		left := names()
		if left == before {
			fmt.Println("nothing left behind")
			return
		}
		if time.Now().After(deadline) {
			fmt.Printf("before:\n%s\nafter:\n%s\n", before, left)
			return
		}
	}
}

// names lists the functions in which goroutines were started, those of this program and of net/http only: what an
// exporter does in the background is its own affair.
func names() string {
	stack := make([]byte, 1<<20)
	stack = stack[:runtime.Stack(stack, true)]
	var starts []string
	for _, goroutine := range bytes.Split(stack, []byte("\n\n")) {
		lines := strings.Split(strings.TrimSpace(string(goroutine)), "\n")
		if len(lines) < 2 || strings.Contains(string(goroutine), "goagent") {
			continue
		}
		start := strings.SplitN(lines[len(lines)-2], " in goroutine", 2)[0]
		starts = append(starts, strings.SplitN(start, "(0x", 2)[0])
	}
	sort.Strings(starts)
	return strings.Join(starts, "\n")
}
