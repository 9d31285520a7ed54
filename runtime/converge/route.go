package converge

import "strings"

// Tail returns the index at which the part of a router's pattern begins that matches any number of
// segments of a path, including the slash before it, or -1 if the pattern matches whole paths:
// /files/, /files/{rest...}, /files/*, /files/*rest and /files/{rest:.*} match everything below
// /files.
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

// lastSegment returns the index of the last slash outside braces, -1 if there is none.
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

// takesManySegments reports whether a segment in braces matches slashes: {name...}, {name:*},
// {name:.*} or {name:.+}.
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

// Beyond reports whether path is below what the pattern names, rather than that itself: /files/a
// for /files/, and not /files/. If the two do not begin alike it returns true.
func Beyond(pattern, path string) bool {
	tail := Tail(pattern)
	if tail < 0 {
		return false
	}
	return !strings.HasSuffix(path, "/") || strings.Count(path, "/") != Segments(pattern[:tail])+1
}

// Segments returns the number of segments of a pattern.
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
