// Package export brings finished spans out of the process: to an OpenTelemetry endpoint, as OTLP
// over HTTP, to a file, as lines of OTLP in JSON, or to stderr for a person to read.
//
// Each exporter is behind a Pipeline of its own: a bounded queue in which programs put records
// without waiting, and one goroutine that takes them out in batches. When the queue is full spans
// are dropped and counted. Nothing here prints (except for the console exporter, whose purpose it
// is), and no error of an exporter reaches the program. The goroutine is started by agent.Go, makes
// no spans itself, and sleeps without a timer while there is nothing to do, so that Go still
// detects a program that is deadlocked.
//
// No goroutine of the program makes a channel or a timer for this package: one made in a
// testing/synctest bubble could not be used outside it.
//
// Spans wait for the network not as records but as bytes: a span is encoded by the goroutine that
// ends it, see packedStore.
//
// Durations are Go's; sizes are in records unless they say bytes.
package export
