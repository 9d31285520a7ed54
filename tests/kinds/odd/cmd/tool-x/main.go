// Program tool-x is a second main.
package main

import "fmt"

func main() { fmt.Println(words("a", "b")) }

func words(all ...string) int { return len(all) }
