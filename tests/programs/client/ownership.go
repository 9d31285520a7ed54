package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"example.com/programs/show"
)

// ownership are requests whose objects belong to the caller, before and after.
var ownership = []show.Scenario{
	{Name: "get", Spans: true, Run: func() {
		server := serve(echo)
		defer server.Close()
		req := request("GET", server.URL+"/a?b=c", "")
		req.Header.Set("X-Mine", "1")
		before := look(req)
		resp, err := http.DefaultClient.Do(req)
		fmt.Println("resp.Request is the caller's:", err == nil && resp.Request == req)
		show.Response(resp, err)
		compare(before, req)
	}},
	{Name: "get_http2", Spans: true, Run: func() {
		server := serveHTTP2(echo)
		defer server.Close()
		req := request("POST", server.URL+"/a?b=c", "body")
		before := look(req)
		resp, err := server.Client().Do(req)
		fmt.Println("resp.Request is the caller's:", err == nil && resp.Request == req)
		fmt.Println("the host was", req.Host == server.Listener.Addr().String())
		show.Response(resp, err)
		compare(before, req)
	}},
	{Name: "round_trip", Spans: true, Run: func() {
		server := serve(echo)
		defer server.Close()
		req := request("PUT", server.URL, "through the transport")
		before := look(req)
		resp, err := http.DefaultTransport.RoundTrip(req)
		fmt.Println("resp.Request is the caller's:", err == nil && resp.Request == req)
		show.Response(resp, err)
		compare(before, req)
	}},
	{Name: "nil_header", Spans: true, Run: func() {
		server := serve(echo)
		defer server.Close()
		req := request("GET", server.URL, "")
		req.Header = nil
		resp, err := http.DefaultTransport.RoundTrip(req)
		fmt.Println(err, req.Header == nil)
		if err == nil {
			show.Response(resp, err)
		}
		u, _ := url.Parse(server.URL)
		show.Response(http.DefaultClient.Do(&http.Request{URL: u}))
	}},
	{Name: "reused", Spans: true, Run: func() {
		server := serve(echo)
		defer server.Close()
		req := request("POST", server.URL, "again and again")
		before := look(req)
		for i := 0; i < 3; i++ {
			req.Body, _ = req.GetBody()
			before.copy.Body = req.Body
			show.Response(http.DefaultClient.Do(req))
		}
		compare(before, req)
	}},
	{Name: "shared_header", Spans: true, Run: func() {
		server := serve(echo)
		defer server.Close()
		shared := http.Header{"X-Shared": {"1"}}
		done := make(chan error)
		for i := 0; i < 8; i++ {
			go func() {
				req := request("GET", server.URL, "")
				req.Header = shared
				resp, err := http.DefaultClient.Do(req)
				if err == nil {
					_, err = io.Copy(io.Discard, resp.Body)
					resp.Body.Close()
				}
				done <- err
			}()
		}
		for i := 0; i < 8; i++ {
			fmt.Println(<-done)
		}
		fmt.Println(shared)
	}},
	{Name: "own_traceparent", Spans: true, Run: func() {
		mine := "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
		server := serve(func(w http.ResponseWriter, r *http.Request) {
			// The call's span is a child of that of the program: the trace is the same, the
			// span is not.
			for _, sent := range r.Header["Traceparent"] {
				fmt.Fprintln(w, sent[:len("00-0af7651916cd43dd8448eb211c80319c-")])
			}
		})
		defer server.Close()
		req := request("GET", server.URL, "")
		req.Header.Set("traceparent", mine)
		show.Response(http.DefaultClient.Do(req))
		fmt.Println(req.Header)
	}},
	{Name: "on_the_wire", Spans: true, Run: func() {
		wire("POST", http.Header{"X-B": {"1", "2"}, "X-A": {"3"}, "x-odd": {"4"}, "User-Agent": {""}}, nil)
		wire("GET", http.Header{"Accept-Encoding": {"identity"}, "Cookie": {"a=b"}}, nil)
		wire("POST", nil, http.Header{"X-Trailer": {"at the end"}})
	}},
	{Name: "redirects", Spans: true, Run: redirects},
	{Name: "middleware", Spans: true, Run: func() {
		server := serve(echo)
		defer server.Close()
		client := &http.Client{Transport: adding{http.DefaultTransport}}
		req := request("GET", server.URL, "")
		before := look(req)
		resp, err := client.Do(req)
		fmt.Println("resp.Request is the caller's:", err == nil && resp.Request == req)
		show.Response(resp, err)
		compare(before, req)
	}},
	{Name: "no_transport", Run: func() {
		client := &http.Client{Transport: answering(func(req *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 299, Status: "299 Made Up", Body: http.NoBody, Header: req.Header}, nil
		})}
		req := request("GET", "http://nowhere.test", "")
		resp, err := client.Do(req)
		fmt.Println(err, resp.Request == nil)
		show.Response(resp, err)
	}},
}

