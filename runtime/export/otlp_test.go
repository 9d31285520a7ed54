package export

import (
	"bytes"
	"compress/gzip"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"goagent/agent"
)

// endpoint is a collector with prepared responses.
type endpoint struct {
	*httptest.Server
	mu       sync.Mutex
	requests []*http.Request
	bodies   [][]byte
	answers  []func(http.ResponseWriter) // to the first requests; the others are accepted
}

func newEndpoint(t *testing.T, answers ...func(http.ResponseWriter)) *endpoint {
	t.Helper()
	e := &endpoint{answers: answers}
	e.Server = httptest.NewServer(e)
	t.Cleanup(e.Close)
	return e
}

func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	e.mu.Lock()
	e.requests = append(e.requests, r)
	e.bodies = append(e.bodies, body)
	var answer func(http.ResponseWriter)
	if n := len(e.requests); n <= len(e.answers) {
		answer = e.answers[n-1]
	}
	e.mu.Unlock()
	if answer != nil {
		answer(w)
	}
}

func (e *endpoint) count() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.requests)
}

func status(code int, header ...string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
	}
}

// quickConfig has back-off times for tests.
func quickConfig(url string) OTLPConfig {
	return OTLPConfig{URL: url, Backoff: time.Millisecond, MaxBackoff: 2 * time.Millisecond, Timeout: time.Hour, RetryFor: time.Hour,
		Scope: "goagent", Version: "1"}
}

// export sends n spans and waits for the result.
func export(t *testing.T, o *OTLP, n int) (sent, failed uint64) {
	t.Helper()
	var batch []*agent.Record
	enable(t, func(r *agent.Record) { batch = append(batch, r) })
	spans("s", n)
	o.Export(batch, make(chan struct{}))
	return o.Sent(), o.Failed()
}

func check(t *testing.T, sent, failed, wantSent, wantFailed uint64) {
	t.Helper()
	if sent != wantSent || failed != wantFailed {
		t.Errorf("sent %d, failed %d, want %d, %d", sent, failed, wantSent, wantFailed)
	}
}

func TestOTLPRequest(t *testing.T) {
	e := newEndpoint(t)
	c := quickConfig(e.URL + "/v1/traces")
	c.Headers = map[string]string{"x-key": "abc", "content-type": "text/plain"}
	sent, failed := export(t, NewOTLP(c), 3)
	check(t, sent, failed, 3, 0)
	r := e.requests[0]
	if r.Method != "POST" || r.URL.Path != "/v1/traces" || r.Header.Get("X-Key") != "abc" ||
		r.Header.Get("Content-Type") != "application/x-protobuf" || r.Header.Get("User-Agent") != "OTel-OTLP-Exporter-goagent/1" {
		t.Errorf("%s %s %v", r.Method, r.URL, r.Header)
	}
}

func TestOTLPGzip(t *testing.T) {
	e := newEndpoint(t)
	c := quickConfig(e.URL)
	c.Gzip = true
	o := NewOTLP(c)
	export(t, o, 1)
	sent, failed := export(t, o, 1)
	check(t, sent, failed, 2, 0)
	for i, body := range e.bodies {
		z, err := gzip.NewReader(bytes.NewReader(body))
		if err != nil || e.requests[i].Header.Get("Content-Encoding") != "gzip" {
			t.Fatal(err, e.requests[i].Header)
		}
		if plain, err := io.ReadAll(z); err != nil || len(plain) == 0 || plain[0] != 0x0a {
			t.Errorf("%q, %v", plain, err)
		}
	}
}

// TestOTLPKeepsItsConnection checks that all batches use one connection.
func TestOTLPKeepsItsConnection(t *testing.T) {
	e := newEndpoint(t)
	o := NewOTLP(quickConfig(e.URL))
	for i := 0; i < 5; i++ {
		export(t, o, 1)
	}
	for _, r := range e.requests {
		if r.RemoteAddr != e.requests[0].RemoteAddr {
			t.Errorf("%s, then %s", e.requests[0].RemoteAddr, r.RemoteAddr)
		}
	}
}

// TestOTLPDisableKeepAlives checks that neither a connection is left behind nor what net/http has
// running for one.
func TestOTLPDisableKeepAlives(t *testing.T) {
	e := newEndpoint(t, status(503))
	c := quickConfig(e.URL)
	c.DisableKeepAlives = true
	o := NewOTLP(c)
	if sent, _ := export(t, o, 2); sent != 2 || e.count() != 2 {
		t.Fatalf("%d spans in %d requests", sent, e.count())
	}
	for i, r := range e.requests {
		if !r.Close {
			t.Errorf("request %d keeps its connection", i)
		}
	}
}

