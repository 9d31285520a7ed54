// Package strings is named like one of the standard library, and not like its folder.
package strings

// Name is its name.
func Name() string { return "strings of its own" }
