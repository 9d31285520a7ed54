// A goroutine inherits the span of the one that starts it, and hands nothing on
// when it has ended: what a timer starts has no parent, though its goroutine may
// be one that was used before. No context is passed anywhere.
package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync"
	"time"
)

func main() {
	runtime.GOMAXPROCS(1)
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {}))
	defer target.Close()
	end := make(chan bool)
	var ended sync.WaitGroup
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		done := make(chan error)
		go func() {
			go func() { done <- get(target.URL + "/grandchild") }()
		}()
		fmt.Println(<-done)
		for i := 0; i < 16; i++ {
			ended.Add(1)
			go func() {
				<-end
				ended.Done()
			}()
		}
	}))
	fmt.Println(get(server.URL + "/start"))
	server.Close()

	// The runtime hands out first what has ended last. That may be some other goroutine: several are taken.
	close(end)
	ended.Wait()
	const timers = 8
	done := make(chan error)
	for i := 0; i < timers; i++ {
		time.AfterFunc(time.Millisecond, func() { done <- get(target.URL + "/timer") })
	}
	for i := 0; i < timers; i++ {
		fmt.Println(<-done)
	}
}

func get(url string) error {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Get(url)
	if err != nil {
		return err
	}
	return response.Body.Close()
}
