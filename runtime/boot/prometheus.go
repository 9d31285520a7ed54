package boot

import (
	"io"
	"net"
	"strconv"
	"strings"

	"goagent/export"
)

// servePrometheusAt listens for scrapes at the address of OTEL_EXPORTER_PROMETHEUS_HOST and _PORT.
// It returns nil if it cannot.
func servePrometheusAt(e *env, contentType string, write func(io.Writer)) *export.Scrape {
	const hostName, portName = "OTEL_EXPORTER_PROMETHEUS_HOST", "OTEL_EXPORTER_PROMETHEUS_PORT"
	// IPv6 addresses may be in brackets.
	host := strings.TrimSuffix(strings.TrimPrefix(e.get(hostName), "["), "]")
	if host == "" {
		host = "localhost"
	}
	port := e.number(1, portName)
	if port > 1<<16-1 {
		e.warn(portName, strconv.Itoa(port), "not a port, the default is used")
		port = 0
	}
	if port == 0 {
		port = 9464
	}
	address := net.JoinHostPort(host, strconv.Itoa(port))
	s, err := export.NewScrape(address, contentType, write)
	if err != nil {
		e.warn("OTEL_METRICS_EXPORTER", "prometheus", "cannot listen at "+address+", no metrics are served")
		return nil
	}
	return s
}
