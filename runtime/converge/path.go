package converge

// Bounds of a template.
const (
	maxSegments = 10  // the rest becomes one "*"
	maxTemplate = 240 // bytes
)

// Path appends a template for the path of a URL: segments that look like the name of one thing
// among many become {id} or {date}. It does not know the program's routes, so the template is a
// guess, and not an http.route.
func Path(to []byte, path string) []byte {
	start, segments := len(to), 0
	if path == "" || path[0] != '/' {
		path = "/" // of CONNECT and of OPTIONS *
	}
	for path != "" {
		end := 1
		for end < len(path) && path[end] != '/' {
			end++
		}
		segment := path[1:end]
		if segments++; segments > maxSegments || len(to)-start+len(segment) > maxTemplate {
			return append(to, "/*"...)
		}
		to = appendSegment(append(to, '/'), segment)
		path = path[end:]
	}
	return to
}

// appendSegment appends a segment or its placeholder. An extension is kept.
func appendSegment(to []byte, s string) []byte {
	name, extension := s, ""
	for i := len(s) - 1; i > 0 && i >= len(s)-6; i-- {
		if s[i] == '.' && isExtension(s[i+1:]) {
			name, extension = s[:i], s[i:]
			break
		}
	}
	switch {
	case name == "":
		return append(to, s...)
	case looksLikeDate(name):
		to = append(to, "{date}"...)
	case looksLikeID(name):
		to = append(to, "{id}"...)
	default:
		to = appendParts(to, name)
	}
	return append(to, extension...)
}

// appendParts replaces the numeric parts of segments such as order-1234.
func appendParts(to []byte, s string) []byte {
	for start := 0; start <= len(s); {
		end := start
		for end < len(s) && !isSeparator(s[end]) {
			end++
		}
		part := s[start:end]
		if part != "" && looksLikeID(part) {
			to = append(to, "{id}"...)
		} else {
			to = append(to, part...)
		}
		if end < len(s) {
			to = append(to, s[end])
		}
		start = end + 1
	}
	return to
}

// looksLikeID reports whether s looks like the name of one thing among many: a number, a number in
// hexadecimal, a UUID, a token, an address, any long text.
func looksLikeID(s string) bool {
	digits, hex, letters, odd := 0, 0, 0, 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			digits++
			hex++
		case c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F':
			letters++
			hex++
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			letters++
		case c == '-' || c == '_' || c == '.':
		default: // percent signs, "@", anything beyond ASCII
			odd++
		}
	}
	switch n := len(s); {
	case odd > 0 || n > 40:
		return true
	case digits == n:
		return true
	case hex == n && digits > 0 && n >= 6:
		return true
	case n == 36 && s[8] == '-' && s[13] == '-' && s[18] == '-' && s[23] == '-' && hex == 32:
		return true
	case digits+letters == n && digits >= 3 && n >= 10:
		return true
	case digits > 0 && letters > 0 && n >= 20:
		return true
	}
	return false
}

// looksLikeDate recognises 2026-11-22, and the same with "_" or ".".
func looksLikeDate(s string) bool {
	if len(s) != 10 || !isSeparator(s[4]) || s[7] != s[4] {
		return false
	}
	for i := 0; i < len(s); i++ {
		if i != 4 && i != 7 && (s[i] < '0' || s[i] > '9') {
			return false
		}
	}
	return true
}

func isSeparator(c byte) bool {
	return c == '-' || c == '_' || c == '.' || c == ',' || c == ':' || c == '~'
}

// isExtension reports whether s may be an extension: letters, and digits after the first letter. No
// other part of client data gets into a template as an extension.
func isExtension(s string) bool {
	for i := 0; i < len(s); i++ {
		if letter := s[i]|0x20 >= 'a' && s[i]|0x20 <= 'z'; !letter && (i == 0 || s[i] < '0' || s[i] > '9') {
			return false
		}
	}
	return s != ""
}
