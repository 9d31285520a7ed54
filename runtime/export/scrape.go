package export

import (
	"bytes"
	"io"
	stdlog "log"
	"net"
	"net/http"
	"sync"
	"time"

	"goagent/agent"
)

// Scrape is an endpoint from which a Prometheus server reads metrics, under any path. The text is
// written by a given function.
type Scrape struct {
	listener    net.Listener
	server      *http.Server
	write       func(io.Writer)
	contentType string // the content type

	mu sync.Mutex // held while write runs
	// buffers holds *bytes.Buffer, at most one for each concurrent scrape: a slow client must not
	// block others.
	buffers sync.Pool
}

// Bounds of the cost of one scrape. A body is not read.
const (
	scrapeTime    = 10 * time.Second
	scrapeHeaders = 16 << 10
	scrapesAtOnce = 8
)

// NewScrape listens at host:port, on a free port if that is 0, until Close. write is called by one
// goroutine at a time, once for each scrape.
func NewScrape(address, contentType string, write func(io.Writer)) (*Scrape, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	s := &Scrape{listener: listener, write: write, contentType: contentType}
	s.server = &http.Server{
		Handler:           s,
		ReadHeaderTimeout: scrapeTime,
		ReadTimeout:       scrapeTime,
		WriteTimeout:      scrapeTime,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    scrapeHeaders,
		// Errors of clients do not belong in the program's log.
		ErrorLog: stdlog.New(io.Discard, "", 0),
	}
	agent.Go(s.serve)
	return s, nil
}

// Address returns the address of the listener.
func (s *Scrape) Address() string { return s.listener.Addr().String() }

// Close stops listening and closes connections.
func (s *Scrape) Close() { _ = s.server.Close() }

// serve suppresses spans of scrapes in its goroutine and all that it starts.
func (s *Scrape) serve() {
	agent.Suppress()
	// Serve returns at Close.
	_ = s.server.Serve(&limitedListener{Listener: s.listener, slots: make(chan struct{}, scrapesAtOnce)})
}

// ServeHTTP implements http.Handler.
func (s *Scrape) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	text, _ := s.buffers.Get().(*bytes.Buffer)
	if text == nil {
		text = new(bytes.Buffer)
	}
	text.Reset()
	if !s.render(text) {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", s.contentType)
	if r.Method == http.MethodGet {
		_, _ = w.Write(text.Bytes()) // the client has gone
	}
	if text.Cap() <= maxKeptBuffer {
		s.buffers.Put(text)
	}
}

// render calls the function and keeps a panic of it from the program.
func (s *Scrape) render(text *bytes.Buffer) (ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer func() { ok = recover() == nil }()
	s.write(text)
	return true
}

// limitedListener bounds the number of open connections. The others wait in the kernel's queue.
type limitedListener struct {
	net.Listener
	slots chan struct{}
}

// Accept implements net.Listener.
func (l *limitedListener) Accept() (net.Conn, error) {
	l.slots <- struct{}{}
	conn, err := l.Listener.Accept()
	if err != nil {
		<-l.slots
		return nil, err
	}
	return &limitedConn{Conn: conn, slots: l.slots}, nil
}

type limitedConn struct {
	net.Conn
	once  sync.Once
	slots chan struct{}
}

// Close implements net.Conn.
func (c *limitedConn) Close() error {
	c.once.Do(func() { <-c.slots })
	return c.Conn.Close()
}
