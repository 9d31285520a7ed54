package export

import (
	"io"
	"net"
	"runtime"
	"sync/atomic"
)

// requestBody is the body of a request: parts that are sent one after the other.
type requestBody struct {
	parts [][]byte
	size  int64
	open  int32 // readers that net/http has not closed; atomic
}

func (p *requestBody) add(part []byte) {
	p.parts = append(p.parts, part)
	p.size += int64(len(part))
}

func (p *requestBody) reset() {
	for i := range p.parts {
		p.parts[i] = nil
	}
	*p = requestBody{parts: p.parts[:0]}
}

// released reports whether nobody reads the parts any more. net/http may go on reading for some
// time if an endpoint has answered before it had read everything.
func (p *requestBody) released() bool { return atomic.LoadInt32(&p.open) == 0 }

// reader returns a reader that starts at the beginning.
func (p *requestBody) reader() *bodyReader {
	atomic.AddInt32(&p.open, 1)
	return &bodyReader{body: p}
}

// bodyReader lets other goroutines run between two parts: on a machine with few processors a
// request that arrives meanwhile does not wait for a whole batch.
type bodyReader struct {
	body   *requestBody
	part   int
	offset int // in the present part
	closed uint32
}

// remaining returns the rest of the present part, nil at the end.
func (r *bodyReader) remaining() []byte {
	for r.part < len(r.body.parts) {
		if rest := r.body.parts[r.part][r.offset:]; len(rest) > 0 {
			return rest
		}
		r.part, r.offset = r.part+1, 0
		runtime.Gosched()
	}
	return nil
}

// Read implements io.Reader.
func (r *bodyReader) Read(p []byte) (int, error) {
	rest := r.remaining()
	if rest == nil {
		return 0, io.EOF
	}
	n := copy(p, rest)
	r.offset += n
	return n, nil
}

// WriteTo implements io.WriterTo.
func (r *bodyReader) WriteTo(w io.Writer) (total int64, err error) {
	for rest := r.remaining(); rest != nil; rest = r.remaining() {
		n, err := w.Write(rest)
		r.offset += n
		total += int64(n)
		if err != nil {
			return total, err
		}
	}
	return total, nil
}

// sendTo writes everything that remains to a connection. A connection of the operating system takes
// it in one call; each part by itself would wake the endpoint.
func (r *bodyReader) sendTo(conn net.Conn) (int64, error) {
	parts := r.body.parts[r.part:]
	if len(parts) == 0 {
		return 0, nil
	}
	// WriteTo changes this slice; the parts must not change.
	left := append(net.Buffers(nil), parts...)
	left[0] = left[0][r.offset:]
	r.part, r.offset = len(r.body.parts), 0
	return left.WriteTo(conn)
}

// Close implements io.Closer.
func (r *bodyReader) Close() error {
	if atomic.CompareAndSwapUint32(&r.closed, 0, 1) {
		atomic.AddInt32(&r.body.open, -1)
	}
	return nil
}
