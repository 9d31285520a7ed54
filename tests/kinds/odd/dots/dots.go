// Package dots imports with dots.
package dots

import (
	. "strconv"
	. "strings"
	. "unsafe"
)

// Shout shouts.
func Shout(s string) string {
	return ToUpper(s) + Itoa(int(Sizeof(s)/Sizeof(uintptr(0)))) + count(s, Index)
}

func count(s string, f func(string, string) int) string { return Repeat("!", 1+f(s, "e")) }

// Build has types a type that a dot brought in.
func Build(b *Builder, p Pointer) (n int, err error) { return b.WriteString("x") }
