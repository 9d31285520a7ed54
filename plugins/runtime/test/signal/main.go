// A program that a signal ends: what it has done is sent before that, and the signal
// ends it all the same. It runs itself, to see how it ends.
package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"syscall"
)

func main() {
	if len(os.Args) == 1 {
		command := exec.Command(os.Args[0], "be ended")
		command.Stdout = os.Stdout
		fmt.Println(command.Run())
		return
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {}))
	response, err := http.Get(server.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	response.Body.Close()
	server.Close()
	fmt.Println(response.StatusCode)
	syscall.Kill(os.Getpid(), syscall.SIGTERM)
	select {}
}
