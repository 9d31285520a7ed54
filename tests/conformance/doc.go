// Package conformance compares the runtime with the official OpenTelemetry implementations: the
// protocol's definitions decode the exporter's output, and the Go SDK's propagator reads the same
// headers. It is a module of its own, so that the runtime needs nothing but the standard library.
//
// Run it with go test -tags goagent_nogls.
package conformance
