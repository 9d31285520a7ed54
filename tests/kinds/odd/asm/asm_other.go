//go:build !amd64

package asm

func add(a, b int64) int64 { return a + b }

func sum(p *Pair) int64 { return p.A + p.B + offset }

func round(n int64) int64 { return double(n) }
