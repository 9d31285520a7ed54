// Package names gives a function to another package by its linker name.
package names

import _ "unsafe" // for go:linkname

//go:linkname provided example.com/odd/asm.linked
func provided(n int) int { return n * n }
