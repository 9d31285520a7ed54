// Probe is a program whose packages stand in a row: main, d, b, a; c stands beside them.
package main

import (
	"fmt"

	"example.com/probe/c"
	"example.com/probe/d"
)

func main() { fmt.Println(d.Say("world"), c.Number) }
