// Ends is a program that has nothing to do with HTTP, and comes to its end in many ways.
package main

import (
	"example.com/programs/endings"
	"example.com/programs/scenario"
)

func main() {
	scenario.Main(append(endings.Scenarios(func() {}, false), endings.Deadlocks...))
}
