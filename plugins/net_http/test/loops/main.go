// A connection is opened by a request that is still being served while the program uses it for something else: what runs on
// its goroutines, the body that is sent here, is not below that request.
package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
)

// body is read by a goroutine of the connection, and calls a server of its own.
type body struct {
	io.Reader
	url string
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if n > 0 {
		call("GET", b.url, nil)
	}
	return n, err
}

func call(method, url string, body io.Reader) {
	req, err := http.NewRequest(method, url, body)
	if err != nil {
		panic(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		panic(err)
	}
	io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
}

func main() {
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer other.Close()
	back := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body) }))
	defer back.Close()
	opened, done := make(chan bool), make(chan bool)
	front := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		call("GET", back.URL+"/opens", nil)
		opened <- true
		<-done
	}))
	defer front.Close()

	finished := make(chan bool)
	go func() {
		call("GET", front.URL+"/front", nil)
		finished <- true
	}()
	<-opened
	call("POST", back.URL+"/reuses", &body{strings.NewReader("text"), other.URL + "/by-the-body"})
	done <- true
	<-finished
	fmt.Println("done")
}
