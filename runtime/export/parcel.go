package export

import (
	"io"
	"net"
	"runtime"
	"sync/atomic"
)

// parcel is the body of a request: parts that are sent one after the other.
type parcel struct {
	parts [][]byte
	size  int64
	open  int32 // readers that net/http has not closed; atomic
}

func (p *parcel) add(part []byte) {
	p.parts = append(p.parts, part)
	p.size += int64(len(part))
}

func (p *parcel) reset() {
	for i := range p.parts {
		p.parts[i] = nil
	}
	*p = parcel{parts: p.parts[:0]}
}

// free reports whether nobody reads the parts any more. net/http may go on for a while where an endpoint has answered
// before it had read all.
func (p *parcel) free() bool { return atomic.LoadInt32(&p.open) == 0 }

// reader returns a body that begins at the beginning.
func (p *parcel) reader() *parcelReader {
	atomic.AddInt32(&p.open, 1)
	return &parcelReader{parcel: p}
}

// parcelReader lets other goroutines run between two parts: on a machine with few
// processors a request that comes in meanwhile does not wait for a whole batch.
type parcelReader struct {
	parcel *parcel
	part   int
	at     int // in this part
	closed uint32
}

// next returns what is left of the part whose turn it is, nil at the end.
func (r *parcelReader) next() []byte {
	for r.part < len(r.parcel.parts) {
		if rest := r.parcel.parts[r.part][r.at:]; len(rest) > 0 {
			return rest
		}
		r.part, r.at = r.part+1, 0
		runtime.Gosched()
	}
	return nil
}

// Read implements io.Reader.
func (r *parcelReader) Read(p []byte) (int, error) {
	rest := r.next()
	if rest == nil {
		return 0, io.EOF
	}
	n := copy(p, rest)
	r.at += n
	return n, nil
}

// WriteTo implements io.WriterTo.
func (r *parcelReader) WriteTo(w io.Writer) (total int64, err error) {
	for rest := r.next(); rest != nil; rest = r.next() {
		n, err := w.Write(rest)
		r.at += n
		total += int64(n)
		if err != nil {
			return total, err
		}
	}
	return total, nil
}

// sendTo writes all that is left to a connection. One of the system's own takes it in one call, where each part by itself
// would wake the endpoint.
func (r *parcelReader) sendTo(conn net.Conn) (int64, error) {
	parts := r.parcel.parts[r.part:]
	if len(parts) == 0 {
		return 0, nil
	}
	left := append(net.Buffers(nil), parts...) // is changed by what is written; the parts must not be
	left[0] = left[0][r.at:]
	r.part, r.at = len(r.parcel.parts), 0
	return left.WriteTo(conn)
}

// Close implements io.Closer.
func (r *parcelReader) Close() error {
	if atomic.CompareAndSwapUint32(&r.closed, 0, 1) {
		atomic.AddInt32(&r.parcel.open, -1)
	}
	return nil
}
