package semconv

import "strings"

// forwardedOrigin is what proxies report about the origin of a request. It may be forged; it is
// only displayed.
type forwardedOrigin struct{ client, host, scheme string }

// forwarded reads Forwarded (RFC 7239), or else the X-Forwarded- headers. Of several proxies the
// first one counts, because it has seen the client.
func forwarded(h map[string][]string) (o forwardedOrigin) {
	if v := h["Forwarded"]; len(v) > 0 {
		return parseForwarded(firstItem(v[0]))
	}
	if v := h["X-Forwarded-For"]; len(v) > 0 {
		o.client = clientAddress(firstItem(v[0]))
	}
	if v := h["X-Forwarded-Host"]; len(v) > 0 {
		o.host = firstItem(v[0])
	}
	if v := h["X-Forwarded-Proto"]; len(v) > 0 {
		o.scheme = httpScheme(firstItem(v[0]))
	}
	return o
}

// parseForwarded reads one element, for=192.0.2.1;proto=https;host=example.com.
func parseForwarded(element string) (o forwardedOrigin) {
	for more := true; more; {
		var pair string
		if end := strings.IndexByte(element, ';'); end >= 0 {
			pair, element = element[:end], element[end+1:]
		} else {
			pair, more = element, false
		}
		equals := strings.IndexByte(pair, '=')
		if equals < 0 {
			continue
		}
		value := strings.Trim(strings.TrimSpace(pair[equals+1:]), `"`)
		switch key := strings.TrimSpace(pair[:equals]); {
		case strings.EqualFold(key, "for"):
			o.client = clientAddress(value)
		case strings.EqualFold(key, "host"):
			o.host = value
		case strings.EqualFold(key, "proto"):
			o.scheme = httpScheme(value)
		}
	}
	return o
}

func firstItem(list string) string {
	if end := strings.IndexByte(list, ','); end >= 0 {
		list = list[:end]
	}
	return strings.TrimSpace(list)
}

// clientAddress returns the address of a client without its port. Names that hide it ("unknown",
// "_hidden") yield "".
func clientAddress(s string) string {
	if s == "" || s[0] == '_' || strings.EqualFold(s, "unknown") {
		return ""
	}
	host, _ := splitHost(s)
	return host
}

// httpScheme returns "http" or "https", or "" for anything else.
func httpScheme(s string) string {
	switch {
	case strings.EqualFold(s, "http"):
		return "http"
	case strings.EqualFold(s, "https"):
		return "https"
	}
	return ""
}
