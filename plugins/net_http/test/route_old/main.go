// What ServeMux has matched names the server span, before patterns had methods, and
// in a newer Go that goes by the rules of then.
//
//gorule:env GODEBUG=httpmuxgo121=1
package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
)

func main() {
	mux := http.NewServeMux()
	mux.HandleFunc("/users/", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "user") })
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) })
	mux.HandleFunc("/tree/", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "tree") })
	server := httptest.NewServer(mux)
	defer server.Close()
	for _, path := range []string{"/users/42", "/other", "/tree/a/b", "/tree"} {
		response, err := http.Get(server.URL + path)
		if err != nil {
			panic(err)
		}
		response.Body.Close()
		fmt.Println(path, response.StatusCode)
	}
}
