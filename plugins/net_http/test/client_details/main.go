// What the span of a call says about where it goes: the Host header, redirections and
// repetitions, the connection, and a URL that is given as a whole, or with a password.
//
//gorule:metrics
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	var left bool
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/first":
			http.Redirect(w, r, "/second", http.StatusFound)
		case "/second":
			http.Redirect(w, r, "/third", http.StatusFound)
		case "/again":
			if !left { // once without an answer: the client sends it again
				left = true
				panic(http.ErrAbortHandler)
			}
		}
	}))
	defer server.Close()
	client := server.Client()

	request := get(server.URL + "/host")
	request.Host = "virtual.example:8443"
	send(client, request)
	send(client, get(server.URL+"/first"))
	send(client, get(server.URL+"/again"))
	request = get(server.URL + "/user")
	request.URL.User = url.UserPassword("me", "secret")
	send(client, request)
	request = get(server.URL)
	request.URL.Opaque = "//me:secret@" + request.URL.Host + "/opaque%2Fpath"
	send(client, request)

	_, err := client.Get("http://no-such-host.invalid/")
	fmt.Println(err != nil)

	folder, err := os.MkdirTemp("", "")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(folder)
	local(filepath.Join(folder, "socket"))
}

// local calls a server at a socket of the file system.
func local(path string) {
	listener, err := net.Listen("unix", path)
	if err != nil {
		panic(err)
	}
	server := &http.Server{Handler: http.NotFoundHandler()}
	go server.Serve(listener)
	transport := &http.Transport{Dial: func(string, string) (net.Conn, error) {
		connection, err := net.Dial("unix", path)
		return counted{connection}, err // of the program's own type: it is not asked
	}}
	send(&http.Client{Transport: transport}, get("http://local/counted"))
	transport.CloseIdleConnections()
	server.Close()
}

type counted struct{ net.Conn }

func (counted) RemoteAddr() net.Addr { panic("not for others to ask") }

func get(url string) *http.Request {
	request, err := http.NewRequest("GET", url, strings.NewReader(""))
	if err != nil {
		panic(err)
	}
	request.Body = nil
	return request
}

func send(client *http.Client, request *http.Request) {
	response, err := client.Do(request)
	if err != nil {
		fmt.Println(request.URL.Path, err)
		return
	}
	io.Copy(io.Discard, response.Body)
	response.Body.Close()
	fmt.Println(request.URL.Path, response.StatusCode)
}
