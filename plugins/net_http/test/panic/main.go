// Handlers that panic: the span tells of it, and the server does what it does
// without. ErrAbortHandler is no exception: it is how a handler hangs up.
//
//gorule:metrics
package main

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
)

func main() {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/abort":
			panic(http.ErrAbortHandler)
		case "/late":
			w.WriteHeader(http.StatusAccepted)
			w.(http.Flusher).Flush()
		}
		panic("the handler has failed")
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Start()
	defer server.Close()
	for _, path := range []string{"/panic", "/abort", "/late"} {
		transport := &http.Transport{DisableKeepAlives: true}
		response, err := (&http.Client{Transport: transport}).Get(server.URL + path)
		fmt.Println(path, err)
		if err == nil {
			_, err = io.ReadAll(response.Body)
			fmt.Println(path, response.StatusCode, err)
		}
	}
}