func TestOTLPRetries(t *testing.T) {
	for _, code := range []int{429, 502, 503, 504} {
		e := newEndpoint(t, status(code), status(code, "Retry-After", "0"), status(code, "Retry-After", "rubbish"))
		sent, failed := export(t, NewOTLP(quickConfig(e.URL)), 5)
		check(t, sent, failed, 5, 0)
		if e.count() != 4 {
			t.Errorf("%d: %d requests", code, e.count())
		}
	}
}

func TestOTLPGivesUp(t *testing.T) {
	for _, code := range []int{301, 400, 401, 404, 413, 500, 501} {
		e := newEndpoint(t, status(code, "Location", "/elsewhere"))
		sent, failed := export(t, NewOTLP(quickConfig(e.URL)), 5)
		check(t, sent, failed, 0, 5)
		if e.count() != 1 {
			t.Errorf("%d: %d requests", code, e.count())
		}
	}
	e := newEndpoint(t, status(503), status(503), status(503), status(503))
	c := quickConfig(e.URL)
	c.RetryFor = 2 * time.Millisecond
	sent, failed := export(t, NewOTLP(c), 5)
	check(t, sent, failed, 0, 5)
	if n := e.count(); n < 2 || n > 4 {
		t.Errorf("%d requests", n)
	}
	// These are longer than RetryFor.
	for _, long := range []string{"7200", "99999999", "99999999999999999999"} {
		e = newEndpoint(t, status(503, "Retry-After", long))
		sent, failed = export(t, NewOTLP(quickConfig(e.URL)), 5)
		check(t, sent, failed, 0, 5)
		if n := e.count(); n != 1 {
			t.Errorf("%s: %d requests", long, n)
		}
	}
}

func TestOTLPPartialSuccess(t *testing.T) {
	body := func(b ...byte) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) { _, _ = w.Write(b) }
	}
	for _, c := range []struct {
		answer func(http.ResponseWriter)
		sent   uint64
	}{
		{body(0x0a, 2, 0x08, 3), 2},
		{body(0x12, 1, 'x', 0x0a, 5, 0x12, 1, 'm', 0x08, 1), 4},
		{body(0x0a, 2, 0x08, 99), 0},
		{body(0x0a, 0x7f, 0x08), 5},
		{body([]byte("<html>hello</html>")...), 5},
		{body(0x0a, 11, 0x08, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1), 5},
		{status(204), 5},
	} {
		sent, failed := export(t, NewOTLP(quickConfig(newEndpoint(t, c.answer).URL)), 5)
		check(t, sent, failed, c.sent, 5-c.sent)
	}
}

func TestOTLPRefusedAndRubbish(t *testing.T) {
	var said bytes.Buffer
	log.SetOutput(&said)
	defer log.SetOutput(os.Stderr)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = c.Write([]byte("SSH-2.0-rubbish\r\n"))
			_ = c.Close()
		}
	}()
	c := quickConfig("http://" + l.Addr().String())
	c.RetryFor = 100 * time.Millisecond
	sent, failed := export(t, NewOTLP(c), 5)
	check(t, sent, failed, 0, 5)
	if said.Len() > 0 {
		t.Errorf("net/http says: %s", said.String())
	}
	c.RetryFor = 3 * time.Millisecond
	_ = l.Close()
	sent, failed = export(t, NewOTLP(c), 5)
	check(t, sent, failed, 0, 5)
	c.URL = "http://h\x7f/"
	sent, failed = export(t, NewOTLP(c), 5)
	check(t, sent, failed, 0, 5)
}

// TestOTLPFlush checks that a flush ends the pause between attempts, makes one more, and does not
// wait for an endpoint that does not answer.
func TestOTLPFlush(t *testing.T) {
	e := newEndpoint(t, status(503))
	c := quickConfig(e.URL)
	c.Backoff, c.MaxBackoff = 30*time.Minute, 30*time.Minute
	o := NewOTLP(c)
	p := NewPipeline(o, Batching{Immediate: true})
	enable(t, p.Ended)
	spans("s", 1)
	eventually(func() bool { return e.count() == 1 })
	if !p.Flush(time.Hour) {
		t.Error("flush ran out of time")
	}
	check(t, o.Sent(), o.Failed(), 1, 0)

	release := make(chan struct{})
	slow := newEndpoint(t, func(http.ResponseWriter) { <-release })
	o = NewOTLP(quickConfig(slow.URL))
	p = NewPipeline(o, Batching{Immediate: true})
	enable(t, p.Ended)
	spans("s", 1)
	if p.Flush(time.Millisecond) {
		t.Error("waited for an endpoint that does not answer")
	}
	close(release)
	if !p.Flush(time.Hour) {
		t.Error("flush ran out of time")
	}
	check(t, o.Sent(), o.Failed(), 1, 0)
}

