// Clients that do not go through net/http's transport: one span for a call, whether the transport
// or the program chooses the connection, and one for a call that is sent again on another
// connection. The request is never written to.
package main

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"

	"golang.org/x/net/http2"
)

// pool hands out its connections one after the other.
type pool struct{ connections []*http2.ClientConn }

func (p *pool) GetClientConn(*http.Request, string) (*http2.ClientConn, error) {
	first := p.connections[0]
	p.connections = p.connections[1:]
	return first, nil
}

func (p *pool) MarkDead(*http2.ClientConn) {}

func main() {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusAccepted)
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	insecure := &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}}
	transport := &http2.Transport{TLSClientConfig: insecure}
	send(transport, server.URL+"/transport")
	transport.CloseIdleConnections()

	connect := func() *http2.ClientConn {
		connection, err := tls.Dial("tcp", server.Listener.Addr().String(), insecure)
		if err != nil {
			panic(err)
		}
		client, err := transport.NewClientConn(connection)
		if err != nil {
			panic(err)
		}
		return client
	}
	own := connect()
	send(own, server.URL+"/connection")
	own.Close()

	closed := connect()
	closed.SetDoNotReuse()
	last := connect()
	send(&http2.Transport{ConnPool: &pool{[]*http2.ClientConn{closed, last}}}, server.URL+"/again")
	closed.Close()
	last.Close()

	refused, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	refused.Close()
	send(transport, "https://"+refused.Addr().String()+"/refused")
}

func send(by http.RoundTripper, url string) {
	request, err := http.NewRequest("GET", url, nil)
	if err != nil {
		panic(err)
	}
	response, err := by.RoundTrip(request)
	if err != nil {
		fmt.Println(request.URL.Path, "fails", request.Header)
		return
	}
	response.Body.Close()
	fmt.Println(request.URL.Path, response.StatusCode, request.Header)
}
