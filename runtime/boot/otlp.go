package boot

import (
	"crypto/tls"
	"crypto/x509"
	"net/textproto"
	"net/url"
	"os"
	"strings"

	"goagent/export"
)

const (
	otlpPrefix    = "OTEL_EXPORTER_OTLP_"
	defaultOrigin = "http://localhost:4318"
)

// otlpSignal is a kind of data to send: each has variables of its own, which take precedence over
// those for all.
type otlpSignal struct {
	prefix string // of its variables
	path   string // below the endpoint for all
	noun   string // in messages
}

var traceSignal = otlpSignal{otlpPrefix + "TRACES_", "/v1/traces", "spans"}

// otlpVariable returns the name and value of a variable of the exporter.
func (e *env) otlpVariable(s otlpSignal, name string) (full, value string) {
	return e.firstSet(s.prefix+name, otlpPrefix+name)
}

// otlpOf reads how to send over OTLP. It returns false if nothing can be sent.
func otlpOf(e *env, s otlpSignal, r *resource) (c export.OTLPConfig, ok bool) {
	c = export.OTLPConfig{
		Timeout: e.milliseconds(s.prefix+"TIMEOUT", otlpPrefix+"TIMEOUT"),
		Headers: headersOf(e, s),
		Gzip:    gzipOf(e, s),
		// a test that counts goroutines would count net/http's goroutines of a connection
		DisableKeepAlives: e.inTest,
		Resource:          r.attrs,
		Scope:             "goagent",
		Version:           Version,
	}
	if c.URL, ok = endpointOf(e, s); !ok {
		return c, false
	}
	c.TLS, ok = tlsOf(e, s)
	return c, ok
}

// endpointOf returns the address to POST to.
func endpointOf(e *env, s otlpSignal) (address string, ok bool) {
	name, value := e.otlpVariable(s, "ENDPOINT")
	if value == "" {
		name, value = otlpPrefix+"ENDPOINT", defaultOrigin
	}
	if !strings.Contains(value, "://") { // host:port, as it is often written
		value = schemeOf(e, s) + value
	}
	u, err := url.Parse(value)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		if strings.ContainsAny(value, "@?#") {
			value = "..." // it may contain a password or a key
		}
		e.warn(name, value, "not an http or https address, no "+s.noun+" are sent")
		return "", false
	}
	if name == otlpPrefix+"ENDPOINT" {
		u.Path = strings.TrimSuffix(u.Path, "/") + s.path
	} else if u.Path == "" {
		u.Path = "/"
	}
	if !portForHTTP(e, s, u) {
		return "", false
	}
	return u.String(), true
}

// schemeOf returns the scheme for addresses without one: http, unless INSECURE is false.
func schemeOf(e *env, s otlpSignal) string {
	name, value := e.otlpVariable(s, "INSECURE")
	switch strings.ToLower(value) {
	case "false":
		return "https://"
	case "", "true":
	default:
		e.warn(name, value, "not true or false, taken as true")
	}
	return "http://"
}

// portForHTTP adapts the address to the configured protocol. gRPC is not supported: port 4317 is
// replaced by 4318, and any other port but 4318 belongs to another server, so nothing is sent to
// it. It returns false if nothing can be sent.
func portForHTTP(e *env, s otlpSignal, u *url.URL) bool {
	name, protocol := e.otlpVariable(s, "PROTOCOL")
	switch strings.ToLower(protocol) {
	case "", "http/protobuf":
	case "grpc":
		switch u.Port() {
		case "4318":
			e.warn(name, protocol, "only OTLP over HTTP is spoken, "+s.noun+" go to "+u.Host)
		case "4317":
			u.Host = strings.TrimSuffix(u.Host, "4317") + "4318"
			e.warn(name, protocol, "only OTLP over HTTP is spoken, "+s.noun+" go to "+u.Host)
		default:
			e.warn(name, protocol, "only OTLP over HTTP is spoken, no "+s.noun+" are sent to "+u.Host+
				"; name the address for HTTP and set the protocol to http/protobuf")
			return false
		}
	default:
		e.warn(name, protocol, "not known, http/protobuf is used")
	}
	return true
}

// headersOf reads the headers to send, among which there is often a key. Those for this signal
// replace those for all: the key of one endpoint must not be sent to another.
func headersOf(e *env, s otlpSignal) map[string]string {
	headers := map[string]string{}
	name, value := e.otlpVariable(s, "HEADERS")
	keys, values, ok := parsePairs(value)
	if !ok {
		e.warn(name, "...", "not key=value,key=value with percent-encoded values, ignored")
	}
	for i, key := range keys {
		if !validHeader(key, values[i]) {
			e.warn(name, "...", "a name or a value has bytes that no header may have (a line break?), that header is left out")
			continue
		}
		// names are case-insensitive: the last one counts
		headers[textproto.CanonicalMIMEHeaderKey(key)] = values[i]
	}
	return headers
}

// validHeader reports whether net/http will send the header; otherwise each request would fail.
func validHeader(key, value string) bool {
	for i := 0; i < len(key); i++ {
		if c := key[i]; c <= ' ' || c > '~' || strings.IndexByte("\"(),/:;<=>?@[\\]{}", c) >= 0 {
			return false
		}
	}
	for i := 0; i < len(value); i++ {
		if c := value[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return key != ""
}

func gzipOf(e *env, s otlpSignal) bool {
	name, value := e.otlpVariable(s, "COMPRESSION")
	switch strings.ToLower(value) {
	case "gzip":
		return true
	case "", "none":
	default:
		e.warn(name, value, "not known (known are gzip and none), nothing is compressed")
	}
	return false
}

// tlsOf reads the certificates, nil if none are set. It returns false if one cannot be used: spans
// are not sent to a server that cannot be verified as configured.
func tlsOf(e *env, s otlpSignal) (*tls.Config, bool) {
	caName, ca := e.otlpVariable(s, "CERTIFICATE")
	certName, cert := e.otlpVariable(s, "CLIENT_CERTIFICATE")
	keyName, key := e.otlpVariable(s, "CLIENT_KEY")
	if key != "" && cert == "" {
		e.warn(keyName, key, "there is no client certificate to go with it, it is not used")
	}
	if ca == "" && cert == "" {
		return nil, true
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if ca != "" {
		text, err := os.ReadFile(ca)
		c.RootCAs = x509.NewCertPool()
		if err != nil || !c.RootCAs.AppendCertsFromPEM(text) {
			e.warn(caName, ca, "not a readable file of certificates, no "+s.noun+" are sent")
			return nil, false
		}
	}
	if cert != "" {
		pair, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			e.warn(certName, cert, "cannot be used together with the client key, no "+s.noun+" are sent")
			return nil, false
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, true
}
