package semconv

import (
	"strings"

	"goagent/metric"
)

// maxURL bounds url.full, in bytes.
const maxURL = 2048

// redacted replaces each value of a query.
const redacted = "REDACTED"

// redactedUser replaces user name and password.
const redactedUser = "REDACTED:REDACTED@"

// appendURL appends scheme://host/path?query, see appendQuery.
func appendURL(b []byte, r *HTTPClientRequest) []byte {
	if r.Opaque != "" {
		return appendOpaque(b, r)
	}
	if r.Scheme != "" {
		b = append(append(b, r.Scheme...), "://"...)
	}
	if r.User {
		b = append(b, redactedUser...)
	}
	b = append(b, r.Host...)
	b = append(b, r.Path...)
	return truncateURL(appendQueryPart(b, r.RawQuery))
}

// appendQueryPart appends "?" and a query, if there is one.
func appendQueryPart(b []byte, query string) []byte {
	path := len(b)
	if b = appendQuery(append(b, '?'), query); len(b) == path+1 {
		b = b[:path]
	}
	return b
}

// appendOpaque appends the URL of a request whose URL has no parts: //host/path, or the path alone.
func appendOpaque(b []byte, r *HTTPClientRequest) []byte {
	host, path, query := splitOpaque(r.Opaque)
	if host == "" {
		host = r.Host
	}
	b = append(append(b, r.Scheme...), "://"...)
	if bare := withoutUser(host); r.User || bare != host {
		b, host = append(b, redactedUser...), bare
	}
	b = append(b, host...)
	if path != "" && path[0] != '/' {
		b = append(b, '/')
	}
	b = append(b, path...)
	if query != "" && r.RawQuery != "" {
		query += "&"
	}
	return truncateURL(appendQueryPart(b, query+r.RawQuery))
}

// splitOpaque splits //host/path?query. Without the two slashes there is no host.
func splitOpaque(s string) (host, path, query string) {
	if end := strings.IndexByte(s, '#'); end >= 0 {
		s = s[:end]
	}
	if end := strings.IndexByte(s, '?'); end >= 0 {
		s, query = s[:end], s[end+1:]
	}
	if !strings.HasPrefix(s, "//") {
		return "", s, query
	}
	s = s[2:]
	if end := strings.IndexByte(s, '/'); end >= 0 {
		return s[:end], s[end:], query
	}
	return s, "", query
}

// path returns the path of the request.
func (r *HTTPClientRequest) path() string {
	if r.Opaque == "" {
		return r.Path
	}
	_, path, _ := splitOpaque(r.Opaque)
	return path
}

// appendQuery appends a query with its values replaced. A part without "=" may be a value, so it is
// replaced too.
func appendQuery(b []byte, query string) []byte {
	for first := true; query != "" && len(b) < maxURL; {
		part := query
		if end := strings.IndexByte(query, '&'); end >= 0 {
			part, query = query[:end], query[end+1:]
		} else {
			query = ""
		}
		if part == "" {
			continue
		}
		if !first {
			b = append(b, '&')
		}
		first = false
		if equals := strings.IndexByte(part, '='); equals >= 0 {
			b = append(b, part[:equals+1]...)
		}
		b = append(b, redacted...)
	}
	return b
}

func truncateURL(b []byte) []byte {
	if len(b) > maxURL {
		b = b[:len(truncate(string(b)))]
	}
	return b
}

// truncate truncates text from other parties to the bound of url.full: thousands of spans wait if
// the endpoint is slow, and each may come from a request with a megabyte of headers.
func truncate(s string) string { return metric.Cut(s, maxURL) }

// withoutUser removes what precedes an "@": user names and passwords.
func withoutUser(host string) string {
	return host[strings.LastIndexByte(host, '@')+1:]
}

// splitHost splits "host:port", "[::1]:port", "host" and "[::1]". An invalid port yields 0.
func splitHost(s string) (host string, port int) {
	colon, colons := 0, 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case ':':
			colon = i
			colons++
		case '@':
			s, i, colons = s[i+1:], -1, 0
		}
	}
	if s != "" && s[0] == '[' {
		end := strings.IndexByte(s, ']')
		if end < 0 {
			return "", 0
		}
		host, s = s[1:end], s[end+1:]
		if s == "" || s[0] != ':' {
			return host, 0
		}
		return host, parsePort(s[1:])
	}
	if colons != 1 {
		return s, 0 // an IPv6 address without brackets, or no port
	}
	return s[:colon], parsePort(s[colon+1:])
}

// hostAndPort returns a server's address and port; byDefault is the port if the address has none.
// In the conventions there is no port without an address.
func hostAndPort(address string, byDefault int) (host string, port int) {
	if host, port = splitHost(address); port == 0 {
		port = byDefault
	}
	if host == "" || port < 0 {
		port = 0
	}
	return host, port
}

// parsePort returns 0 unless s is a number from 1 to 65535.
func parsePort(s string) int {
	if len(s) > 5 {
		return 0
	}
	n := 0
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return 0
		}
		n = n*10 + int(s[i]-'0')
	}
	if n > 65535 {
		return 0
	}
	return n
}
