// Package shadow has functions whose names hide those that woven code could need.
package shadow

import (
	"errors"
	"fmt"
	"strconv"
)

type agent struct{ name string }

type semconv interface{}

var goagent = "a variable"

// Show calls all of them.
func Show() {
	fmt.Println(params("agent", []byte("string"), 3, 4, false, 6, false, "rest"))
	fmt.Println(results(2))
	fmt.Println(agent{"a"}.method(nil), (&agent{"b"}).pointer("x"), goagent)
	fmt.Println(caught())
	fmt.Println(skipped(5), skipped(6))
	fmt.Println(locals(7))
	fmt.Println(types(8, "x"))
}

func params(agent string, string []byte, len, fmt int, error bool, int32 int, true bool, append ...string) (bool int, nil error) {
	return len + fmt + cap(string) - cap(string), nil
}

func results(strconv int) (error string, recover, panic int, any error) {
	return "results", strconv, strconv, errors.New("any")
}

func (string agent) method(goagent_t0 semconv) (len string) { return string.name }

func (goagent *agent) pointer(recover string) string { return goagent.name + recover }

func panics(panic string, uint8 map[string]int) int { return uint8[panic] / len(uint8) }

func caught() (panicked string) {
	defer func() { panicked = fmt.Sprint(recover()) }()
	panics("x", nil)
	return "no"
}

func skipped(bool int) (true string) { return strconv.Itoa(bool) }

func locals(n int) int {
	len := func(int) int { return n }
	type string = int
	var goagent_agent string = len(n)
	return goagent_agent
}

func types(int64 int, _ string) (interface{}, error) {
	type error struct{ int }
	return error{int64}, nil
}
