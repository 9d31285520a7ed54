// Program probe serves itself one request and says how it went.
package main

import (
	"fmt"

	"example.com/probe/fetch"
)

var flavour = "plain"

func main() {
	fmt.Println(flavour, fetch.Own())
}
