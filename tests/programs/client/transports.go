package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptrace"
	"net/textproto"
	"reflect"
	"runtime"
	"strings"
	"time"

	"example.com/programs/show"
)

// informational is whether a handler can send a status of 1xx before its answer.
var informational bool

// transports are ways to send a request.
var transports = []show.Scenario{
	{Name: "keep_alive", Spans: true, Run: func() {
		server := serve(echo)
		defer server.Close()
		for i := 0; i < 3; i++ {
			ctx := httptrace.WithClientTrace(context.Background(), &httptrace.ClientTrace{
				GotConn: func(info httptrace.GotConnInfo) { fmt.Println("reused", info.Reused, "idle", info.WasIdle) }})
			show.Response(http.DefaultClient.Do(request("GET", server.URL, "").WithContext(ctx)))
		}
	}},
	{Name: "client_trace", Spans: true, Run: func() {
		server := serve(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Link", "early")
			if informational {
				w.WriteHeader(http.StatusEarlyHints)
			}
			echo(w, r)
		})
		defer server.Close()
		var events []string
		event := func(name string) { events = append(events, name) }
		ctx := httptrace.WithClientTrace(context.Background(), &httptrace.ClientTrace{
			GetConn:              func(string) { event("get conn") },
			GotConn:              func(httptrace.GotConnInfo) { event("got conn") },
			GotFirstResponseByte: func() { event("first byte") },
			WroteHeaderField: func(key string, value []string) {
				if key != "Traceparent" && key != "Tracestate" {
					event("field " + key)
				}
			},
			WroteHeaders: func() { event("headers") },
			WroteRequest: func(info httptrace.WroteRequestInfo) { event(fmt.Sprint("wrote ", info.Err)) },
			Got1xxResponse: func(code int, header textproto.MIMEHeader) error {
				event(fmt.Sprint("1xx ", code, header))
				return nil
			},
		})
		show.Response(http.DefaultClient.Do(request("GET", server.URL, "").WithContext(ctx)))
		fmt.Println(strings.Join(events, ", "))
	}},
	{Name: "expect_continue", Spans: true, Run: func() {
		server := serve(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/refuse" {
				w.Header().Set("Connection", "close")
				w.WriteHeader(http.StatusExpectationFailed)
				return
			}
			echo(w, r)
		})
		defer server.Close()
		transport := &http.Transport{ExpectContinueTimeout: 20 * time.Second}
		for _, path := range []string{"/accept", "/refuse"} {
			continued := 0
			ctx := httptrace.WithClientTrace(context.Background(), &httptrace.ClientTrace{Got100Continue: func() { continued++ }})
			sent := body("only when wanted")
			req := request("POST", server.URL+path, "").WithContext(ctx)
			req.Body, req.ContentLength = sent, int64(sent.Len())
			req.Header.Set("Expect", "100-continue")
			show.Response(transport.RoundTrip(req))
			transport.CloseIdleConnections()
			fmt.Println("100s", continued, "left", sent.Len())
		}
	}},
	{Name: "trailers", Spans: true, Run: func() {
		for _, server := range both(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Trailer", "X-Answer")
			echo(w, r)
			w.Header().Set("X-Answer", "at the end")
		}) {
			req := request("POST", server.URL, "")
			req.Body, req.ContentLength = io.NopCloser(strings.NewReader("body")), -1
			req.Trailer = http.Header{"X-Question": {"before the end"}}
			show.Response(server.Client().Do(req))
			fmt.Println(req.Trailer)
			server.Close()
		}
	}},
	{Name: "large", Spans: true, Run: func() {
		for _, server := range both(func(w http.ResponseWriter, r *http.Request) {
			n, err := io.Copy(w, r.Body)
			fmt.Fprint(w, n, err)
		}) {
			show.Response(server.Client().Post(server.URL, "text/plain", strings.NewReader(strings.Repeat("large ", 1<<18))))
			server.Close()
		}
	}},
	{Name: "gzip", Spans: true, Run: func() {
		server := serve(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = io.WriteString(w, "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\xcbH\xcd\xc9\xc9\x07\x00\x86\xa6\x106\x05\x00\x00\x00")
		})
		defer server.Close()
		show.Response(http.Get(server.URL))
	}},
	{Name: "body_types", Spans: true, Run: func() {
		for _, server := range both(echo) {
			resp, err := server.Client().Get(server.URL)
			if err != nil {
				panic(err)
			}
			describe(resp.Body)
			_, _ = io.Copy(io.Discard, resp.Body)
			fmt.Println(resp.Body.Close(), resp.Body.Close())
			_, err = resp.Body.Read(make([]byte, 1))
			fmt.Println(err)
			resp, err = server.Client().Head(server.URL)
			if err != nil {
				panic(err)
			}
			describe(resp.Body)
			server.Close()
		}
	}},
	{Name: "upgrade", Spans: true, Run: func() {
		server := serve(func(w http.ResponseWriter, r *http.Request) {
			conn, buffered, err := w.(http.Hijacker).Hijack()
			if err != nil {
				panic(err)
			}
			defer conn.Close()
			fmt.Fprint(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
			line, _ := buffered.ReadString('\n')
			fmt.Fprint(conn, "back: ", line)
		})
		defer server.Close()
		req := request("GET", server.URL, "")
		req.Header.Set("Connection", "Upgrade")
		req.Header.Set("Upgrade", "echo")
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			panic(err)
		}
		describe(resp.Body)
		fmt.Fprintln(resp.Body.(io.Writer), "there")
		line, err := bufio.NewReader(resp.Body).ReadString('\n')
		fmt.Printf("%s %q %v\n", resp.Status, line, err)
		resp.Body.Close()
	}},
	{Name: "cookies", Spans: true, Run: func() {
		server := serve(func(w http.ResponseWriter, r *http.Request) {
			http.SetCookie(w, &http.Cookie{Name: "n", Value: fmt.Sprint(len(r.Cookies()))})
			echo(w, r)
		})
		defer server.Close()
		jar, _ := cookiejar.New(nil)
		client := &http.Client{Jar: jar}
		show.Response(client.Get(server.URL))
		show.Response(client.Get(server.URL))
	}},
	{Name: "proxy", Spans: true, Run: func() {
		server := serve(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintln(w, "proxied", r.Method, r.URL, r.Host)
		})
		defer server.Close()
		transport := &http.Transport{Proxy: func(*http.Request) (u *urlOf, err error) { return parse(server.URL), nil }}
		show.Response((&http.Client{Transport: transport}).Get("http://far.test/away?x=y"))
		transport.CloseIdleConnections()
	}},
	{Name: "own_dialer", Spans: true, Run: func() {
		server := serve(echo)
		defer server.Close()
		type mark struct{}
		transport := &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			_, deadline := ctx.Deadline()
			fmt.Println("dial", network, addr, ctx.Value(mark{}), deadline)
			return (&net.Dialer{}).DialContext(ctx, network, server.Listener.Addr().String())
		}}
		ctx := context.WithValue(context.Background(), mark{}, "marked")
		show.Response(transport.RoundTrip(request("GET", "http://made.up/", "").WithContext(ctx)))
		transport.CloseIdleConnections()
	}},
	{Name: "protocol", Run: func() {
		transport := &http.Transport{}
		transport.RegisterProtocol("made-up", answering(func(req *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Status: "200 Fine", Body: http.NoBody, Request: req}, nil
		}))
		resp, err := transport.RoundTrip(request("GET", "made-up://x/y", ""))
		fmt.Println(resp.Status, err)
		cloned := transport.Clone()
		fmt.Println(cloned != transport, len(cloned.TLSNextProto))
	}},
	{Name: "goroutines", Spans: true, Run: func() {
		server := serve(echo)
		transport := &http.Transport{TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}}
		fetch := func() {
			resp, err := transport.RoundTrip(request("GET", server.URL, ""))
			if err != nil {
				panic(err)
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
			transport.CloseIdleConnections()
		}
		fetch()
		time.Sleep(300 * time.Millisecond)
		before := runtime.NumGoroutine()
		for i := 0; i < 50; i++ {
			fetch()
		}
		// An exporter may hold a connection of its own just now: this is about what fifty requests leave behind.
		for deadline := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before+5; time.Sleep(10 * time.Millisecond) {
			if time.Now().After(deadline) {
				fmt.Println("goroutines: ", before, runtime.NumGoroutine())
				return
			}
		}
		fmt.Println("no goroutine left behind")
	}},
}

func describe(body io.ReadCloser) {
	_, writer := body.(io.Writer)
	_, writerTo := body.(io.WriterTo)
	_, conn := body.(net.Conn)
	fmt.Printf("%T %v %v %v", body, writer, writerTo, conn)
	for i, t := 0, reflect.TypeOf(body); i < t.NumMethod(); i++ {
		fmt.Print(" ", t.Method(i).Name)
	}
	fmt.Println()
}
