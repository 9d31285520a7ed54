// Package e is in the second program only.
package e

// Say greets.
func Say(name string) string {
	defer func() { _ = recover() }() // never inlined
	return "hello " + name
}
