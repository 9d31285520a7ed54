//go:build cgo

package main

import "example.com/odd/c"

var _ = register("c", c.Use)
