// A connection that the program manages itself, without a transport's pool.
//
//gorule:go [1.26, )
package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
)

func main() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusAccepted)
	}))
	defer server.Close()
	transport := &http.Transport{}
	address := strings.TrimPrefix(server.URL, "http://")
	connection, err := transport.NewClientConn(context.Background(), "http", address)
	if err != nil {
		panic(err)
	}
	defer connection.Close()
	request, err := http.NewRequest("GET", server.URL+"/own", nil)
	if err != nil {
		panic(err)
	}
	response, err := connection.RoundTrip(request)
	if err != nil {
		panic(err)
	}
	response.Body.Close()
	fmt.Println(response.StatusCode)
}
