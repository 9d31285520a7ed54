// Workers that a request has started take work when it is over, in all ways in which a value comes out of a
// channel: what they do then is no part of the request. What the request has left behind is one, and so
// is what follows a signal.
package main

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync"
)

func main() {
	runtime.GOMAXPROCS(1)
	target := answering()
	defer target.Close()
	call := func(path string) func() {
		return func() { get("http://" + target.Addr().String() + path) }
	}

	var over, done sync.WaitGroup
	over.Add(1)
	starting := func(work func()) {
		done.Add(1)
		go func() { defer done.Done(); work() }()
	}
	waited, buffered, direct, selected, ready := make(chan func()), make(chan func(), 1), make(chan func()), make(chan func()), make(chan func(), 1)
	closed, signal, never := make(chan bool), make(chan struct{}), make(chan bool)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		starting(func() { (<-waited)() })
		starting(func() { over.Wait(); (<-buffered)() })
		starting(func() { over.Wait(); (<-direct)() })
		starting(func() {
			select {
			case job := <-selected:
				job()
			case <-never:
			}
		})
		starting(func() {
			over.Wait()
			select {
			case job := <-ready:
				job()
			case <-never:
			}
		})
		starting(func() { over.Wait(); call("/left-behind")() })
		starting(func() { <-closed; <-signal; call("/signalled")() })
	}))
	get(server.URL + "/start")
	server.Close()

	settle() // those that wait for a sender do
	buffered <- call("/buffered")
	ready <- call("/select-buffered")
	go func() { direct <- call("/direct") }()
	settle() // that one waits for a receiver
	waited <- call("/waited")
	selected <- call("/select-waited")
	close(closed)
	signal <- struct{}{}
	over.Done()
	done.Wait()
	fmt.Println("done")
}

// settle lets all goroutines run until they wait.
func settle() {
	for i := 0; i < 1000; i++ {
		runtime.Gosched()
	}
}

// answering is a server that goagent knows nothing of.
func answering() net.Listener {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
				fmt.Fprint(conn, "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
			}
			conn.Close()
		}
	}()
	return listener
}

func get(url string) {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Get(url)
	if err != nil {
		panic(err)
	}
	response.Body.Close()
}
