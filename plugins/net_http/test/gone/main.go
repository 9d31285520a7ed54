// Clients of HTTP/1 that go away: no status where none was sent, whatever the handler
// answers afterwards; what was sent before stays as it is.
//
//gorule:metrics
package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"time"
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
	base, stop := context.WithCancel(context.Background())
	server.Config.BaseContext = func(net.Listener) context.Context { return base }
	server.Start()
	defer server.Close()
	address := server.Listener.Addr().String()
	for _, path := range []string{"/nothing", "/fails", "/answers", "/flushed", "/broken", "/panics", "/panics-flushed", "/file-flushed"} {
		leave(address, "GET "+path+" HTTP/1.1\r\nHost: a.example\r\n\r\n", strings.HasSuffix(path, "flushed"))
	}
	leave(address, "POST /upload HTTP/1.1\r\nHost: a.example\r\nContent-Length: 100\r\n\r\nabc", false)
	slow(address)
	stop()
	stay(address)
}

// handle answers when the client has gone away, or, where its path says so, also before.
func handle(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/upload":
		begun <- true
		_, err := io.ReadAll(r.Body)
		http.Error(w, fmt.Sprint(err), http.StatusInternalServerError)
		return
	case "/slow":
		if _, err := io.ReadAll(r.Body); err != nil {
			w.WriteHeader(http.StatusRequestTimeout)
		}
		return
	case "/stays":
		fmt.Fprintln(w, r.Context().Err())
		return
	case "/file-flushed":
		begun <- true
		file(w, r)
		return
	case "/flushed", "/broken", "/panics-flushed":
		fmt.Fprintln(w, "hello")
		w.(http.Flusher).Flush()
	}
	begun <- true
	<-r.Context().Done()
	switch r.URL.Path {
	case "/fails":
		http.Error(w, "failed", http.StatusInternalServerError)
	case "/answers":
		fmt.Fprintln(w, "hello")
		w.(http.Flusher).Flush()
	case "/broken":
		for {
			if _, err := w.Write(make([]byte, 1<<16)); err != nil {
				return
			}
		}
	case "/panics", "/panics-flushed":
		panic(http.ErrAbortHandler)
	}
}

// file answers with more than the system takes of a client that does not read.
func file(w http.ResponseWriter, r *http.Request) {
	f, err := os.CreateTemp("", "")
	if err != nil {
		panic(err)
	}
	defer os.Remove(f.Name())
	defer f.Close()
	if err := f.Truncate(1 << 28); err != nil {
		panic(err)
	}
	http.ServeContent(w, r, "zeros", time.Time{}, f)
}

// leave sends a request, waits for the handler and, where there is one, for its answer,
// and closes the connection.
func leave(address, request string, answered bool) {
	connection, err := net.Dial("tcp", address)
	if err != nil {
		panic(err)
	}
	fmt.Fprint(connection, request)
	<-begun
	if answered {
		response, err := http.ReadResponse(bufio.NewReader(connection), nil)
		fmt.Println(response.StatusCode, err)
	}
	connection.Close()
	<-done
}

// slow is a client that is there, but does not send its body in time: it gets its answer.
func slow(address string) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(handle))
	server.Config.ReadTimeout = 100 * time.Millisecond
	server.Start()
	defer server.Close()
	connection, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		panic(err)
	}
	defer connection.Close()
	fmt.Fprint(connection, "POST /slow HTTP/1.1\r\nHost: a.example\r\nContent-Length: 100\r\n\r\nabc")
	response, err := http.ReadResponse(bufio.NewReader(connection), nil)
	if err != nil {
		panic(err)
	}
	fmt.Println(response.StatusCode)
}

// stay is a client that is there while the program itself has cancelled all requests.
func stay(address string) {
	connection, err := net.Dial("tcp", address)
	if err != nil {
		panic(err)
	}
	defer connection.Close()
	fmt.Fprint(connection, "GET /stays HTTP/1.1\r\nHost: a.example\r\n\r\n")
	<-done
	response, err := http.ReadResponse(bufio.NewReader(connection), nil)
	if err != nil {
		panic(err)
	}
	body, err := io.ReadAll(response.Body)
	fmt.Println(response.StatusCode, string(body), err)
}
