// A request that is being served accepts a connection and serves HTTP/2 on it, as long as that
// connection lives. What the program's own connection does when it is read from, a call that is
// sent here, is not below that request: frames of all streams are read there.
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"

	"golang.org/x/net/http2"
)

// connection calls a server when it is read from, if it has been asked to.
type connection struct {
	net.Conn
	url   string
	asked int32
}

func (c *connection) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 && atomic.CompareAndSwapInt32(&c.asked, 1, 0) {
		call(http.DefaultTransport, c.url)
	}
	return n, err
}

func main() {
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer other.Close()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	defer listener.Close()
	accepted := make(chan *connection, 1)
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		raw, err := listener.Accept()
		if err != nil {
			panic(err)
		}
		own := &connection{Conn: raw, url: other.URL + "/by-the-connection"}
		accepted <- own
		streams := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusAccepted) })
		(&http2.Server{}).ServeConn(own, &http2.ServeConnOpts{Handler: streams})
	}))
	defer server.Close()

	left := make(chan bool)
	go func() {
		call(http.DefaultTransport, server.URL+"/accepts")
		close(left)
	}()
	raw, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		panic(err)
	}
	client, err := (&http2.Transport{AllowHTTP: true}).NewClientConn(raw)
	if err != nil {
		panic(err)
	}
	own := <-accepted
	call(client, "http://"+listener.Addr().String()+"/first")
	atomic.StoreInt32(&own.asked, 1)
	call(client, "http://"+listener.Addr().String()+"/second")
	raw.Close()
	<-left
}

func call(by http.RoundTripper, url string) {
	request, err := http.NewRequest("GET", url, nil)
	if err != nil {
		panic(err)
	}
	response, err := by.RoundTrip(request)
	if err != nil {
		panic(err)
	}
	io.Copy(io.Discard, response.Body)
	response.Body.Close()
	fmt.Println(request.URL.Path, response.StatusCode)
}
