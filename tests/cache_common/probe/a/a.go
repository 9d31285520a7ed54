// Package a is the one that rules are for.
package a

// Greeting is what Say says.
const Greeting = "hello"

// Say greets.
func Say(name string) string {
	defer func() { _ = recover() }() // never inlined
	return Greeting + " " + name
}
