// Program odd calls functions of every kind that weaving has to cope with, and says what they gave.
package main

import (
	"fmt"
	"strings"

	"example.com/odd/asm"
	"example.com/odd/dots"
	"example.com/odd/generic"
	"example.com/odd/go-yaml.v3"
	"example.com/odd/shadow"
	other "example.com/odd/v2"
)

var early = before("a variable")

func init() { fmt.Println("init 1") }

func init() { fmt.Println("init 2", early) }

var more []func()

func register(name string, use func() string) bool {
	more = append(more, func() { fmt.Println(name, use()) })
	return true
}

func before(what string) string { return what + " is set before init" }

func main() {
	fmt.Println("asm", asm.Add(40, 2), asm.Sum(&asm.Pair{A: 1, B: 2}), asm.Round(5), asm.Linked(3))
	var b strings.Builder
	n, err := dots.Build(&b, nil)
	fmt.Println("dots", dots.Shout("hey"), n, err)
	fmt.Println("yaml", yaml.Marshal("x"), odd2())
	generic.Show()
	shadow.Show()
	for _, show := range more {
		show()
	}
}

func odd2() string { return other.Name() }
