package export

import (
	"io"
	"sync/atomic"

	"goagent/agent"
)

// File writes spans in the format of the OTLP file exporter's specification: a line of JSON for
// each batch, appended. It returns no errors: spans that cannot be written are counted and dropped.
type File struct {
	written, failed uint64 // spans; atomic; first, for 32-bit processors

	out    io.Writer
	prefix []byte
	line   jsonWriter
}

// NewFile returns an exporter that writes to out, one call of Write for each line.
func NewFile(out io.Writer, resource []agent.Attr, scope, version string) *File {
	var head jsonWriter
	head.spansPrefix(resource, scope, version)
	return &File{out: out, prefix: head.b}
}

// Written returns the number of spans in the file.
func (f *File) Written() uint64 { return atomic.LoadUint64(&f.written) }

// Failed returns the number of spans that could not be written.
func (f *File) Failed() uint64 { return atomic.LoadUint64(&f.failed) }

// Counts implements countingExporter.
func (f *File) Counts() (exported, failed uint64) { return f.Written(), f.Failed() }

// Export implements Exporter.
func (f *File) Export(batch []*agent.Record, _ <-chan struct{}) {
	if len(batch) == 0 {
		return
	}
	f.line.b = append(f.line.b[:0], f.prefix...)
	for i, r := range batch {
		if i > 0 {
			f.line.raw(",")
		}
		f.line.span(r)
		r.Release()
	}
	f.line.raw(jsonSuffix)
	if _, err := f.out.Write(f.line.b); err != nil {
		atomic.AddUint64(&f.failed, uint64(len(batch)))
	} else {
		atomic.AddUint64(&f.written, uint64(len(batch)))
	}
	if cap(f.line.b) > maxKeptBuffer {
		f.line.b = nil
	}
}

// Dropped implements Exporter.
func (f *File) Dropped(*agent.Record) {}

// Flush implements Exporter: lines are in the file as soon as they are written.
func (f *File) Flush() {}
