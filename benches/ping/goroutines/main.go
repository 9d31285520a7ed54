// What a go statement costs where no span is active: it prints nanoseconds, the least of some rounds.
package main

import (
	"fmt"
	_ "net/http" // so that there is something to weave
	"sync"
	"time"
)

const (
	rounds = 20
	each   = 100_000
)

func main() {
	least := time.Hour
	for range rounds {
		var all sync.WaitGroup
		start := time.Now()
		for range each {
			all.Add(1)
			go all.Done()
		}
		all.Wait()
		least = min(least, time.Since(start))
	}
	fmt.Println(float64(least.Nanoseconds()) / each)
}
