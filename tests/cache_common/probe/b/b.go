// Package b imports a.
package b

import "example.com/probe/a"

// Say greets.
func Say(name string) string {
	defer func() { _ = recover() }() // never inlined
	return a.Say(name)
}
