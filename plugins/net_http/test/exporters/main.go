// Requests of exporters make no span and are not measured, sent or received, nor does what
// is done for them. Those of the program's own that only look a little like them do.
//
//gorule:metrics
package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
)

func main() {
	inner := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {}))
	defer inner.Close()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var group sync.WaitGroup
		group.Add(1)
		go func() {
			defer group.Done()
			request, _ := http.NewRequestWithContext(r.Context(), "GET", inner.URL+"/below"+r.URL.Path, nil)
			send(request)
		}()
		group.Wait()
	}))
	defer server.Close()
	post := func(path, kind, agent string) {
		request, err := http.NewRequest("POST", server.URL+path, strings.NewReader("{}"))
		if err != nil {
			panic(err)
		}
		request.Header.Set("Content-Type", kind)
		request.Header.Set("User-Agent", agent)
		send(request)
	}
	const sdk = "OTel OTLP Exporter Go/1.40.0"
	post("/v1/traces", "application/x-protobuf", sdk)
	post("/v1/metrics", "application/json", "OTel-OTLP-Exporter-Other/2")
	post("/v1/logs", "application/json; charset=utf-8", sdk)
	post("/opentelemetry.proto.collector.trace.v1.TraceService/Export", "application/grpc", sdk)
	post("/v1/logs", "text/plain", "logger")
	post("/elsewhere", "text/plain", sdk) // no span of the client, one of the server
	get, err := http.NewRequest("GET", server.URL+"/v1/traces", nil)
	if err != nil {
		panic(err)
	}
	send(get)
}

func send(request *http.Request) {
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		panic(err)
	}
	response.Body.Close()
	if request.Header.Get("User-Agent") != "" {
		fmt.Println(request.URL.Path, response.StatusCode)
	}
}
