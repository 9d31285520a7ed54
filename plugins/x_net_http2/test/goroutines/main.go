// Goroutines of connections serve many requests: what runs on them is not below the span that
// happened to be there when they were started. A client's connection calls back when an answer
// comes; what a server's connection reads comes from the program.
package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"

	"golang.org/x/net/http2"
)

// reading makes a request before it is read from for the second time.
type reading struct {
	net.Conn
	url   string
	reads int
}

func (r *reading) Read(p []byte) (int, error) {
	if r.reads++; r.reads == 2 {
		get(context.Background(), &http.Transport{}, r.url+"/from-reading")
	}
	return r.Conn.Read(p)
}

func main() {
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {}))
	defer target.Close()
	here, there := net.Pipe()
	done := make(chan bool)
	starter := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		go func() {
			served := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {})
			(&http2.Server{}).ServeConn(&reading{Conn: there, url: target.URL}, &http2.ServeConnOpts{Handler: served})
			close(done)
		}()
	}))
	defer starter.Close()
	get(context.Background(), &http.Transport{}, starter.URL+"/start")
	connection, err := (&http2.Transport{AllowHTTP: true}).NewClientConn(here)
	if err != nil {
		panic(err)
	}
	get(context.Background(), connection, "http://example.com/served")
	connection.Close()
	<-done

	secure := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {}))
	secure.EnableHTTP2 = true
	secure.StartTLS()
	defer secure.Close()
	transport := &http2.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	get(context.Background(), transport, secure.URL+"/opens")
	trace := &httptrace.ClientTrace{GotFirstResponseByte: func() {
		get(context.Background(), &http.Transport{}, target.URL+"/from-response")
	}}
	get(httptrace.WithClientTrace(context.Background(), trace), transport, secure.URL+"/uses")
	transport.CloseIdleConnections()
	fmt.Println("done")
}

func get(ctx context.Context, by http.RoundTripper, url string) {
	request, err := http.NewRequestWithContext(ctx, "GET", url, nil)
	if err != nil {
		panic(err)
	}
	response, err := by.RoundTrip(request)
	if err != nil {
		panic(err)
	}
	response.Body.Close()
}
