// A program that puts a context into its requests itself, as one with the OpenTelemetry SDK
// does: where there is no other span it is the parent of the call's. One that is not sampled
// is obeyed on both sides.
//
//gorule:metrics
package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
)

const trace = "00-0af7651916cd43dd8448eb211c80319c-"

func main() {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		parent := r.Header.Get("Traceparent")
		if len(parent) == 55 { // of the same trace as was sent, with the flag
			fmt.Fprint(w, parent[:36] == trace, " ", parent[53:])
		}
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	plain := httptest.NewServer(server.Config.Handler)
	defer plain.Close()
	for _, base := range []string{plain.URL, server.URL} {
		send(server.Client(), base+"/sampled", trace+"b7ad6b7169203331-01")
		send(server.Client(), base+"/not-sampled", trace+"b7ad6b7169203332-00")
		send(server.Client(), base+"/not-valid", "00-0-0-0")
	}
}

func send(client *http.Client, url, parent string) {
	request, err := http.NewRequest("GET", url, nil)
	if err != nil {
		panic(err)
	}
	request.Header.Set("Traceparent", parent)
	response, err := client.Do(request)
	if err != nil {
		panic(err)
	}
	defer response.Body.Close()
	var same bool
	var flags string
	fmt.Fscan(response.Body, &same, &flags)
	fmt.Println(request.URL.Path, response.StatusCode, same, flags)
}
