package c

// Plain stands in a file without C.
func Plain(n int) int { return n + 1 }
