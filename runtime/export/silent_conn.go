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
type silentDialer struct {
	dialer net.Dialer
	last   atomic.Value // the *quietConn that was written to last
}

// dial is for http.Transport, and for plain HTTP only: TLS may say something at
// any time.
func (q *silentDialer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := q.dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &silentConn{Conn: conn, dialer: q}, nil
}

// answered says that nothing more is due.
func (q *silentDialer) answered() {
	if c, ok := q.last.Load().(*silentConn); ok {
		atomic.StoreUint32(&c.awaiting, 0)
	}
}

// quietConn has a state of its own: one that was asked for by an attempt that is over may be made while the next attempt
// waits for its answer on another.
type silentConn struct {
	net.Conn
	dialer   *silentDialer
	awaiting uint32 // a request was written and its answer is not read; atomic
}

// Write implements net.Conn.
func (c *silentConn) Write(b []byte) (int, error) {
	c.expectAnswer()
	return c.Conn.Write(b)
}

// ask says that an answer is due.
func (c *silentConn) expectAnswer() {
	atomic.StoreUint32(&c.awaiting, 1)
	c.dialer.last.Store(c)
}

// Read implements net.Conn.
func (c *silentConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 && atomic.LoadUint32(&c.awaiting) == 0 {
		return 0, io.EOF
	}
	return n, err
}

// ReadFrom implements io.ReaderFrom: net/http would copy a body to buffers of its own first.
func (c *silentConn) ReadFrom(r io.Reader) (int64, error) {
	limited, ok := r.(*io.LimitedReader)
	if ok {
		if body, ok := limited.R.(*bodyReader); ok {
			c.expectAnswer()
			n, err := body.sendTo(c.Conn)
			limited.N -= n
			return n, err
		}
	}
	return io.Copy(struct{ io.Writer }{c}, r)
}
