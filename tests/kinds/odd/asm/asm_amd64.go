package asm

func add(a, b int64) int64

func sum(p *Pair) int64

func round(n int64) int64
