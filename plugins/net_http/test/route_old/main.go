// What ServeMux has matched names the server span, before patterns had methods, and in a newer Go
// that goes by the rules of then. A mux that is only asked names nothing, nor does a redirect that
// is none of the program's. A mux that the rest of the path is passed on to adds to the route.
//
//gorule:env GODEBUG=httpmuxgo121=1
package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
)

func main() {
	public := http.NewServeMux()
	public.HandleFunc("/login/", func(http.ResponseWriter, *http.Request) {})
	public.HandleFunc("/users/", func(http.ResponseWriter, *http.Request) {})

	inner := http.NewServeMux()
	inner.HandleFunc("/items/", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "item") })

	mux := http.NewServeMux()
	mux.HandleFunc("/users/", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "user") })
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		_, pattern := public.Handler(r)
		fmt.Println("public:", pattern)
		http.NotFound(w, r)
	})
	mux.HandleFunc("/tree/", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "tree") })
	mux.Handle("/moved", http.RedirectHandler("/tree/", http.StatusFound))
	mux.Handle("/shop/v1/", http.StripPrefix("/shop/v1", inner))
	mux.Handle("/shop/v2/", http.StripPrefix("/shop/v2", inner))
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
	for _, server := range []*httptest.Server{first, second} {
		server.Client().CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		for _, path := range []string{"/users/42", "/other", "/tree/a/b", "/tree", "/tree/./c", "/moved", "/login/form", "/shop/v1/items/1", "/shop/v2/items/1"} {
			response, err := server.Client().Get(server.URL + path)
			if err != nil {
				panic(err)
			}
			response.Body.Close()
			fmt.Println(response.Proto, path, response.StatusCode)
		}
	}
}
