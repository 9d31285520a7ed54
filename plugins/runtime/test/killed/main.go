// A program that handles a signal and then kills itself with it, past the runtime: what it had done
// when the signal came is sent. It runs itself, to see how it ends.
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
	"unsafe"
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
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM)
	syscall.Kill(os.Getpid(), syscall.SIGTERM)
	fmt.Println(<-signals)
	shutDown()
	signal.Stop(signals)
	var byDefault [32]uint64
	syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(syscall.SIGTERM), uintptr(unsafe.Pointer(&byDefault)), 0, 8, 0, 0)
	syscall.Kill(os.Getpid(), syscall.SIGTERM)
	select {}
}

// shutDown takes as long as the spans do to be in the file. Plain there is none.
func shutDown() {
	for name := os.Getenv("GOAGENT_FILE"); ; time.Sleep(time.Millisecond) {
		if info, err := os.Stat(name); err != nil || info.Size() > 0 {
			return
		}
	}
}
