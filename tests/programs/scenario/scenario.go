// Package scenario lets one program hold many small ones, chosen by argument. It imports next to nothing, so that a
// program that uses it may do so too.
package scenario

import (
	"fmt"
	"os"
)

// Scenario is one run of a program.
type Scenario struct {
	Name  string
	Spans bool   // an HTTP request is served or made through net/http
	Env   string // KEY=VALUE, for this run
	Run   func()
}

// Main runs the scenario that the first argument names; `list` prints them all.
func Main(scenarios []Scenario) {
	want := "list"
	if len(os.Args) > 1 {
		want = os.Args[1]
	}
	for _, s := range scenarios {
		if want == "list" {
			spans := "-"
			if s.Spans {
				spans = "spans"
			}
			fmt.Printf("%s\t%s\t%s\n", s.Name, spans, s.Env)
		} else if want == s.Name {
			s.Run()
			return
		}
	}
	if want != "list" {
		fmt.Fprintln(os.Stderr, "no such scenario:", want)
		os.Exit(64)
	}
}
