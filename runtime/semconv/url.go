package semconv

import (
	"strings"

	"goagent/metric"
)

// maxURL bounds url.full, in bytes.
const maxURL = 2048

// redacted replaces each value of a query.
const redacted = "REDACTED"

// appendURL appends scheme://host/path?query, see appendQuery.
func appendURL(b []byte, r *HTTPClientRequest) []byte {
	if r.Scheme != "" {
		b = append(append(b, r.Scheme...), "://"...)
	}
	b = append(b, r.Host...)
	b = append(b, r.Path...)
	path := len(b)
	if b = appendQuery(append(b, '?'), r.RawQuery); len(b) == path+1 {
		b = b[:path]
	}
	return atMost(b)
}

// appendQuery appends a query with its values replaced. A part without "=" may be a value: it is replaced too.
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

func atMost(b []byte) []byte {
	if len(b) > maxURL {
		b = b[:len(short(string(b)))]
	}
	return b
}

// short cuts what somebody else has sent as url.full is cut: thousands of spans wait where the
// endpoint is slow, and each may come from a request whose headers are a megabyte.
func short(s string) string { return metric.Cut(s, maxURL) }

// withoutUser cuts off what stands before an "@": user names and passwords.
func withoutUser(host string) string {
	return host[strings.LastIndexByte(host, '@')+1:]
}

// splitHost splits "host:port", "[::1]:port", "host" and "[::1]". A port that is
// no port is none.
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
		return host, portOf(s[1:])
	}
	if colons != 1 {
		return s, 0 // an IPv6 address without brackets, or no port
	}
	return s[:colon], portOf(s[colon+1:])
}

// serverOf returns a server's address and port, which is usual where the address has none. The
// conventions have no port without an address.
func serverOf(address string, usual int) (host string, port int) {
	if host, port = splitHost(address); port == 0 {
		port = usual
	}
	if host == "" || port < 0 {
		port = 0
	}
	return host, port
}

// portOf returns 0 for what is not a number from 1 to 65535.
func portOf(s string) int {
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
