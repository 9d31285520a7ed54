// Package metric counts and measures: histograms, counters, up-down counters and gauges by the
// OpenTelemetry specification.
//
// The agent and semconv record with it, and they are linked into net/http: so it imports only what
// net/http itself imports and neither log nor log/slog. It never panics, prints or blocks. Encoders
// and exporters are elsewhere; Collect gives them plain data.
//
// # Attributes
//
// An instrument has a fixed list of keys. A measurement comes with a Set: one value for each key,
// in the same order, zero if there is none. A set is an array, so it needs no map, no sorting and
// no boxing.
//
// # Cost
//
// Recording to a series that exists takes no lock and allocates nothing: a hash of the set, a
// lookup in a table that only grows, and atomic additions. A new series takes a lock once. If
// Config enables exponential histograms, which are kept beside the buckets with bounds, each
// measurement takes its series' lock.
//
// # Bounds
//
// There are three bounds, one after the other. Rewrite (set by the configuration) replaces a value
// by one that stands for many. Each attribute keeps at most AttrValues values; any other string
// becomes "_OTHER", any other number is left out. An instrument keeps at most Cardinality series;
// sets for which there is no room go to the series with the attribute otel.metric.overflow. Strings
// are truncated to 256 bytes. An exponential histogram has at most 160 buckets. Memory stays within
// these bounds whatever a client sends.
package metric
