package export

import (
	"context"
	"io"
	"net"
	"sync/atomic"
)

// silentDialer dials connections that are silent while no response is due. net/http would write a
// line to the program's log for data that a server sends then (a banner of SSH or MySQL, the
// settings of an HTTP/2 server: a wrong port); here such data ends the connection.
type silentDialer struct {
	dialer net.Dialer
	last   atomic.Value // the *silentConn that was written to last
}

// dial is for http.Transport, and for plain HTTP only: with TLS the server may send data at any
// time.
func (q *silentDialer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := q.dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &silentConn{Conn: conn, dialer: q}, nil
}

// answered notes that no more data is due.
func (q *silentDialer) answered() {
	if c, ok := q.last.Load().(*silentConn); ok {
		atomic.StoreUint32(&c.awaiting, 0)
	}
}

// silentConn has a state of its own, because a connection that was requested by an attempt that is
// over may be made while the next attempt waits for its response on another one.
type silentConn struct {
	net.Conn
	dialer   *silentDialer
	awaiting uint32 // a request was written and its response is not read yet; atomic
}

// Write implements net.Conn.
func (c *silentConn) Write(b []byte) (int, error) {
	c.expectAnswer()
	return c.Conn.Write(b)
}

// expectAnswer notes that a response is due.
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

// ReadFrom implements io.ReaderFrom: net/http would copy a body to its own buffers first.
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
