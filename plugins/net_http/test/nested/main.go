// Routers within one another: the route is the outer pattern and the inner one, where the rest of
// the path is passed on. What the outer pattern leaves open is not taken from the path.
//
//gorule:go [1.22, )
//gorule:metrics
package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"
)

func main() {
	users := http.NewServeMux()
	users.HandleFunc("GET /users/{id}", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.PathValue("id")) })

	versions := http.NewServeMux()
	versions.Handle("/v2/", http.StripPrefix("/v2", users))

	whole := http.NewServeMux()
	whole.HandleFunc("/whole/{name}", func(http.ResponseWriter, *http.Request) {})

	mux := http.NewServeMux()
	mux.Handle("/api/v1/", http.StripPrefix("/api/v1", users))
	mux.Handle("/api/", http.StripPrefix("/api", versions))
	mux.Handle("/tenants/{tenant}/", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.StripPrefix("/tenants/"+r.PathValue("tenant"), users).ServeHTTP(w, r)
	}))
	mux.Handle("/later/{rest...}", http.TimeoutHandler(http.StripPrefix("/later", users), time.Minute, ""))
	mux.Handle("/whole/", whole)
	mux.Handle("/exact/{name}", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rewritten := r.Clone(r.Context())
		rewritten.URL.Path = strings.Replace(r.URL.Path, "/exact/", "/users/", 1)
		users.ServeHTTP(w, rewritten)
	}))
	first := httptest.NewServer(mux)
	defer first.Close()
	second := httptest.NewUnstartedServer(mux)
	second.EnableHTTP2 = true
	second.StartTLS()
	defer second.Close()
	paths := []string{"/api/v1/users/1", "/api/v2/users/2", "/tenants/acme/users/3", "/later/users/4", "/whole/5", "/exact/6", "/api/v1/users", "/api/v3/"}
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
