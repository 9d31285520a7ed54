// Package metric counts and measures: histograms, counters, up-down counters and
// gauges by the OpenTelemetry specification.
//
// The agent and semconv record with it, and they are linked into net/http: so it
// imports only what net/http itself imports and neither log nor log/slog. It never
// panics, prints or blocks. Encoders and exporters are elsewhere; Collect hands them plain data.
//
// # Attributes
//
// An instrument has a fixed list of keys. What is recorded comes with a Set: one
// value for each key, in the same order, zero where there is none. So a set is
// an array: no map, no sorting, no boxing.
//
// # Cost
//
// Recording to a series that exists takes no lock and allocates nothing: a hash
// of the set, a look at a table that is only ever added to, and atomic additions.
// A new series takes a lock once. Where Config asks for exponential histograms, which
// are kept beside the buckets with bounds, each measurement takes its series' lock.
//
// # Bounds
//
// Three of them, one below the other. Rewrite (set by the configuration) turns a
// value into another one that stands for many. Each attribute keeps at most
// AttrValues values; a string that is not among them becomes "_OTHER", a number
// is left out. An instrument keeps at most Cardinality series; what finds no room
// goes to the one with the attribute otel.metric.overflow. Strings are cut at
// 256 bytes. An exponential histogram has at most 160 buckets. Whatever a client
// sends, memory stays below that.
package metric
