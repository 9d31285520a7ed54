// A program that becomes another one: what it has done is sent before that, also where it does not
// succeed and goes on.
package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"syscall"
)

func main() {
	if len(os.Args) > 1 {
		fmt.Println("another one")
		return
	}
	for _, path := range []string{"/there/is/no/such/program", "/proc/self/exe"} {
		request()
		fmt.Println(syscall.Exec(path, []string{"program", "again"}, os.Environ()))
	}
}

func request() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {}))
	response, err := http.Get(server.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	response.Body.Close()
	server.Close()
	fmt.Println(response.StatusCode)
}
