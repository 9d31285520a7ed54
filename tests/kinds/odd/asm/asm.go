// Package asm has functions in assembly, which see this package's types and call its functions.
package asm

import (
	_ "unsafe" // for go:linkname

	_ "example.com/odd/names"
)

const offset = 7

// Pair is read by assembly.
type Pair struct{ A, B int64 }

// Add adds.
func Add(a, b int64) int64 { return add(a, b) }

// Sum sums a pair and the constant that assembly knows of.
func Sum(p *Pair) int64 { return sum(p) }

// Round goes to assembly and back.
func Round(n int64) int64 { return round(n) }

// Linked is written in another package.
func Linked(n int) int { return linked(n) }

func double(n int64) int64 { return 2 * n }

func linked(n int) int
