// HTTP/2 without TLS, by prior knowledge: each stream of a connection is a request with a span of
// its own, below the call that has sent it, with the status that its handler has given. HTTP/1 to
// the same server is net/http's.
//
//gorule:metrics
package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/h2c"
)

func main() {
	inner := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {}))
	defer inner.Close()
	server := httptest.NewUnstartedServer(h2c.NewHandler(handler(inner.URL), &http2.Server{}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Start()
	defer server.Close()
	transport := &http2.Transport{
		AllowHTTP: true,
		DialTLS: func(network, address string, _ *tls.Config) (net.Conn, error) {
			return net.Dial(network, address)
		},
	}
	client := &http.Client{Transport: transport}
	for _, path := range []string{"/panic", "/late", "/abort", "/", "/calls", "/missing", "/fails", "/early"} {
		call(client, server.URL+path)
	}
	transport.CloseIdleConnections()
	call(http.DefaultClient, server.URL+"/one")
	settle()
}

func handler(inner string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.Proto, " ", len(r.Header["Traceparent"]) <= 1)
	})
	mux.HandleFunc("/calls", func(w http.ResponseWriter, r *http.Request) {
		request, _ := http.NewRequestWithContext(r.Context(), "GET", inner+"/inner", nil)
		response, err := http.DefaultClient.Do(request)
		if err == nil {
			response.Body.Close()
		}
	})
	mux.HandleFunc("/missing", http.NotFound)
	mux.HandleFunc("/fails", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	mux.HandleFunc("/early", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(http.StatusCreated)
	})
	mux.HandleFunc("/panic", func(w http.ResponseWriter, r *http.Request) { panic("the handler has failed") })
	mux.HandleFunc("/late", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusAccepted)
		w.(http.Flusher).Flush()
		panic("the handler has failed late")
	})
	mux.HandleFunc("/abort", func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) })
	return mux
}

func call(client *http.Client, url string) {
	request, err := http.NewRequest("POST", url, strings.NewReader("body"))
	if err != nil {
		panic(err)
	}
	path := request.URL.Path
	response, err := client.Do(request)
	if err != nil {
		fmt.Println(path, "fails", len(request.Header))
		return
	}
	body, err := io.ReadAll(response.Body)
	response.Body.Close()
	fmt.Println(path, response.StatusCode, strings.TrimSpace(string(body)), err == nil, len(request.Header))
}

// settle returns when no request is served any more: a client learns of a panic before the server
// is done with it.
func settle() {
	stacks := make([]byte, 1<<20)
	for strings.Contains(string(stacks[:runtime.Stack(stacks, true)]), "runHandler(") {
		time.Sleep(time.Millisecond)
	}
}
