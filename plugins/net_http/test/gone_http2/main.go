// Clients of HTTP/2 that go away: no status where none was sent, whatever the handler
// answers afterwards; what was sent before stays as it is.
//
//gorule:metrics
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
)

var (
	begun = make(chan bool)
	done  = make(chan bool)
)

func main() {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() { done <- true }()
		handle(w, r)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	for _, path := range []string{"/nothing", "/fails", "/fails-flushed", "/bare", "/flushed", "/broken", "/panics"} {
		leave(server, path)
	}
	response, err := server.Client().Head(server.URL + "/head")
	if err != nil {
		panic(err)
	}
	fmt.Println(response.StatusCode)
	<-done
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
	case "/fails-flushed":
		http.Error(w, "failed", http.StatusInternalServerError)
		w.(http.Flusher).Flush()
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

func leave(server *httptest.Server, path string) {
	ctx, cancel := context.WithCancel(context.Background())
	request, err := http.NewRequestWithContext(ctx, "POST", server.URL+path, strings.NewReader("body"))
	if err != nil {
		panic(err)
	}
	go func() {
		<-begun
		if path != "/flushed" && path != "/broken" {
			cancel()
		}
	}()
	response, err := server.Client().Do(request)
	if err == nil {
		fmt.Println(path, response.StatusCode)
	} else {
		fmt.Println(path, err)
	}
	cancel()
	<-done
}
