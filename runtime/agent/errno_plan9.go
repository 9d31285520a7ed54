package agent

// errnoName returns "": Plan 9 has text in place of error numbers.
func errnoName(error) string { return "" }
