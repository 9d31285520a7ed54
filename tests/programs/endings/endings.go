// Package endings holds the ways in which a program comes to its end. It does not import net/http.
package endings

import (
	"errors"
	"fmt"
	"log"
	"os"
	"runtime"
	"runtime/debug"
	"sync"

	"example.com/programs/scenario"
)

// Scenarios are all the endings; before is called first in each, and spans says whether it makes any.
func Scenarios(before func(), spans bool) (all []scenario.Scenario) {
	for _, e := range append(append([]scenario.Scenario{}, endings...), signals...) {
		run := e.Run
		e.Run = func() {
			log.SetFlags(0)
			before()
			fmt.Println("the end:")
			run()
		}
		e.Spans = e.Spans && spans
		all = append(all, e)
	}
	return all
}

type odd struct{ Number int }

func (odd) Error() string { return "odd" }

type unprintable struct{ pointer *int }

func (u unprintable) Error() string { return fmt.Sprint(*u.pointer) }

// Spans: what was under way before has to be on its way when the program ends like this.
var endings = []scenario.Scenario{
	{Name: "return", Spans: true, Run: func() {}},
	{Name: "exit_0", Spans: true, Run: func() { os.Exit(0) }},
	{Name: "exit_3", Spans: true, Run: func() { os.Exit(3) }},
	{Name: "exit_in_goroutine", Spans: true, Run: func() {
		go os.Exit(4)
		select {}
	}},
	{Name: "exit_in_defer", Spans: true, Run: func() {
		defer os.Exit(5)
		panic("not seen")
	}},
	{Name: "exit_after_recover", Spans: true, Run: func() {
		defer func() {
			fmt.Println("recovered", recover())
			os.Exit(6)
		}()
		panic("seen")
	}},
	{Name: "fatal", Spans: true, Run: func() { log.Fatal("fatal words") }},
	{Name: "log_panic", Spans: true, Run: func() { log.Panicf("panicking %s", "words") }},
	{Name: "panic", Spans: true, Run: func() { deeper(3) }},
	{Name: "panic_error", Spans: true, Run: func() { panic(fmt.Errorf("wrapped: %w", errors.New("cause"))) }},
	{Name: "panic_value", Spans: true, Run: func() { panic(struct{ A, B int }{1, 2}) }},
	{Name: "panic_typed", Spans: true, Run: func() { panic(odd{7}) }},
	{Name: "panic_unprintable", Run: func() { panic(unprintable{}) }},
	{Name: "panic_nil", Spans: true, Run: func() { panic(nil) }},
	{Name: "panic_nil_error", Spans: true, Env: "GODEBUG=panicnil=0", Run: func() { panic(nil) }},
	{Name: "panic_multiline", Spans: true, Run: func() { panic("one\ntwo\ngoroutine 1 [running]:\n") }},
	{Name: "nil_dereference", Spans: true, Run: func() {
		var o *odd
		fmt.Println(o.Number)
	}},
	{Name: "out_of_range", Spans: true, Run: func() {
		var none []int
		fmt.Println(none[len(os.Args)])
	}},
	{Name: "panic_in_goroutine", Spans: true, Run: func() {
		go deeper(2)
		select {}
	}},
	{Name: "panic_while_panicking", Spans: true, Run: func() {
		defer func() { panic("second") }()
		panic("first")
	}},
	{Name: "panic_again", Spans: true, Run: func() {
		defer func() { panic(recover()) }()
		panic("again")
	}},
	{Name: "panic_all_goroutines", Spans: true, Env: "GOTRACEBACK=single", Run: func() {
		var ready sync.WaitGroup
		ready.Add(1)
		go func() {
			ready.Done()
			select {}
		}()
		ready.Wait()
		panic("with company")
	}},
	{Name: "panic_quietly", Spans: true, Env: "GOTRACEBACK=none", Run: func() { panic("no trace") }},
	{Name: "goexit_goroutine", Spans: true, Run: func() {
		done := make(chan string)
		go func() {
			defer func() { done <- fmt.Sprint("goexit: ", recover()) }()
			runtime.Goexit()
		}()
		fmt.Println(<-done)
	}},
	{Name: "stack_overflow", Run: func() {
		debug.SetMaxStack(1 << 16)
		fmt.Println(endless(0))
	}},
	{Name: "throw", Run: func() {
		var mu sync.Mutex
		mu.Unlock()
	}},
	{Name: "closed_output", Run: func() {
		reader, writer, err := os.Pipe()
		if err != nil {
			panic(err)
		}
		reader.Close()
		_, err = writer.WriteString("into the void")
		fmt.Println(err)
	}},
}

// Deadlocks end a program only where nothing keeps the runtime from seeing them.
var Deadlocks = []scenario.Scenario{
	{Name: "goexit_main", Run: runtime.Goexit},
	{Name: "asleep", Run: func() { select {} }},
	{Name: "asleep_together", Run: func() {
		c := make(chan int)
		ready := make(chan bool, 1)
		go func() {
			ready <- true
			<-c
		}()
		<-ready
		var mu sync.Mutex
		mu.Lock()
		mu.Lock()
	}},
}

func deeper(n int) int {
	if n == 0 {
		panic("at the bottom")
	}
	return deeper(n-1) + 1
}

func endless(n int) int { return endless(n+1) + n }
