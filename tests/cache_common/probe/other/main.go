// Other is a second program of the module.
package main

import (
	"fmt"

	"example.com/probe/other/e"
)

func main() { fmt.Println(e.Say("other")) }
