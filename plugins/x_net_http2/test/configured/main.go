// ConfigureServer and ConfigureTransport put the package's HTTP/2 into net/http's server and
// transport: one span for each call and each request, with the attributes that net/http's have.
//
//gorule:metrics
package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"time"

	"golang.org/x/net/http2"
)

func main() {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/missing":
			w.WriteHeader(http.StatusNotFound)
		case "/panic":
			panic("the handler has failed")
		case "/abort":
			w.WriteHeader(http.StatusOK)
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		default:
			fmt.Fprint(w, r.Proto, " ", r.Header.Get("Own"))
		}
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	if err := http2.ConfigureServer(server.Config, &http2.Server{}); err != nil {
		panic(err)
	}
	server.TLS = server.Config.TLSConfig
	server.StartTLS()
	defer server.Close()
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	if err := http2.ConfigureTransport(transport); err != nil {
		panic(err)
	}
	client := &http.Client{Transport: transport}
	for _, path := range []string{"/panic", "/abort", "/", "/", "/missing"} {
		request, err := http.NewRequest("GET", server.URL+path, nil)
		if err != nil {
			panic(err)
		}
		request.Header["Own"] = []string{"header"}
		response, err := client.Do(request)
		if err != nil {
			fmt.Println(path, "fails", request.Header)
			continue
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		fmt.Println(path, response.StatusCode, string(body), err == nil, request.Header)
	}
	settle()
}

// settle returns when no request is served any more: a client learns of a panic before the server
// is done with it.
func settle() {
	stacks := make([]byte, 1<<20)
	for strings.Contains(string(stacks[:runtime.Stack(stacks, true)]), "runHandler(") {
		time.Sleep(time.Millisecond)
	}
}
