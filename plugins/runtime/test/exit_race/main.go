// The same with the race detector, which the runtime ends in functions of its own.
// It is another program only up to Go 1.19.
//
//gorule:go [1.18, 1.20)
//gorule:flags -race
package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
)

func main() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {}))
	response, err := http.Get(server.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	response.Body.Close()
	server.Close()
	fmt.Println(response.StatusCode)
	os.Exit(0)
}
