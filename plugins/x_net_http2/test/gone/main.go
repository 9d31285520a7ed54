// Clients that go away: no status where none was sent, whatever the handler answers afterwards; what
// was sent before stays as it is.
//
//gorule:metrics
package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/h2c"
)

var begun = make(chan bool)

func main() {
	server := httptest.NewServer(h2c.NewHandler(http.HandlerFunc(handle), &http2.Server{}))
	defer server.Close()
	transport := &http2.Transport{
		AllowHTTP: true,
		DialTLS: func(network, address string, _ *tls.Config) (net.Conn, error) {
			return net.Dial(network, address)
		},
	}
	for _, path := range []string{"/nothing", "/fails", "/bare", "/flushed", "/broken", "/panics"} {
		leave(transport, server.URL+path)
	}
	request, err := http.NewRequest("HEAD", server.URL+"/head", nil)
	if err != nil {
		panic(err)
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		panic(err)
	}
	fmt.Println(response.StatusCode)
	settle()
}

// handle answers when the client has gone away, or, where its path says so, also before.
func handle(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/head":
		w.WriteHeader(http.StatusAccepted)
		w.(http.Flusher).Flush()
		return
	case "/flushed", "/broken":
		fmt.Fprintln(w, "hello")
		w.(http.Flusher).Flush()
	}
	begun <- true
	<-w.(http.CloseNotifier).CloseNotify() // the context is canceled a moment before the stream is closed
	switch r.URL.Path {
	case "/fails":
		http.Error(w, "failed", http.StatusInternalServerError)
	case "/bare":
		w.WriteHeader(http.StatusInternalServerError)
		w.(http.Flusher).Flush()
	case "/broken":
		for {
			if _, err := w.Write(make([]byte, 1<<16)); err != nil {
				return
			}
		}
	case "/panics":
		panic(http.ErrAbortHandler)
	}
}

func leave(transport *http2.Transport, url string) {
	ctx, cancel := context.WithCancel(context.Background())
	request, err := http.NewRequestWithContext(ctx, "POST", url, strings.NewReader("body"))
	if err != nil {
		panic(err)
	}
	path := request.URL.Path
	go func() {
		<-begun
		if path != "/flushed" && path != "/broken" {
			cancel()
		}
	}()
	response, err := transport.RoundTrip(request)
	if err == nil {
		fmt.Println(path, response.StatusCode)
	} else {
		fmt.Println(path, err)
	}
	cancel()
	settle()
}

// settle returns when no request is served any more.
func settle() {
	stacks := make([]byte, 1<<20)
	for strings.Contains(string(stacks[:runtime.Stack(stacks, true)]), "runHandler(") {
		time.Sleep(time.Millisecond)
	}
}
