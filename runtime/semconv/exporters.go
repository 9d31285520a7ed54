package semconv

import "strings"

// Requests of exporters have no spans and are not measured: a program that receives what it sends itself, a collector,
// would make new ones for each, without end.

// exporters are how the user agents of exporters begin: those that the specification of OTLP names, that of
// OpenTelemetry for Go, and that of the Collector's own.
var exporters = [...]string{"OTel-OTLP-Exporter-", "OTel OTLP Exporter Go/", "OpenTelemetry Collector"}

// collectorService is how the paths, and the methods, of OTLP by gRPC begin.
const collectorService = "opentelemetry.proto.collector."

// fromExporter reports whether a POST that is sent is an exporter's.
func fromExporter(r *HTTPClientRequest) bool {
	if agents := r.Headers["User-Agent"]; len(agents) > 0 {
		for _, exporter := range exporters {
			if strings.HasPrefix(agents[0], exporter) {
				return true
			}
		}
	}
	path := r.path()
	return otlpSignalPath(path) != "" && contentType(r.Headers, "application/x-protobuf") || isCollectorCall(path)
}

// forCollector reports whether a POST that has come in is an exporter's. What it is called may be anybody's choice; so the
// path and the type of the content have to be those of OTLP. With JSON, which /v1/logs of somebody's own may be as
// well, it is the whole path.
func forCollector(path string, headers map[string][]string) bool {
	found := otlpSignalPath(path)
	return found != "" && (contentType(headers, "application/x-protobuf") ||
		found == path && contentType(headers, "application/json")) || isCollectorCall(path)
}

// signal returns the end of the path that OTLP has for one of its signals, "" if the path does not end so.
func otlpSignalPath(path string) string {
	for _, end := range [...]string{"/v1/traces", "/v1/metrics", "/v1/logs"} {
		if strings.HasSuffix(path, end) {
			return end
		}
	}
	return ""
}

func isCollectorCall(path string) bool {
	return len(path) > len(collectorService) && path[0] == '/' && strings.HasPrefix(path[1:], collectorService)
}

// contentType reports whether the headers say that the content is of this type.
func contentType(headers map[string][]string, want string) bool {
	values := headers["Content-Type"]
	if len(values) == 0 {
		return false
	}
	value := values[0]
	if end := strings.IndexByte(value, ';'); end >= 0 {
		value = value[:end]
	}
	return strings.EqualFold(strings.TrimSpace(value), want)
}
