package semconv

import (
	"context"
	"strconv"

	"goagent/agent"
	"goagent/metric"
)

// HTTPServerRequest is what a server knows about a request. The caller fills in what it has; empty
// means unknown.
type HTTPServerRequest struct {
	Method     string
	Scheme     string              // "http" or "https", by the connection
	Host       string              // the Host header or :authority, with or without a port
	Path       string              // without the query
	RawQuery   string              // its values are replaced
	Proto      string              // "HTTP/1.1"
	RemoteAddr string              // "address:port" of the peer
	Headers    map[string][]string // canonical keys; the user agent is read from them, too
}

// StartHTTPServer starts the span of an incoming request, and makes it current. Its name is the
// method until agent.Route is called. The request of an exporter has no span, nor has anything that
// is done for it: see agent.StartSilent.
func StartHTTPServer(r HTTPServerRequest) agent.Span {
	if r.Method == "POST" && forCollector(r.Path, r.Headers) {
		if s := agent.StartSilentServer(r.Headers); s != (agent.Span{}) {
			return s
		}
	}
	method, name, place := methodOf(r.Method)
	s := agent.StartServer(name, r.Headers)
	if s == (agent.Span{}) || !s.Recording() && !metric.Enabled() {
		return s
	}
	from := forwarded(r.Headers)
	scheme, version := firstNonEmpty(from.scheme, r.Scheme), protocolVersion(r.Proto)
	if set := measureHTTPServer(s, place, method, scheme); set != nil {
		set[httpVersion].Str = version
		set[httpTemplate].Str = r.Path // see finishHTTPServer
	}
	a := s.Fresh()
	if a == nil {
		return s
	}
	a.AddString("http.request.method", method)
	if place == unknownMethod {
		a.AddString("http.request.method_original", truncate(r.Method))
	}
	addText(a, "url.scheme", scheme)
	addText(a, "url.path", truncate(r.Path))
	if r.RawQuery != "" {
		setQuery(s, r.RawQuery)
	}
	host, port := splitHost(firstNonEmpty(from.host, r.Host))
	addAddress(a, "server.address", truncate(host), "server.port", port)
	peer, peerPort := splitHost(r.RemoteAddr)
	addText(a, "client.address", truncate(firstNonEmpty(from.client, peer)))
	addAddress(a, "network.peer.address", peer, "network.peer.port", peerPort)
	addText(a, "network.protocol.version", version)
	if agents := r.Headers["User-Agent"]; len(agents) > 0 {
		addText(a, "user_agent.original", truncate(agents[0]))
	}
	return s
}

func setQuery(s agent.Span, query string) {
	var room [256]byte
	if text := truncateURL(appendQuery(room[:0], query)); len(text) > 0 {
		s.SetText("url.query", text)
	}
}

// measureHTTPServer starts measuring and returns the attributes to complete, nil if nothing is
// measured.
func measureHTTPServer(s agent.Span, place int, method, scheme string) *metric.Set {
	if !metric.Enabled() {
		return nil
	}
	set := s.Measure(httpServer, activeSeries(place, method, scheme))
	if set != nil {
		set[httpMethod].Str = method
		set[serverScheme].Str = scheme
	}
	return set
}

// activeRequests are the series of http.server.active_requests, by method and scheme.
var activeRequests [len(standardMethods) + 1][2]metric.CachedSeries

// activeSeries returns the series for a request.
func activeSeries(place int, method, scheme string) *metric.Series {
	secure := 0
	switch {
	case scheme == "https":
		secure = 1
	case scheme != "http" || place == configuredMethod:
		return httpActive.With(&metric.Set{{Str: method}, {Str: scheme}})
	}
	cached := &activeRequests[place][secure]
	if found := cached.Series(); found != nil {
		return found
	}
	return cached.Resolve(httpActive, &metric.Set{{Str: method}, {Str: scheme}})
}

// EndHTTPServer leaves the span, with all spans that were started within it in this goroutine and
// forgotten, and ends it: the goroutine goes on to serve other requests. Status 0 means unknown
// (the connection was hijacked); from 500 on it is an error of the server.
func EndHTTPServer(s agent.Span, status int) {
	s.Leave()
	endHTTP(s, status, 500)
}

// EndHTTPServerErr is EndHTTPServer for a request that was ended by err, for instance because the
// client has gone away. Status 0 means that none was sent; err may be nil.
func EndHTTPServerErr(s agent.Span, status int, err error) {
	s.Leave()
	if err != nil && status < 500 {
		endWithOutcome(s, status, agent.ErrorType(err))
		return
	}
	endHTTP(s, status, 500)
}

// EndHijacked ends the span without leaving it: the connection belongs to the handler from now on,
// and the handler has not returned. Status 0 means unknown.
func EndHijacked(s agent.Span, status int) {
	if s == (agent.Span{}) {
		return
	}
	o := httpOutcome(status, "")
	s.EndEarly(&o)
}

// HTTPClientRequest is what a client knows about its request. It has no field for a user name or a
// password.
type HTTPClientRequest struct {
	Method     string // "" means GET
	Scheme     string
	User       bool   // the URL has a user name or a password
	Host       string // of the URL, with or without a port
	HostHeader string // if it differs from that of the URL
	Path       string // escaped, without the query
	Opaque     string // replaces host and path, see url.URL
	RawQuery   string // its values are replaced
	Proto      string // "HTTP/1.1", empty if not known yet
	Resends    int    // how often the request was sent before, because of redirections
	// Headers are those of the request; canonical keys. They identify an exporter, and a parent
	// that the program has put there, see agent.StartClientWith.
	Headers map[string][]string
}

