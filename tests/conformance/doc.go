// Package conformance holds the runtime to the official OpenTelemetry
// implementations: the protocol's definitions decode what the exporter sends, and
// the Go SDK's propagator judges the same headers. It is a module of its own, so
// that the runtime needs nothing but the standard library.
//
// Run it with go test -tags goagent_nogls.
package conformance
