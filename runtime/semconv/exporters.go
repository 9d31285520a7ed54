package semconv

import "strings"

// Requests of exporters have no spans and are not measured: a program that receives what it sends
// itself, such as a collector, would make new ones for each, without end.

// exporters are the prefixes of exporters' user agents: those that the specification of OTLP names,
// that of OpenTelemetry for Go, and that of the Collector.
var exporters = [...]string{"OTel-OTLP-Exporter-", "OTel OTLP Exporter Go/", "OpenTelemetry Collector"}

// collectorService is the prefix of the paths, and the methods, of OTLP over gRPC.
const collectorService = "opentelemetry.proto.collector."

// fromExporter reports whether an outgoing POST is an exporter's.
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

// forCollector reports whether an incoming POST is an exporter's. Its path may be anybody's choice;
// so the path and the type of the content have to be those of OTLP. With JSON, which a program's
// own /v1/logs may use as well, the whole path must match.
func forCollector(path string, headers map[string][]string) bool {
	found := otlpSignalPath(path)
	return found != "" && (contentType(headers, "application/x-protobuf") ||
		found == path && contentType(headers, "application/json")) || isCollectorCall(path)
}

// otlpSignalPath returns the end of the path that OTLP has for one of its signals, "" if the path
// has no such end.
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

// contentType reports whether the headers declare this type of content.
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
