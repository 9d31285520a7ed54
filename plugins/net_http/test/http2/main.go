// HTTP/2: the same spans as with HTTP/1, with the statuses that handlers give.
package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
)

func main() {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/missing":
			w.WriteHeader(http.StatusNotFound)
		default:
			fmt.Fprint(w, r.Proto)
		}
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	for _, path := range []string{"/", "/missing"} {
		response, err := server.Client().Get(server.URL + path)
		if err != nil {
			fmt.Println(path, err)
			continue
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		fmt.Println(path, response.StatusCode, string(body), err)
	}
}
