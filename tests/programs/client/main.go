// Client sends requests in every way that a program can, and prints what it got and what became of its own objects.
package main

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"strings"
	"sync/atomic"
	"time"

	"example.com/programs/scenario"
	"example.com/programs/show"
)

// more holds scenarios of files that only newer versions of Go compile.
var more []show.Scenario

func main() {
	var scenarios []show.Scenario
	for _, table := range [][]show.Scenario{ownership, transports, failures, more} {
		scenarios = append(scenarios, table...)
	}
	scenario.Main(scenarios)
}

// serve starts a server; its URL is good until the program ends.
func serve(handler http.HandlerFunc) *httptest.Server {
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = log.New(os.Stderr, "server: ", 0)
	server.Start()
	return server
}

func serveHTTP2(handler http.HandlerFunc) *httptest.Server {
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = log.New(os.Stderr, "server: ", 0)
	server.EnableHTTP2 = true
	server.StartTLS()
	return server
}

// echo answers with what it was sent.
func echo(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	fmt.Fprintf(w, "%s %s %s %v %q %v\n", r.Method, r.URL, r.Proto, r.ContentLength, body, err)
	show.HeaderTo(w, "sent", r.Header)
	show.HeaderTo(w, "sent trailer", r.Trailer)
}

func request(method, url, body string) *http.Request {
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	req, err := http.NewRequest(method, url, reader)
	if err != nil {
		panic(err)
	}
	return req
}

// snapshot is what a program can see of its own request.
type snapshot struct {
	copy    http.Request
	header  http.Header
	mapping uintptr
	url     string
}

func look(req *http.Request) snapshot {
	return snapshot{copy: *req, header: req.Header.Clone(), mapping: reflect.ValueOf(req.Header).Pointer(), url: req.URL.String()}
}

// compare prints whether anything about the request is not as it was.
func compare(before snapshot, req *http.Request) {
	after := look(req)
	fmt.Println("header map is the same:", before.mapping == after.mapping,
		"its content:", reflect.DeepEqual(before.header, after.header),
		"url:", before.url == after.url, "context:", before.copy.Context() == after.copy.Context())
	was, is := reflect.ValueOf(before.copy), reflect.ValueOf(after.copy)
	for i := 0; i < was.NumField(); i++ {
		field := was.Type().Field(i)
		if field.PkgPath == "" && field.Type.Kind() != reflect.Func && !reflect.DeepEqual(was.Field(i).Interface(), is.Field(i).Interface()) {
			fmt.Println("changed:", field.Name)
		}
	}
	if len(req.Header["Traceparent"]) > 0 {
		fmt.Println("a traceparent appeared in the caller's header")
	}
}

// closing counts how often a body is read to its end and closed.
type closing struct {
	*bytes.Reader
	times int32
}

func body(text string) *closing { return &closing{Reader: bytes.NewReader([]byte(text))} }

func (c *closing) Close() error {
	atomic.AddInt32(&c.times, 1)
	return nil
}

// closed is how often it was closed. That may happen a little later than the answer comes, but it has to.
func (c *closing) closed() int {
	for deadline := time.Now().Add(20 * time.Second); atomic.LoadInt32(&c.times) == 0 && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	return int(atomic.LoadInt32(&c.times))
}
