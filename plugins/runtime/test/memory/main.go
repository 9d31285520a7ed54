// What goroutines hold is memory like any other: the collector sees it, and it is
// nobody else's. Work that goes on when its request is long over is still below it,
// though nothing but its goroutine knows the request any more: spans have been sent,
// no closure holds them, and what is freed is overwritten.
//
//gorule:env GODEBUG=clobberfree=1
//gorule:env OTEL_BSP_SCHEDULE_DELAY=1
package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync"
	"time"
)

// kept is what has been allocated; some of it goes with each round.
var kept [1 << 10][]byte

func main() {
	var over, ended sync.WaitGroup
	over.Add(1)
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {}))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := r.URL.Path
		for i := 0; i < 100; i++ {
			ended.Add(1)
			go func(i int) {
				defer ended.Done()
				over.Wait()
				if i == 50 {
					fmt.Println(get(target.URL + path))
				}
			}(i)
		}
	}))
	for _, path := range []string{"/1", "/2", "/3"} {
		fmt.Println(get(server.URL + path))
	}
	for round := 0; round < 5; round++ {
		time.Sleep(20 * time.Millisecond)
		for i := 0; i < len(kept); i++ {
			kept[i] = make([]byte, 16<<(i%10))
			for at := range kept[i] {
				kept[i][at] = 0xff
			}
		}
		runtime.GC()
	}
	over.Done()
	ended.Wait()
	target.Close()
	server.Close()
}

func get(url string) error {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Get(url)
	if err != nil {
		return err
	}
	return response.Body.Close()
}
