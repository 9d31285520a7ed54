package semconv

import (
	"context"
	"strconv"

	"goagent/agent"
)

// HTTPServerRequest is what a server knows of a request. The caller fills in
// what it has; empty means not known.
type HTTPServerRequest struct {
	Method     string
	Scheme     string // "http" or "https", as the connection has it
	Host       string // the Host header or :authority, with or without a port
	Path       string // without the query
	Proto      string // "HTTP/1.1"
	UserAgent  string
	RemoteAddr string              // "address:port" of the peer
	Headers    map[string][]string // canonical keys
}

// StartHTTPServer starts the span of a request that has come in, and makes it
// current. Its name is the method until agent.Route is called.
func StartHTTPServer(r HTTPServerRequest) agent.Span {
	method, name, known := methodOf(r.Method)
	s := agent.StartServer(name, r.Headers)
	if !s.Recording() {
		return s
	}
	from := forwarded(r.Headers)
	var attrs [12]agent.Attr
	a := append(attrs[:0], agent.String("http.request.method", method))
	if !known {
		a = append(a, agent.String("http.request.method_original", r.Method))
	}
	a = text(a, "url.scheme", either(from.scheme, r.Scheme))
	a = text(a, "url.path", r.Path)
	host, port := splitHost(either(from.host, r.Host))
	a = address(a, "server.address", host, "server.port", port)
	peer, peerPort := splitHost(r.RemoteAddr)
	a = text(a, "client.address", either(from.client, peer))
	a = address(a, "network.peer.address", peer, "network.peer.port", peerPort)
	a = text(a, "network.protocol.version", protocolVersion(r.Proto))
	a = text(a, "user_agent.original", r.UserAgent)
	s.Set(a)
	return s
}

// EndHTTPServer leaves and ends the span. Status 0 means that nobody knows it
// (the connection was hijacked); from 500 on it is the server's error.
func EndHTTPServer(s agent.Span, status int) {
	endHTTP(s, status, 500)
}

// HTTPClientRequest is what a client knows of its request. There is no place
// for a user name or a password.
type HTTPClientRequest struct {
	Method   string // "" is GET
	Scheme   string
	Host     string // of the URL, with or without a port
	Path     string // escaped, without the query
	RawQuery string // its values are replaced
	Proto    string // "HTTP/1.1", empty if it is not known yet
}

// StartHTTPClient starts the span of a request that goes out, and makes it
// current.
func StartHTTPClient(ctx context.Context, r HTTPClientRequest) agent.Span {
	if r.Method == "" {
		r.Method = "GET"
	}
	method, name, known := methodOf(r.Method)
	s := agent.StartClient(ctx, name)
	if !s.Recording() {
		return s
	}
	var attrs [6]agent.Attr
	a := append(attrs[:0], agent.String("http.request.method", method))
	if !known {
		a = append(a, agent.String("http.request.method_original", r.Method))
	}
	r.Host = withoutUser(r.Host)
	host, port := splitHost(r.Host)
	if port == 0 {
		port = defaultPort(r.Scheme)
	}
	a = address(a, "server.address", host, "server.port", port)
	a = text(a, "network.protocol.version", protocolVersion(r.Proto))
	s.Set(a)
	var room [256]byte
	s.SetText("url.full", appendURL(room[:0], &r))
	return s
}

// EndHTTPClient leaves and ends the span. Status 0 means that there was no
// response; from 400 on, and when there is an err, it is an error.
func EndHTTPClient(s agent.Span, status int, err error) {
	if err != nil && status < 400 {
		if status > 0 {
			s.SetInt("http.response.status_code", int64(status))
		}
		s.EndErr(err)
		return
	}
	endHTTP(s, status, 400)
}

func endHTTP(s agent.Span, status, bad int) {
	if status > 0 {
		s.SetInt("http.response.status_code", int64(status))
	}
	if status >= bad {
		s.SetError(statusText(status))
	}
	s.Leave()
	s.End()
}

// statusText is the number as error.type; the usual ones cost nothing.
func statusText(status int) string {
	const table = "400401402403404405406407408409410411412413414415416417418421422423424425426428429431451" +
		"500501502503504505506507508510511"
	for i := 0; i < len(table); i += 3 {
		if int(table[i]-'0')*100+int(table[i+1]-'0')*10+int(table[i+2]-'0') == status {
			return table[i : i+3]
		}
	}
	return strconv.Itoa(status)
}

// SetNetworkProtocol sets the version that a response came with.
func SetNetworkProtocol(s agent.Span, proto string) {
	if version := protocolVersion(proto); version != "" {
		s.SetString("network.protocol.version", version)
	}
}

// methodOf returns what to say of a method: the attribute, the span's name, and
// whether it is a method that is known. Methods are case-sensitive.
func methodOf(method string) (attribute, name string, known bool) {
	switch method {
	case "GET":
		return "GET", "GET", true
	case "HEAD":
		return "HEAD", "HEAD", true
	case "POST":
		return "POST", "POST", true
	case "PUT":
		return "PUT", "PUT", true
	case "DELETE":
		return "DELETE", "DELETE", true
	case "CONNECT":
		return "CONNECT", "CONNECT", true
	case "OPTIONS":
		return "OPTIONS", "OPTIONS", true
	case "TRACE":
		return "TRACE", "TRACE", true
	case "PATCH":
		return "PATCH", "PATCH", true
	}
	return "_OTHER", "HTTP", false
}

func protocolVersion(proto string) string {
	switch proto {
	case "HTTP/1.1":
		return "1.1"
	case "HTTP/2.0", "HTTP/2":
		return "2"
	case "HTTP/1.0":
		return "1.0"
	case "HTTP/3.0", "HTTP/3":
		return "3"
	}
	return ""
}

func defaultPort(scheme string) int {
	switch scheme {
	case "http":
		return 80
	case "https":
		return 443
	}
	return 0
}

func either(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// text appends an attribute that has a value.
func text(a []agent.Attr, key, value string) []agent.Attr {
	if value == "" {
		return a
	}
	return append(a, agent.String(key, value))
}

// address appends those of a host's two attributes that are known.
func address(a []agent.Attr, key, host, portKey string, port int) []agent.Attr {
	a = text(a, key, host)
	if host != "" && port > 0 {
		a = append(a, agent.Int(portKey, int64(port)))
	}
	return a
}
