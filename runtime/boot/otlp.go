package boot

import (
	"crypto/tls"
	"crypto/x509"
	"net/url"
	"os"
	"strings"

	"goagent/export"
)

const (
	otlpPrefix    = "OTEL_EXPORTER_OTLP_"
	tracesPrefix  = "OTEL_EXPORTER_OTLP_TRACES_"
	defaultOrigin = "http://localhost:4318"
	tracesPath    = "/v1/traces"
)

// otlp returns a variable of the exporter's; the one for traces wins.
func (e *env) otlp(name string) (full, value string) {
	return e.first(tracesPrefix+name, otlpPrefix+name)
}

// otlpOf makes the OTLP exporter, nil if spans cannot go anywhere.
func otlpOf(e *env, r *resource) export.Exporter {
	c := export.OTLPConfig{
		Timeout:  e.milliseconds(tracesPrefix+"TIMEOUT", otlpPrefix+"TIMEOUT"),
		Patience: e.milliseconds("OTEL_BSP_EXPORT_TIMEOUT"),
		Headers:  headersOf(e),
		Gzip:     gzipOf(e),
		Resource: r.attrs,
		Scope:    "goagent",
		Version:  Version,
	}
	var ok bool
	if c.URL, ok = endpointOf(e); !ok {
		return nil
	}
	if c.TLS, ok = tlsOf(e); !ok {
		return nil
	}
	return export.NewOTLP(c)
}

// endpointOf returns the address to post to.
func endpointOf(e *env) (address string, ok bool) {
	name, value := e.first(tracesPrefix+"ENDPOINT", otlpPrefix+"ENDPOINT")
	if value == "" {
		name, value = otlpPrefix+"ENDPOINT", defaultOrigin
	}
	if !strings.Contains(value, "://") {
		value = "http://" + value // host:port, as it is often written
	}
	u, err := url.Parse(value)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		if strings.Contains(value, "@") {
			value = "..." // a password may be in it
		}
		e.complain(name, value, "not an http or https address, no spans are sent")
		return "", false
	}
	if name == otlpPrefix+"ENDPOINT" {
		u.Path = strings.TrimSuffix(u.Path, "/") + tracesPath
	} else if u.Path == "" {
		u.Path = "/"
	}
	if !portForHTTP(e, u) {
		return "", false
	}
	return u.String(), true
}

// portForHTTP looks at the protocol that is asked for. For gRPC, which is not
// spoken, the address is another server's: of the usual pair of ports the other
// one is taken, any other port is left alone. It returns false if nothing can be
// sent.
func portForHTTP(e *env, u *url.URL) bool {
	name, protocol := e.otlp("PROTOCOL")
	switch strings.ToLower(protocol) {
	case "", "http/protobuf":
	case "grpc":
		switch u.Port() {
		case "4318":
			e.complain(name, protocol, "only OTLP over HTTP is spoken, spans go to "+u.Host)
		case "4317":
			u.Host = strings.TrimSuffix(u.Host, "4317") + "4318"
			e.complain(name, protocol, "only OTLP over HTTP is spoken, spans go to "+u.Host)
		default:
			e.complain(name, protocol, "only OTLP over HTTP is spoken, no spans are sent to "+u.Host+
				"; name the address for HTTP and set the protocol to http/protobuf")
			return false
		}
	default:
		e.complain(name, protocol, "not known, http/protobuf is used")
	}
	return true
}

// headersOf reads the headers to send; a key is often among them.
func headersOf(e *env) map[string]string {
	headers := map[string]string{}
	for _, name := range []string{otlpPrefix + "HEADERS", tracesPrefix + "HEADERS"} {
		keys, values, ok := pairs(e.get(name))
		if !ok {
			e.complain(name, "...", "not key=value,key=value with percent-encoded values, ignored")
		}
		for i, key := range keys {
			headers[key] = values[i]
		}
	}
	return headers
}

func gzipOf(e *env) bool {
	name, value := e.otlp("COMPRESSION")
	switch strings.ToLower(value) {
	case "gzip":
		return true
	case "", "none":
	default:
		e.complain(name, value, "not known (known are gzip and none), nothing is compressed")
	}
	return false
}

// tlsOf reads the certificates, nil where none are set. It returns false if one
// cannot be used: spans do not go to a server that cannot be checked as asked.
func tlsOf(e *env) (*tls.Config, bool) {
	caName, ca := e.otlp("CERTIFICATE")
	certName, cert := e.otlp("CLIENT_CERTIFICATE")
	_, key := e.otlp("CLIENT_KEY")
	if ca == "" && cert == "" {
		return nil, true
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if ca != "" {
		text, err := os.ReadFile(ca)
		c.RootCAs = x509.NewCertPool()
		if err != nil || !c.RootCAs.AppendCertsFromPEM(text) {
			e.complain(caName, ca, "not a readable file of certificates, no spans are sent")
			return nil, false
		}
	}
	if cert != "" {
		pair, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			e.complain(certName, cert, "cannot be used together with the client key, no spans are sent")
			return nil, false
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, true
}
