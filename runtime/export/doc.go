// Package export brings finished spans out of the process: to an OpenTelemetry
// endpoint, as OTLP over HTTP, to a file, as lines of OTLP in JSON, or to stderr for
// a person to read.
//
// Each exporter stands behind a Pipeline of its own: a bounded queue that
// programs put records in without waiting, and one goroutine that takes them out
// in batches. When the queue is full spans are dropped and counted. Nothing here
// prints (but for the console exporter, whose purpose it is), and no error of an
// exporter reaches the program. The goroutine is one of agent.Go, makes no spans
// itself, and sleeps without a timer while there is nothing to do, so
// that Go still sees a program that is deadlocked.
//
// No channel and no timer is made by a goroutine of the program's: one that was made in a
// testing/synctest bubble could not be used outside of it.
//
// What waits for the network are not records but their bytes: a span is encoded by
// the goroutine that ends it, see packed.
//
// Durations are Go's; sizes are in records unless they say bytes.
package export
