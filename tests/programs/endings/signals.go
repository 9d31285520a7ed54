package endings

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"example.com/programs/scenario"
)

// What becomes of a program that is sent signals, whatever it thinks of them.
var signals = []scenario.Scenario{
	{Name: "sigterm", Spans: true, Run: func() { kill(syscall.SIGTERM) }},
	{Name: "sigint", Spans: true, Run: func() { kill(syscall.SIGINT) }},
	{Name: "sighup", Spans: true, Run: func() { kill(syscall.SIGHUP) }},
	{Name: "sigkill", Run: func() { kill(syscall.SIGKILL) }},
	{Name: "sigterm_in_goroutine", Spans: true, Run: func() {
		go kill(syscall.SIGTERM)
		select {}
	}},
	{Name: "sigterm_while_computing", Spans: true, Run: func() {
		go kill(syscall.SIGTERM)
		endlessly()
	}},
	// Nothing takes the processor from the loop: with GOMAXPROCS=1 no other goroutine ever runs.
	{Name: "sigterm_while_stuck", Spans: true, Env: "GODEBUG=asyncpreemptoff=1", Run: func() {
		_ = syscall.Kill(os.Getpid(), syscall.SIGTERM)
		endlessly()
	}},
	{Name: "sigterm_while_exiting", Spans: true, Run: func() {
		kill(syscall.SIGTERM)
		os.Exit(3) // too late: the signal came first
	}},
	{Name: "sigterm_while_panicking", Spans: true, Run: func() {
		kill(syscall.SIGTERM)
		panic("too late")
	}},
	{Name: "signals_together", Spans: true, Run: func() {
		// The first decides. The others find the program dying.
		for i := 0; i < 20; i++ {
			_ = syscall.Kill(os.Getpid(), syscall.SIGTERM)
		}
		time.Sleep(200 * time.Millisecond)
	}},
	{Name: "sigterm_ignored", Spans: true, Run: func() {
		signal.Ignore(syscall.SIGTERM)
		kill(syscall.SIGTERM)
		fmt.Println("ignored", signal.Ignored(syscall.SIGTERM), signal.Ignored(syscall.SIGINT))
	}},
	{Name: "sigterm_ignored_no_more", Spans: true, Run: func() {
		signal.Ignore(syscall.SIGTERM)
		kill(syscall.SIGTERM)
		signal.Reset(syscall.SIGTERM)
		fmt.Println("ignored", signal.Ignored(syscall.SIGTERM))
		kill(syscall.SIGTERM)
	}},
	{Name: "sigterm_handled", Spans: true, Run: func() {
		stop := make(chan os.Signal, 5)
		signal.Notify(stop, syscall.SIGTERM)
		kill(syscall.SIGTERM)
		fmt.Println("got", <-stop, "and more:", len(stop))
		os.Exit(7)
	}},
	{Name: "all_handled", Spans: true, Run: func() {
		stop := make(chan os.Signal, 5)
		signal.Notify(stop)
		for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGUSR1} {
			kill(s)
			for got := range stop {
				if got != syscall.SIGURG { // the runtime's own, for preemption
					fmt.Println("got", got)
					break
				}
			}
		}
	}},
	{Name: "another_handled", Spans: true, Run: func() {
		stop := make(chan os.Signal, 5)
		signal.Notify(stop, syscall.SIGINT)
		kill(syscall.SIGTERM)
		fmt.Println("got", <-stop)
	}},
	{Name: "sigterm_handled_once", Spans: true, Run: func() {
		stop := make(chan os.Signal, 1)
		signal.Notify(stop, syscall.SIGTERM)
		kill(syscall.SIGTERM)
		fmt.Println("got", <-stop)
		signal.Stop(stop)
		kill(syscall.SIGTERM)
	}},
	{Name: "sigint_ends_a_context", Spans: true, Run: func() {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
		kill(syscall.SIGINT)
		<-ctx.Done()
		fmt.Println(ctx.Err())
		stop()
		kill(syscall.SIGINT)
	}},
	{Name: "sigusr1", Spans: true, Run: func() {
		kill(syscall.SIGUSR1)
		fmt.Println("Go does not mind")
	}},
	{Name: "nohup", Spans: true, Run: func() { inherited(syscall.SIGHUP) }},
	{Name: "sigint_ignored_by_parent", Spans: true, Run: func() { inherited(syscall.SIGINT) }},
	// Go does not respect that: the plain program dies.
	{Name: "sigterm_ignored_by_parent", Spans: true, Run: func() { inherited(syscall.SIGTERM) }},
}

// inherited starts this program again in its own place, with the signal ignored as nohup does it, and sends it there.
func inherited(s syscall.Signal) {
	const again = "STARTED_AGAIN"
	if os.Getenv(again) == "" {
		signal.Ignore(s)
		fmt.Println(syscall.Exec("/proc/self/exe", os.Args, append(os.Environ(), again+"=1")))
		return
	}
	fmt.Println("ignored", signal.Ignored(s))
	kill(s)
	fmt.Println("alive")
}

func endlessly() {
	for n := 0; ; n++ {
		if n < 0 {
			fmt.Println("overflow")
		}
	}
}

// kill sends this process a signal, and gives it time to be felt.
func kill(s syscall.Signal) {
	if err := syscall.Kill(os.Getpid(), s); err != nil {
		panic(err)
	}
	time.Sleep(200 * time.Millisecond)
}
