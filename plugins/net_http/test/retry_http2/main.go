// A server of HTTP/2 that refuses a stream: the client sends the request again, on another
// one, and the call's span says so.
package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
)

func main() {
	secure := httptest.NewTLSServer(nil) // for its certificate
	defer secure.Close()
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
		Certificates: secure.TLS.Certificates,
		NextProtos:   []string{"h2"},
	})
	if err != nil {
		panic(err)
	}
	go func() {
		connection, err := listener.Accept()
		if err != nil {
			panic(err)
		}
		serve(connection)
	}()
	transport := &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	response, err := (&http.Client{Transport: transport}).Get("https://" + listener.Addr().String() + "/refused")
	if err != nil {
		panic(err)
	}
	response.Body.Close()
	fmt.Println(response.StatusCode)
}

// The types of frames.
const (
	headers   = 1
	rstStream = 3
	settings  = 4
)

// serve refuses the first stream and answers the second.
func serve(connection net.Conn) {
	preface := make([]byte, len("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))
	io.ReadFull(connection, preface)
	write(connection, settings, 0, 0)
	for head := make([]byte, 9); ; {
		if _, err := io.ReadFull(connection, head); err != nil {
			return
		}
		io.CopyN(io.Discard, connection, int64(head[0])<<16|int64(head[1])<<8|int64(head[2]))
		kind, flags, stream := head[3], head[4], head[8]
		switch {
		case kind == settings && flags == 0:
			write(connection, settings, 1, 0)
		case kind == headers && stream == 1:
			write(connection, rstStream, 0, stream, 0, 0, 0, 7) // REFUSED_STREAM
		case kind == headers:
			write(connection, headers, 5, stream, 0x88) // :status: 200
		}
	}
}

func write(connection net.Conn, kind, flags, stream byte, payload ...byte) {
	connection.Write(append([]byte{0, 0, byte(len(payload)), kind, flags, 0, 0, 0, stream}, payload...))
}
