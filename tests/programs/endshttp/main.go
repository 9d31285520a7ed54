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
	all := endings.Scenarios(serve, true)
	for _, e := range endings.Deadlocks {
		run := e.Run
		// Seen by the runtime only in a program without cgo, so not listed among those that are run for every build.
		e.Name, e.Run = "nocgo/"+e.Name, func() {
			serve()
			run()
		}
		all = append(all, e)
	}
	scenario.Main(all)
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
