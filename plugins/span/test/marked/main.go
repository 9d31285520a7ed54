// Functions of one's own with the comment: their spans are below one another, by
// the context or without one, and tell of errors and panics.
package main

import (
	"context"
	"errors"
	"fmt"
)

//goagent:span
func outer(ctx context.Context) error {
	inner(ctx, 1)
	without()
	return fails(ctx)
}

//goagent:span one step
func inner(ctx context.Context, n int) int { return n + 1 }

//goagent:span
func without() {}

//goagent:span
func fails(ctx context.Context) error { return errors.New("it fails") }

//goagent:span
func panics() { panic("it panics") }

func unmarked(ctx context.Context) {}

func main() {
	fmt.Println(outer(context.Background()))
	unmarked(context.Background())
	defer func() { fmt.Println(recover()) }()
	panics()
}
