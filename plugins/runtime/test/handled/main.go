// A program that handles a signal, and then ends in a way that nobody can see: what waited when the signal came is sent. It runs
// itself, to see how it ends.
package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	if len(os.Args) == 1 {
		command := exec.Command(os.Args[0], "handle it")
		command.Stdout = os.Stdout
		fmt.Println(command.Run())
		return
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {}))
	response, err := http.Get(server.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	response.Body.Close()
	server.Close()
	syscall.Kill(os.Getpid(), syscall.SIGTERM)
	fmt.Println(<-signals)
	time.Sleep(2 * time.Second) // less than a batch waits, and enough to send it
	syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {}
}
