// Package d imports b and not a.
package d

import "example.com/probe/b"

// Say greets.
func Say(name string) string {
	defer func() { _ = recover() }() // never inlined
	return b.Say(name)
}