// StartHTTPClient starts the span of an outgoing request, and makes it current. As with
// StartHTTPServer, the request of an exporter has no span.
func StartHTTPClient(ctx context.Context, r HTTPClientRequest) agent.Span {
	if r.Method == "" {
		r.Method = "GET"
	}
	if r.Method == "POST" && fromExporter(&r) {
		if s := agent.StartSilent(); s != (agent.Span{}) {
			return s
		}
	}
	method, name, place := methodOf(r.Method)
	s := agent.StartClientWith(ctx, name, r.Headers)
	if s == (agent.Span{}) {
		return s
	}
	s.SetRole(agent.RoleHTTPClient)
	if host := withoutUser(r.Host); host != r.Host {
		r.Host, r.User = host, true
	}
	host, port := splitHost(firstNonEmpty(r.HostHeader, r.Host))
	if port == 0 {
		port = defaultPort(r.Scheme)
	}
	if set := s.Measure(httpClient, nil); set != nil {
		set[httpMethod].Str = method
		set[clientHost].Str = host
		set[clientPort].Num = int64(port)
		set[httpVersion].Str = protocolVersion(r.Proto)
		set[httpTemplate].Str = r.path() // see finishHTTPClient
	}
	a := s.Fresh()
	if a == nil {
		return s
	}
	a.AddString("http.request.method", method)
	if place == unknownMethod {
		a.AddString("http.request.method_original", r.Method)
	}
	addAddress(a, "server.address", host, "server.port", port)
	addText(a, "network.protocol.version", protocolVersion(r.Proto))
	if r.Resends > 0 {
		a.AddInt(resendCount, int64(r.Resends))
	}
	var room [256]byte
	s.SetText("url.full", appendURL(room[:0], &r))
	return s
}

const resendCount = "http.request.resend_count"

// CountResend notes that the request is about to be sent again, on another connection.
func CountResend(s agent.Span) { s.Increase(resendCount, 1) }

// SetNetworkPeer sets the other end of the connection on which a request is sent. A port of 0 means
// none. The address is copied.
func SetNetworkPeer(s agent.Span, address []byte, port int) {
	s.SetText("network.peer.address", address)
	if port > 0 {
		s.SetInt("network.peer.port", int64(port))
	}
}

// InHTTPClient reports whether the current span is that of an HTTP client's call: the code that
// sends its request is a part of that call.
func InHTTPClient() bool { return agent.CurrentRole() == agent.RoleHTTPClient }

// EndHTTPClient ends the span, as agent.Span.End does. Status 0 means that there was no response.
// The span is an error if the status is at least 400, or if err is not nil.
func EndHTTPClient(s agent.Span, status int, err error) {
	if err != nil && status < 400 {
		endWithOutcome(s, status, agent.ErrorType(err))
		return
	}
	endHTTP(s, status, 400)
}

func endHTTP(s agent.Span, status, bad int) {
	failure := ""
	if status >= bad {
		failure = statusText(status)
	}
	endWithOutcome(s, status, failure)
}

func endWithOutcome(s agent.Span, status int, failure string) {
	if s == (agent.Span{}) {
		return
	}
	o := httpOutcome(status, failure)
	s.EndWith(&o)
}

func httpOutcome(status int, failure string) agent.Outcome {
	o := agent.Outcome{Error: failure, Noted: status >= 500}
	if status > 0 {
		o.Attr = agent.Int("http.response.status_code", int64(status))
		o.Slot, o.Value.Num = httpStatus, int64(status)
	}
	return o
}

// statusText returns the number as error.type, without an allocation for the usual ones.
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

// SetNetworkProtocol sets the protocol version of a response.
func SetNetworkProtocol(s agent.Span, proto string) {
	if version := protocolVersion(proto); version != "" {
		s.SetString("network.protocol.version", version)
		s.SetMeasured(httpVersion, metric.Value{Str: version})
	}
}

// standardMethods are the known methods if no others are configured.
var standardMethods = [...]string{"GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "CONNECT", "TRACE", "QUERY"}

// The indexes of methods that are not among them.
const (
	unknownMethod    = len(standardMethods) // not known
	configuredMethod = -1                   // configured
)

// methodOf returns the attribute and the span's name for a method, and its index among the standard
// methods. Methods are case-sensitive.
func methodOf(method string) (attribute, name string, place int) {
	if methods := currentSettings().Methods; methods != nil {
		for _, m := range methods {
			if m == method {
				return m, m, configuredMethod
			}
		}
		return "_OTHER", "HTTP", unknownMethod
	}
	for place := range standardMethods {
		if m := standardMethods[place]; m == method {
			return m, m, place
		}
	}
	return "_OTHER", "HTTP", unknownMethod
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

func firstNonEmpty(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// addText adds an attribute unless its value is empty.
func addText(a *agent.Record, key, value string) {
	if value != "" {
		a.AddString(key, value)
	}
}

// addAddress adds a host's two attributes, as far as they are known.
func addAddress(a *agent.Record, key, host, portKey string, port int) {
	addText(a, key, host)
	if host != "" && port > 0 {
		a.AddInt(portKey, int64(port))
	}
}
