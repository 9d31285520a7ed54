// Endshttp serves a request and then comes to its end in many ways.
package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"example.com/programs/endings"
	"example.com/programs/scenario"
)

func main() {
	scenario.Main(endings.Scenarios(serve, true))
}

func serve() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprintln(w, "served") }))
	resp, err := http.Get(server.URL)
	if err != nil {
		panic(err)
	}
	resp.Body.Close()
	fmt.Println(resp.Status)
	http.DefaultClient.CloseIdleConnections()
	server.Close()
}
