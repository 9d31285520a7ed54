// Package observe looks up what the Go runtime and the operating system know about this process:
// the metrics go.* and process.* of the semantic conventions. They are read at each collection,
// never in between.
package observe
