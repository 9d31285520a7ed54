// A request whose connection is hijacked is over then: its handler goes on for as long as
// both sides like. A proxy that passes an upgrade on does so on both its sides.
//
//gorule:metrics
package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
)

func main() {
	ended := make(chan bool, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/told":
			w.Header().Set("Connection", "Upgrade")
			w.Header().Set("Upgrade", "echo")
			w.WriteHeader(http.StatusSwitchingProtocols)
		case "/refused":
			w = struct{ http.ResponseWriter }{w}
		}
		hijacker, ok := w.(http.Hijacker)
		if !ok {
			w.WriteHeader(http.StatusNotImplemented)
			ended <- true
			return
		}
		connection, buffer, err := hijacker.Hijack()
		if err != nil {
			panic(err)
		}
		if r.URL.Path != "/told" {
			buffer.WriteString("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
			buffer.Flush()
		}
		io.Copy(connection, buffer)
		connection.Close()
		if r.URL.Path == "/fails" {
			func() {
				defer func() { _ = recover() }()
				panic("after the request")
			}()
		}
		ended <- true
	}))
	defer server.Close()
	target, err := url.Parse(server.URL)
	if err != nil {
		panic(err)
	}
	proxy := httptest.NewServer(httputil.NewSingleHostReverseProxy(target))
	defer proxy.Close()
	for _, path := range []string{"/plain", "/told", "/fails", "/refused"} {
		upgrade(server.Listener.Addr().String(), path)
		<-ended
	}
	upgrade(proxy.Listener.Addr().String(), "/proxied")
	<-ended
}

func upgrade(address, path string) {
	connection, err := net.Dial("tcp", address)
	if err != nil {
		panic(err)
	}
	defer connection.Close()
	fmt.Fprintf(connection, "GET %s HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n", path)
	reader := bufio.NewReader(connection)
	response, err := http.ReadResponse(reader, nil)
	if err != nil {
		panic(err)
	}
	fmt.Println(path, response.StatusCode)
	if response.StatusCode != http.StatusSwitchingProtocols {
		return
	}
	fmt.Fprintln(connection, "hello")
	line, err := reader.ReadString('\n')
	fmt.Print(path, " ", line)
	if err != nil {
		panic(err)
	}
}
