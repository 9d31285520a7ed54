package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"time"

	"example.com/programs/show"
)

type urlOf = url.URL

func parse(text string) *url.URL {
	u, err := url.Parse(text)
	if err != nil {
		panic(err)
	}
	return u
}

// both is the handler over HTTP/1.1 and over HTTP/2.
func both(handler http.HandlerFunc) []*httptest.Server {
	return []*httptest.Server{serve(handler), serveHTTP2(handler)}
}

// failures are requests that come to nothing.
var failures = []show.Scenario{
	{Name: "refused", Spans: true, Run: func() {
		sent := body("never sent")
		req := request("POST", "http://127.0.0.1:1/", "")
		req.Body, req.ContentLength = sent, int64(sent.Len())
		before := look(req)
		resp, err := http.DefaultClient.Do(req)
		show.Response(resp, err)
		var op *net.OpError
		fmt.Println(errors.As(err, &op), resp == nil, "closed", sent.closed() > 0, "left", sent.Len())
		compare(before, req)
	}},
	{Name: "cancelled_before", Spans: true, Run: func() {
		for _, server := range both(echo) {
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			sent := body("x")
			req := request("POST", server.URL, "").WithContext(ctx)
			req.Body, req.ContentLength = sent, 1
			resp, err := server.Client().Do(req)
			fmt.Println(resp == nil, errors.Is(err, context.Canceled), "closed", sent.closed() > 0)
			show.Error("error", err)
			server.Close()
		}
	}},
	{Name: "cancelled_during", Spans: true, Run: func() {
		for _, server := range both(func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }) {
			ctx, cancel := context.WithCancel(context.Background())
			go func() {
				time.Sleep(50 * time.Millisecond)
				cancel()
			}()
			resp, err := server.Client().Do(request("GET", server.URL, "").WithContext(ctx))
			fmt.Println(resp == nil, errors.Is(err, context.Canceled))
			show.Error("error", err)
			server.Close()
		}
	}},
	{Name: "cancelled_body", Spans: true, Run: func() {
		for _, server := range both(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, "part")
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}) {
			ctx, cancel := context.WithCancel(context.Background())
			resp, err := server.Client().Do(request("GET", server.URL, "").WithContext(ctx))
			if err != nil {
				panic(err)
			}
			part := make([]byte, 4)
			_, err = io.ReadFull(resp.Body, part)
			fmt.Println(string(part), err)
			cancel()
			_, err = io.ReadAll(resp.Body)
			show.Error("body", err)
			fmt.Println(resp.Body.Close())
			server.Close()
		}
	}},
	{Name: "deadline", Spans: true, Run: func() {
		server := serve(func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		defer server.Close()
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Millisecond)
		defer cancel()
		_, err := http.DefaultClient.Do(request("GET", server.URL, "").WithContext(ctx))
		show.Error("error", err)
		var netErr net.Error
		fmt.Println(errors.Is(err, context.DeadlineExceeded), errors.As(err, &netErr) && netErr.Timeout())
		client := &http.Client{Timeout: 30 * time.Millisecond}
		_, err = client.Get(server.URL)
		show.Error("error", err)
		fmt.Println(os.IsTimeout(err))
	}},
	{Name: "closed_early", Spans: true, Run: func() {
		server := serve(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "100")
			fmt.Fprint(w, "only this")
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		})
		defer server.Close()
		show.Response(http.Get(server.URL))
	}},
	{Name: "closed_at_once", Spans: true, Run: func() {
		for _, server := range both(func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) }) {
			show.Response(server.Client().Post(server.URL, "text/plain", strings.NewReader("x")))
			server.Close()
		}
	}},
	{Name: "bad_requests", Run: func() {
		for _, change := range []func(*http.Request){
			func(r *http.Request) { r.URL = nil },
			func(r *http.Request) { r.URL.Scheme = "gopher" },
			func(r *http.Request) { r.URL.Host = "" },
			func(r *http.Request) { r.Method = "NOT A METHOD" },
			func(r *http.Request) { r.Header["bad key"] = []string{"x"} },
			func(r *http.Request) { r.Header["X"] = []string{"bad\nvalue"} },
			func(r *http.Request) { r.RequestURI = "/set" },
		} {
			sent := body("x")
			req := request("POST", "http://127.0.0.1:1/", "")
			req.Body, req.ContentLength = sent, 1
			change(req)
			_, err := http.DefaultClient.Do(req)
			show.Error("client", err)
			fmt.Println("closed", sent.closed())
			sent = body("x")
			req.Body = sent
			_, err = http.DefaultTransport.RoundTrip(req)
			show.Error("transport", err)
			fmt.Println("closed", sent.closed())
		}
	}},
	{Name: "body_fails", Spans: true, Run: func() {
		for _, server := range both(func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }) {
			req := request("POST", server.URL, "")
			req.Body, req.ContentLength = io.NopCloser(failing{}), -1
			_, err := server.Client().Do(req)
			fmt.Println(err != nil && strings.Contains(err.Error(), "the body is broken"))
			server.Close()
		}
	}},
	{Name: "panics", Spans: true, Run: func() {
		server := serve(echo)
		defer server.Close()
		client := &http.Client{Transport: answering(func(req *http.Request) (*http.Response, error) {
			resp, err := http.DefaultTransport.RoundTrip(req)
			if err == nil {
				resp.Body.Close()
			}
			panic("in the round tripper")
		})}
		func() {
			defer func() { fmt.Println("recovered:", recover()) }()
			_, _ = client.Get(server.URL)
		}()
		func() {
			defer func() { fmt.Println("recovered:", recover() != nil) }()
			_, _ = http.DefaultTransport.RoundTrip(nil)
		}()
	}},
	{Name: "body_closed", Spans: true, Run: func() {
		for _, server := range both(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
		}) {
			sent := body("read and closed")
			req := request("POST", server.URL, "")
			req.Body, req.ContentLength = sent, int64(sent.Len())
			show.Response(server.Client().Do(req))
			fmt.Println("closed", sent.closed() > 0, "left", sent.Len())
			server.Close()
		}
	}},
	{Name: "not_http", Spans: true, Run: func() {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			panic(err)
		}
		defer listener.Close()
		go func() {
			for {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				_, _ = conn.Read(make([]byte, 1000))
				fmt.Fprint(conn, "SSH-2.0-what\r\n")
				conn.Close()
			}
		}()
		show.Response(http.Get("http://" + listener.Addr().String()))
		show.Response(http.Get("https://" + listener.Addr().String()))
	}},
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("the body is broken") }
