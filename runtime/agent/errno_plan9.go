package agent

// errnoName returns "": Plan 9 has text instead of error numbers.
func errnoName(error) string { return "" }
