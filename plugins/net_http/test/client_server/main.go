// A client and its server: the span of the handler is below that of the call, and
// a call that a handler makes is below the handler's.
//
//gorule:metrics
package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
)

func main() {
	inner := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusTeapot)
	}))
	defer inner.Close()
	outer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/fails":
			w.WriteHeader(http.StatusServiceUnavailable)
		case "/calls":
			request, _ := http.NewRequestWithContext(r.Context(), "GET", inner.URL+"/inner", nil)
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				panic(err)
			}
			response.Body.Close()
			fmt.Fprintln(w, response.StatusCode)
		default:
			fmt.Fprintln(w, "hello")
		}
	}))
	defer outer.Close()
	call(outer.URL, "GET", "/plain?user=me&token=secret")
	call(outer.URL, "POST", "/fails")
	call(outer.URL, "GET", "/calls")
	call(outer.URL, "BREW", "/coffee")
}

func call(base, method, path string) {
	request, err := http.NewRequest(method, base+path, strings.NewReader("body"))
	if err != nil {
		panic(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		panic(err)
	}
	body, err := io.ReadAll(response.Body)
	response.Body.Close()
	fmt.Println(method, path, response.StatusCode, string(body), err)
}
