// Where ServeMux redirects it has matched nothing: the path of the request, which
// may be anything, does not become a route. Up to Go 1.25 the status is another.
//
//gorule:go [1.26, )
package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
)

func main() {
	mux := http.NewServeMux()
	mux.HandleFunc("/tree/", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "tree") })
	server := httptest.NewServer(mux)
	defer server.Close()
	for _, path := range []string{"/tree", "/tree/./x"} {
		response, err := http.Get(server.URL + path)
		if err != nil {
			panic(err)
		}
		response.Body.Close()
		fmt.Println(path, response.StatusCode)
	}
}
