// Program other is a second main of the module.
package main

import (
	"fmt"

	"example.com/probe/fetch"
)

func main() { fmt.Println("other", fetch.Own()) }
