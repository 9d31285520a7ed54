package export

import (
	"context"
	"io"
	"net"
	"sync/atomic"
)

// quiet dials connections that are silent while no answer is due. To net/http
// what a server says then is worth a line in the program's log (a banner of SSH
// or MySQL, the settings of an HTTP/2 server: a wrong port); here it is the end
// of the connection.
type quiet struct {
	dialer net.Dialer
	asked  uint32 // a request was written and its answer is not read; atomic
}

// dial is for http.Transport, and for plain HTTP only: TLS may say something at
// any time.
func (q *quiet) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := q.dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	q.answered()
	return &quietConn{conn, q}, nil
}

// answered says that nothing more is due.
func (q *quiet) answered() { atomic.StoreUint32(&q.asked, 0) }

type quietConn struct {
	net.Conn
	quiet *quiet
}

// Write implements net.Conn.
func (c *quietConn) Write(b []byte) (int, error) {
	atomic.StoreUint32(&c.quiet.asked, 1)
	return c.Conn.Write(b)
}

// Read implements net.Conn.
func (c *quietConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 && atomic.LoadUint32(&c.quiet.asked) == 0 {
		return 0, io.EOF
	}
	return n, err
}

// ReadFrom implements io.ReaderFrom: net/http would copy a body to buffers of its own first.
func (c *quietConn) ReadFrom(r io.Reader) (int64, error) {
	limited, ok := r.(*io.LimitedReader)
	if ok {
		if body, ok := limited.R.(*parcelReader); ok {
			n, err := body.WriteTo(c)
			limited.N -= n
			return n, err
		}
	}
	return io.Copy(struct{ io.Writer }{c}, r)
}
