package converge

import "strings"

// Tail returns where that part of a router's pattern begins which stands for any number of segments
// of a path, the slash before it included, or -1 where the pattern is for whole paths: /files/,
// /files/{rest...}, /files/*, /files/*rest and /files/{rest:.*} are for all that is below /files.
func Tail(pattern string) int {
	last := lastSegment(pattern)
	if last < 0 {
		return -1
	}
	if segment := pattern[last+1:]; segment == "" || segment[0] == '*' || takesManySegments(segment) {
		return last
	}
	return -1
}

// lastSegment returns the place of the last slash that is in no braces, -1 for none.
func lastSegment(pattern string) int {
	for i, depth := len(pattern)-1, 0; i >= 0; i-- {
		switch pattern[i] {
		case '}':
			depth++
		case '{':
			depth--
		case '/':
			if depth <= 0 {
				return i
			}
		}
	}
	return -1
}

// manySegments reports whether a segment in braces takes slashes: {name...}, {name:*}, {name:.*} or
// {name:.+}.
func takesManySegments(segment string) bool {
	if segment[0] != '{' || segment[len(segment)-1] != '}' {
		return false
	}
	name := segment[1 : len(segment)-1]
	if strings.HasSuffix(name, "...") {
		return true
	}
	switch name[strings.IndexByte(name, ':')+1:] {
	case "*", ".*", ".+":
		return true
	}
	return false
}

// Beyond reports whether path is below what the pattern names, and not that itself: /files/a for
// /files/, and not /files/. Where the two do not begin alike the answer is true.
func Beyond(pattern, path string) bool {
	tail := Tail(pattern)
	if tail < 0 {
		return false
	}
	return !strings.HasSuffix(path, "/") || strings.Count(path, "/") != Segments(pattern[:tail])+1
}

// Segments returns how many segments a pattern has.
func Segments(pattern string) (n int) {
	for depth, i := 0, 0; i < len(pattern); i++ {
		switch pattern[i] {
		case '{':
			depth++
		case '}':
			depth--
		case '/':
			if depth <= 0 {
				n++
			}
		}
	}
	return n
}
