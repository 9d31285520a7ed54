// Goroutines of connections serve many: what runs on them is not below the span
// that happened to be there when they were started. A server that a handler has
// started calls back when a connection becomes active; a client's connection
// calls back when an answer comes, on behalf of the second request.
package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
)

func main() {
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {}))
	defer target.Close()

	var started *httptest.Server
	starter := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {}))
		started.Config.ConnState = func(_ net.Conn, state http.ConnState) {
			if state == http.StateActive {
				get(context.Background(), &http.Transport{}, target.URL+"/from-conn")
			}
		}
		started.Start()
	}))
	get(context.Background(), &http.Transport{}, starter.URL+"/start")
	get(context.Background(), &http.Transport{}, started.URL+"/started")

	secure := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {}))
	secure.EnableHTTP2 = true
	secure.StartTLS()
	for name, url := range map[string]string{"http1": target.URL, "http2": secure.URL} {
		transport := &http.Transport{
			ForceAttemptHTTP2: true,
			TLSClientConfig:   &tls.Config{InsecureSkipVerify: true},
		}
		get(context.Background(), transport, url+"/opens-"+name)
		trace := &httptrace.ClientTrace{GotFirstResponseByte: func() {
			get(context.Background(), &http.Transport{}, target.URL+"/from-"+name)
		}}
		get(httptrace.WithClientTrace(context.Background(), trace), transport, url+"/uses-"+name)
	}
	fmt.Println("done")
}

func get(ctx context.Context, transport *http.Transport, url string) {
	request, err := http.NewRequestWithContext(ctx, "GET", url, nil)
	if err != nil {
		panic(err)
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		panic(err)
	}
	response.Body.Close()
}
