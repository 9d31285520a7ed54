// A call that is sent again on another connection, since the first one has refused it, is one call
// and has one span. From Go 1.27 on the newer releases do not send it again.
//
//gorule:go [1.18, 1.27)
package main

import (
	"crypto/tls"
	"fmt"
	"io"
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
	connection, err := tls.Dial("tcp", server.Listener.Addr().String(), &tls.Config{
		InsecureSkipVerify: true, NextProtos: []string{"h2"},
	})
	check(err)
	refusing, err := (&http2.Transport{}).NewClientConn(refuse())
	check(err)
	answering, err := (&http2.Transport{}).NewClientConn(connection)
	check(err)
	transport := &http2.Transport{ConnPool: &pool{[]*http2.ClientConn{refusing, answering}}}
	request, err := http.NewRequest("GET", server.URL+"/", nil)
	check(err)
	response, err := transport.RoundTrip(request)
	check(err)
	response.Body.Close()
	fmt.Println(response.StatusCode, request.Header)
	refusing.Close()
	answering.Close()
}

// refuse returns a connection to a server that refuses all streams.
func refuse() net.Conn {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	go func() {
		there, err := listener.Accept()
		if err != nil {
			return
		}
		listener.Close()
		if _, err := io.ReadFull(there, make([]byte, len(http2.ClientPreface))); err != nil {
			return
		}
		framer := http2.NewFramer(there, there)
		framer.WriteSettings()
		for {
			frame, err := framer.ReadFrame()
			if err != nil {
				return
			}
			if _, ok := frame.(*http2.HeadersFrame); ok {
				framer.WriteRSTStream(frame.Header().StreamID, http2.ErrCodeRefusedStream)
			}
		}
	}()
	here, err := net.Dial("tcp", listener.Addr().String())
	check(err)
	return here
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
