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

// Scrape is an endpoint that a Prometheus server reads metrics from, under any
// path. What it has to say is written by a function of others.
type Scrape struct {
	listener    net.Listener
	server      *http.Server
	write       func(io.Writer)
	contentType string // the content type

	mu      sync.Mutex // held while write runs
	buffers sync.Pool  // of *bytes.Buffer, at most as many as scrapes at once: a slow client keeps no other waiting
}

// Bounds of what one scrape may cost. A body is not read.
const (
	scrapeTime    = 10 * time.Second
	scrapeHeaders = 16 << 10
	scrapesAtOnce = 8
)

// NewScrape listens at host:port, on a free port if that is 0, until Close. write is called by one goroutine at a
// time, once for each scrape.
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
		// What a client does wrong is not worth a line in the program's log.
		ErrorLog: stdlog.New(io.Discard, "", 0),
	}
	agent.Go(s.serve)
	return s, nil
}

// Address is where it listens.
func (s *Scrape) Address() string { return s.listener.Addr().String() }

// Close stops listening and cuts connections.
func (s *Scrape) Close() { _ = s.server.Close() }

// serve and all goroutines that it starts make no spans of scrapes.
func (s *Scrape) serve() {
	agent.Suppress()
	_ = s.server.Serve(&limitedListener{Listener: s.listener, slots: make(chan struct{}, scrapesAtOnce)}) // ends with Close
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
		_, _ = w.Write(text.Bytes()) // whoever asked has gone
	}
	if text.Cap() <= maxKeptBuffer {
		s.buffers.Put(text)
	}
}

// written keeps a fault of the function's from the program.
func (s *Scrape) render(text *bytes.Buffer) (ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer func() { ok = recover() == nil }()
	s.write(text)
	return true
}

// few lets a bounded number of connections be open. The others wait in the
// kernel's queue.
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