// TestOTLPRefusedFlush checks that an endpoint that is absent is tried once and given up.
func TestOTLPRefusedFlush(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	c := quickConfig("http://" + l.Addr().String())
	c.Backoff, c.MaxBackoff = 30*time.Minute, 30*time.Minute
	o := NewOTLP(c)
	p := NewPipeline(o, Batching{Delay: time.Hour})
	enable(t, p.Ended)
	spans("s", 1000)
	if !p.Flush(time.Hour) {
		t.Error("flush ran out of time")
	}
	check(t, o.Sent(), o.Failed(), 0, 1000)

	e := newEndpoint(t, status(503), status(503), status(503))
	o = NewOTLP(quickConfig(e.URL))
	p = NewPipeline(o, Batching{})
	p.waiters.add()
	batch := []*agent.Record{{}, {}} // not the pool's: Release leaves them alone
	o.Export(batch, p.waiters.hurry())
	o.Export(batch, p.waiters.hurry())
	if e.count() != 1 {
		t.Errorf("%d attempts in one hurry", e.count())
	}
	p.waiters.remove()
	o.Export(batch, p.waiters.hurry())
	if e.count() != 4 {
		t.Errorf("%d attempts after it", e.count())
	}
}

// TestOTLPIsNotTraced checks that the exporter's own request carries no context and, if net/http
// were woven, would make no span.
func TestOTLPIsNotTraced(t *testing.T) {
	e := newEndpoint(t)
	o := NewOTLP(quickConfig(e.URL))
	var inside agent.Span
	o.client.Transport = roundTripFunc(func(r *http.Request) (*http.Response, error) {
		inside = agent.StartClient(r.Context(), "POST")
		return http.DefaultTransport.RoundTrip(r)
	})
	sent, failed := export(t, o, 1)
	check(t, sent, failed, 1, 0)
	if inside != (agent.Span{}) || e.requests[0].Header.Get("Traceparent") != "" {
		t.Error("the exporter traces itself")
	}
}

type roundTripFunc func(*http.Request) (*http.Response, error)

func (f roundTripFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for in, want := range map[string]time.Duration{
		"": 0, "7": 7 * time.Second, "-1": 0, "9999999999": 1 << 20 * time.Second, "x": 0,
		now.Add(time.Minute).Format(http.TimeFormat):  time.Minute,
		now.Add(-time.Minute).Format(http.TimeFormat): 0,
	} {
		if got := retryAfter(in, now); got != want {
			t.Errorf("%q: %v, want %v", in, got, want)
		}
	}
	for i := 0; i < 1000; i++ {
		if d := jitter(time.Second); d > time.Second || d < 750*time.Millisecond {
			t.Fatal(d)
		}
	}
}

// TestLengths checks message lengths of one to four bytes.
func TestLengths(t *testing.T) {
	for _, n := range []int{0, 1, 127, 128, 16383, 16384, 1 << 21} {
		var w buffer
		outer := w.open(1)
		at := w.open(2)
		w.b = append(w.b, make([]byte, n)...)
		w.close(at)
		w.number(3, 7)
		w.close(outer)
		w.number(4, 8)
		message, _ := lastField(w.b, 1)
		inner, _ := lastField(message, 2)
		_, seven := lastField(message, 3)
		_, eight := lastField(w.b, 4)
		if len(inner) != n || seven != 7 || eight != 8 {
			t.Errorf("%d: %d, %d, %d", n, len(inner), seven, eight)
		}
	}
}

func FuzzResponse(f *testing.F) {
	f.Add([]byte{0x0a, 2, 0x08, 3})
	f.Add([]byte{0x0d, 1, 2, 3, 4, 0x09, 1, 2, 3, 4, 5, 6, 7, 8, 0x0b})
	f.Fuzz(func(t *testing.T, b []byte) {
		rejectedSpans(b)
		retryAfter(string(b), time.Time{})
		_ = printable(string(b))
	})
}

// TestOTLPLateConnection checks that a connection that an attempt has stopped waiting for, and that
// is made while the next attempt waits for its response, does not disturb that one.
func TestOTLPLateConnection(t *testing.T) {
	release, dials := make(chan bool), uint32(0)
	e := newEndpoint(t, func(w http.ResponseWriter) {
		close(release)
		time.Sleep(200 * time.Millisecond) // the late one exists by now
		w.WriteHeader(200)
	})
	c := quickConfig(e.URL)
	c.Timeout = time.Second
	o := NewOTLP(c)
	o.dialer.dialer.Control = func(string, string, syscall.RawConn) error {
		if atomic.AddUint32(&dials, 1) == 1 {
			<-release
		}
		return nil
	}
	sent, failed := export(t, o, 5)
	check(t, sent, failed, 5, 0)
	if e.count() != 1 {
		t.Errorf("%d requests", e.count())
	}
}
