// Server answers requests in every way that a handler can, and prints what the client got.
package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"time"

	"example.com/programs/scenario"
	"example.com/programs/show"
)

// handled is a handler and the request that it is sent, over HTTP/1.1 byte by byte and over HTTP/2 by a client.
type handled struct {
	name    string
	handler http.HandlerFunc
	method  string      // GET where empty
	path    string      // "/" where empty
	body    string      // none where empty
	header  http.Header // more of the request's header
	logs    int         // how many times the server itself has something to say
	later   bool        // whether a goroutine of the handler outlives it and has something to say
}

// extra holds scenarios of files that only newer versions of Go compile.
var extra []handled

func main() {
	var scenarios []show.Scenario
	for _, table := range [][]handled{answers, panics, writers, standard, contexts, extra} {
		for _, h := range table {
			h := h
			// Nobody waits for a handler that has taken the connection over: the program may end before its span does.
			taken := strings.Contains(h.name, "hijack")
			scenarios = append(scenarios, show.Scenario{Name: "h1/" + h.name, Spans: !taken, Run: func() { overHTTP1(h) }})
			if h.name != "write_deadline" { // over HTTP/2 a stream is reset at a time of its own
				scenarios = append(scenarios, show.Scenario{Name: "h2/" + h.name, Spans: true, Run: func() { overHTTP2(h) }})
			}
		}
	}
	scenarios = append(scenarios, connections...)
	scenario.Main(scenarios)
}

func newServer(handler http.Handler) *httptest.Server {
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = log.New(counted{}, "server: ", 0)
	return server
}

// logged gets a value for each thing that a server has said.
var logged = make(chan bool, 100)

type counted struct{}

func (counted) Write(text []byte) (int, error) {
	n, err := os.Stderr.Write(text)
	logged <- true
	return n, err
}

// awaitLog waits until the server has said so much: an HTTP/2 server does that after it has answered.
func awaitLog(times int) {
	for ; times > 0; times-- {
		select {
		case <-logged:
		case <-time.After(20 * time.Second):
			fmt.Println("the server has not said what it should have")
		}
	}
}

func overHTTP1(h handled) {
	server := newServer(h.handler)
	server.Start()
	show.Raw(server.Listener.Addr().String(), rawRequest(h))
	awaitLog(h.logs)
	finish(server, h.later)
}

func rawRequest(h handled) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: shop.test\r\nUser-Agent: test\r\n", or(h.method, "GET"), or(h.path, "/"))
	if h.body != "" {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(h.body))
	}
	_ = h.header.Write(&b)
	b.WriteString("Connection: close\r\n\r\n" + h.body)
	return b.String()
}

func overHTTP2(h handled) {
	server := newServer(h.handler)
	server.EnableHTTP2 = true
	server.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	server.StartTLS()
	var body io.Reader
	if h.body != "" {
		body = strings.NewReader(h.body)
	}
	req, err := http.NewRequest(or(h.method, "GET"), server.URL+or(h.path, "/"), body)
	if err != nil {
		panic(err)
	}
	for key, values := range h.header {
		req.Header[key] = values
	}
	client := server.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	show.Response(client.Do(req))
	awaitLog(h.logs)
	finish(server, h.later)
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// after holds what a scenario prints once the response is there.
var after = make(chan string, 16)

// finish ends the server and prints what its handlers left to say.
func finish(server *httptest.Server, later bool) {
	server.Close()
	if later {
		fmt.Println(<-after)
	}
	for {
		select {
		case line := <-after:
			fmt.Println(line)
		default:
			return
		}
	}
}
