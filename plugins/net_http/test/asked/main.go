// A mux that is only asked what it would match names nothing: neither before the request is routed,
// nor when the handler asks, nor where no mux routes it. The one that routes the request names it
// before the handler runs, so that a handler that panics has a route. A request that a handler has
// made itself and has served by the mux is another one.
//
//gorule:go [1.22, )
package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
)

func main() {
	public := http.NewServeMux()
	public.HandleFunc("/login/", func(http.ResponseWriter, *http.Request) {})
	public.HandleFunc("GET /users/{any}", func(http.ResponseWriter, *http.Request) {})

	mux := http.NewServeMux()
	mux.HandleFunc("GET /users/{id}", func(w http.ResponseWriter, r *http.Request) {
		_, pattern := public.Handler(r)
		fmt.Fprintf(w, "user, %q is public", pattern)
	})
	mux.HandleFunc("/panics/{how}", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	mux.HandleFunc("POST /batch", func(w http.ResponseWriter, r *http.Request) {
		answer := httptest.NewRecorder()
		mux.ServeHTTP(answer, httptest.NewRequest("GET", "/users/1", nil))
		_, _ = io.Copy(w, answer.Body)
	})
	guard := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, pattern := public.Handler(r); pattern == "/login/" {
			fmt.Fprint(w, "no mux has routed this")
			return
		}
		mux.ServeHTTP(w, r)
	})
	first := httptest.NewServer(guard)
	defer first.Close()
	second := httptest.NewUnstartedServer(guard)
	second.EnableHTTP2 = true
	second.StartTLS()
	defer second.Close()
	call(first, "POST", "/panics/soon") // not tried again by the client
	for _, server := range []*httptest.Server{first, second} {
		call(server, "GET", "/login/form")
		call(server, "GET", "/users/42")
		call(server, "POST", "/batch")
		call(server, "GET", "/none/at/all")
	}
}

func call(server *httptest.Server, method, path string) {
	request, err := http.NewRequest(method, server.URL+path, nil)
	if err != nil {
		panic(err)
	}
	response, err := server.Client().Do(request)
	if err != nil {
		fmt.Println(method, path, "failed")
		return
	}
	body, err := io.ReadAll(response.Body)
	response.Body.Close()
	fmt.Printf("%s %s %s %d %q %v\n", response.Proto, method, path, response.StatusCode, body, err)
}