// adding is a RoundTripper with unnamed results that changes a copy of the request.
type adding struct{ next http.RoundTripper }

func (a adding) RoundTrip(req *http.Request) (*http.Response, error) {
	changed := req.Clone(req.Context())
	changed.Header.Set("X-Added", "yes")
	return a.next.RoundTrip(changed)
}

type answering func(*http.Request) (*http.Response, error)

func (a answering) RoundTrip(req *http.Request) (*http.Response, error) { return a(req) }

// wire prints the bytes that a request is sent as, but for the trace's own two headers.
func wire(method string, header, trailer http.Header) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	defer listener.Close()
	seen := make(chan string, 1)
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			panic(err)
		}
		defer conn.Close()
		reader := bufio.NewReader(conn)
		var text strings.Builder
		for blank := 0; blank < 1 || (trailer != nil && blank < 2); {
			line, err := reader.ReadString('\n')
			if err != nil {
				panic(err)
			}
			lower := strings.ToLower(line)
			if !strings.HasPrefix(lower, "traceparent:") && !strings.HasPrefix(lower, "tracestate:") && !strings.HasPrefix(lower, "host:") {
				text.WriteString(line)
			}
			if line == "\r\n" {
				blank++
			}
		}
		seen <- text.String()
		fmt.Fprint(conn, "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
	}()
	req := request(method, "http://"+listener.Addr().String()+"/wire", "")
	if header != nil {
		req.Header = header
	}
	if trailer != nil {
		req.Body, req.ContentLength, req.Trailer = io.NopCloser(strings.NewReader("body")), -1, trailer
	}
	resp, err := http.DefaultClient.Do(req)
	fmt.Printf("%q\n", <-seen)
	show.Response(resp, err)
}

func redirects() {
	var server = serve(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/found":
			http.Redirect(w, r, "/end", http.StatusFound)
		case "/temporary":
			http.Redirect(w, r, "/end", http.StatusTemporaryRedirect)
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		default:
			echo(w, r)
		}
	})
	defer server.Close()
	client := &http.Client{CheckRedirect: func(req *http.Request, via []*http.Request) error {
		if len(via) > 3 {
			return fmt.Errorf("enough after %d", len(via))
		}
		show.Header("redirect header", req.Header)
		fmt.Println("redirect to", req.URL.Path, "via", len(via), via[len(via)-1].URL.Path, req.Response.Status)
		return nil
	}}
	for _, path := range []string{"/found", "/temporary", "/loop"} {
		req := request("POST", server.URL+path, "redirected body")
		req.Header.Set("Authorization", "Bearer x")
		before := look(req)
		resp, err := client.Do(req)
		if err == nil {
			fmt.Println("resp.Request is the caller's:", resp.Request == req, "its response:", resp.Request.Response != nil)
			resp.Header.Del("Referer")
		}
		show.Response(resp, err)
		compare(before, req)
	}
}
