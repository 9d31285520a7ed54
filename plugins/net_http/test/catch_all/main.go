// A pattern that ends in a slash is for several endpoints: what is measured tells them apart by the
// path's template. What scanners look for and nobody knows has neither template nor route there;
// the span keeps its route.
//
//gorule:metrics
package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
)

func main() {
	mux := http.NewServeMux()
	mux.HandleFunc("/api/v1/", func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/api/v1/query", "/api/v1/series/17":
			fmt.Fprint(w, "values")
		case "/api/v1/write":
			w.WriteHeader(http.StatusMethodNotAllowed)
		default:
			http.NotFound(w, r)
		}
	})
	mux.HandleFunc("/whole", http.NotFound)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" && r.URL.Path != "/graph" {
			http.NotFound(w, r)
		}
	})
	first := httptest.NewServer(mux)
	defer first.Close()
	second := httptest.NewUnstartedServer(mux)
	second.EnableHTTP2 = true
	second.StartTLS()
	defer second.Close()
	paths := []string{"/", "/graph", "/wp-login.php", "/api/v1/", "/api/v1/query", "/api/v1/series/17", "/api/v1/write", "/api/v1/.env", "/whole"}
	for _, server := range []*httptest.Server{first, second} {
		for _, path := range paths {
			response, err := server.Client().Get(server.URL + path)
			if err != nil {
				panic(err)
			}
			response.Body.Close()
			fmt.Println(response.Proto, path, response.StatusCode)
		}
	}
}
