package export

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"net/url"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"goagent/agent"
)

// OTLPConfig configures an OTLP exporter. URL is required; zeros mean defaults.
type OTLPConfig struct {
	URL      string // the address to POST to, with the path
	Headers  map[string]string
	Timeout  time.Duration // of one attempt, 10s
	Gzip     bool
	Resource []agent.Attr
	Scope    string // the instrumentation scope
	Version  string // its version
	TLS      *tls.Config
	// DisableKeepAlives closes the connection after each request, and so ends the goroutines
	// that net/http has for it.
	DisableKeepAlives bool
	// Failed, if not nil, is called for each batch that was not accepted, or not as a whole.
	// reason contains neither headers nor the endpoint's response.
	Failed func(spans uint64, reason string)

	// Backoff is the pause after the first failed attempt, 1s; it grows by half each time, up
	// to MaxBackoff, 30s. After RetryFor, 30s, a batch is given up.
	Backoff, MaxBackoff, RetryFor time.Duration
}

// OTLP sends spans as OTLP over HTTP in protobuf. It returns no errors: spans that an endpoint does
// not accept are counted and dropped.
type OTLP struct {
	sent, failed uint64 // spans; atomic; first, for 32-bit processors

	config       OTLPConfig
	client       *http.Client
	dialer       silentDialer
	encoder      *encoder
	reusableBody *requestBody // nil while the last one may still be read
	gzip         *gzip.Writer
	compressed   bytes.Buffer
	// failedHurry is the hurry during which an attempt has failed: there is no time for others.
	failedHurry <-chan struct{}
}

// maxKeptBuffer is the capacity of the largest encoding buffer that is kept for the next batch.
const maxKeptBuffer = 4 << 20

// NewOTLP returns an exporter with a connection pool of its own; the program's default transport is
// not touched.
func NewOTLP(c OTLPConfig) *OTLP {
	orDefault := func(d *time.Duration, other time.Duration) {
		if *d <= 0 {
			*d = other
		}
	}
	orDefault(&c.Timeout, 10*time.Second)
	orDefault(&c.Backoff, time.Second)
	orDefault(&c.MaxBackoff, 30*time.Second)
	orDefault(&c.RetryFor, 30*time.Second)
	o := &OTLP{config: c, encoder: newEncoder(c.Resource, c.Scope, c.Version)}
	if c.Gzip {
		o.gzip = gzip.NewWriter(&o.compressed)
	}
	transport := &http.Transport{
		Proxy:               proxyFunc(),
		TLSClientConfig:     c.TLS,
		TLSHandshakeTimeout: c.Timeout,
		MaxIdleConns:        1,
		MaxIdleConnsPerHost: 1,
		IdleConnTimeout:     90 * time.Second,
		// One request at a time: HTTP/2 would only add goroutines.
		TLSNextProto:           map[string]func(string, *tls.Conn) http.RoundTripper{},
		DisableCompression:     true,
		DisableKeepAlives:      c.DisableKeepAlives,
		MaxResponseHeaderBytes: 64 << 10,
	}
	if strings.HasPrefix(c.URL, "http:") {
		transport.DialContext = o.dialer.dial
	}
	o.client = &http.Client{
		Transport: transport,
		// Headers may hold a key: it goes to the named endpoint only.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return o
}

// Sent returns the number of spans that the endpoint has accepted.
func (o *OTLP) Sent() uint64 { return atomic.LoadUint64(&o.sent) }

// Failed returns the number of spans that the endpoint has not accepted.
func (o *OTLP) Failed() uint64 { return atomic.LoadUint64(&o.failed) }

// Dropped implements Exporter.
func (o *OTLP) Dropped(*agent.Record) {}

// Flush implements Exporter.
func (o *OTLP) Flush() {}

// Counts implements countingExporter.
func (o *OTLP) Counts() (exported, failed uint64) { return o.Sent(), o.Failed() }

// Export implements Exporter.
func (o *OTLP) Export(batch []*agent.Record, hurry <-chan struct{}) {
	var all block
	for _, r := range batch {
		all.add(r)
		r.Release() // now, so that spans that end meanwhile can use the records
	}
	o.exportPacked([]*block{&all}, hurry)
}

// exportPacked implements blockExporter.
func (o *OTLP) exportPacked(blocks []*block, hurry <-chan struct{}) (free bool) {
	size, spans := 0, 0
	for _, b := range blocks {
		size, spans = size+len(b.b), spans+b.spans
	}
	body := o.emptyBody()
	body.add(o.encoder.requestHead(size))
	for _, b := range blocks {
		body.add(b.b)
	}
	return o.deliver(body, uint64(spans), hurry)
}

// emptyBody returns a body without parts.
func (o *OTLP) emptyBody() *requestBody {
	if o.reusableBody == nil {
		o.reusableBody = new(requestBody)
	}
	o.reusableBody.reset()
	return o.reusableBody
}

// deliver sends a body with n items in it, and counts how many were accepted. It reports whether
// nobody reads the body any more.
func (o *OTLP) deliver(body *requestBody, n uint64, hurry <-chan struct{}) (free bool) {
	a := attempt{reason: "no time is left"}
	if o.failedHurry != hurry {
		a = o.send(o.compress(body), hurry)
	}
	lost := a.rejected
	if !a.accepted || lost > n {
		lost = n
	}
	if lost > 0 && o.config.Failed != nil {
		o.config.Failed(lost, a.reason)
	}
	atomic.AddUint64(&o.failed, lost)
	atomic.AddUint64(&o.sent, n-lost)
	if !body.released() {
		o.reusableBody, o.encoder.b, o.compressed = nil, nil, bytes.Buffer{}
		return false
	}
	body.reset() // its parts belong to others now
	if cap(o.encoder.b) > maxKeptBuffer {
		o.encoder.b = nil
	}
	return true
}

// compress returns a body with the compressed bytes, if compression is enabled.
func (o *OTLP) compress(body *requestBody) *requestBody {
	if o.gzip == nil {
		return body
	}
	o.compressed.Reset()
	o.gzip.Reset(&o.compressed)
	for i, part := range body.parts {
		if i > 0 {
			runtime.Gosched()
		}
		_, _ = o.gzip.Write(part) // a bytes.Buffer takes everything
	}
	_ = o.gzip.Close()
	body.reset()
	body.add(o.compressed.Bytes())
	return body
}

// send tries until the endpoint has given a final answer or RetryFor is over. Once hurry is closed
// it makes one more attempt at most. It returns the last result.
func (o *OTLP) send(body *requestBody, hurry <-chan struct{}) attempt {
	wait := o.config.Backoff
	remaining := o.config.RetryFor
	for {
		last := isClosed(hurry)
		a := o.post(body)
		if !a.retry {
			return a
		}
		if last {
			o.failedHurry = hurry
			return a
		}
		pause := jitter(wait)
		if a.wait > pause {
			pause = a.wait
		}
		if remaining -= pause; remaining < 0 {
			return a
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-hurry: // the last attempt
			timer.Stop()
		}
		if wait += wait / 2; wait > o.config.MaxBackoff {
			wait = o.config.MaxBackoff
		}
	}
}

// isClosed reports whether c is closed; nothing is ever sent on it.
func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// jitter returns between three quarters of d and d. It does not use the program's random numbers,
// because the program may depend on their sequence.
func jitter(d time.Duration) time.Duration {
	return d - time.Duration(time.Now().UnixNano()%1024)*d/4096
}

// attempt is the result of one attempt.
type attempt struct {
	accepted bool
	retry    bool          // another attempt may succeed
	wait     time.Duration // time that the endpoint asks to wait
	rejected uint64        // spans, among those that were accepted
	reason   string        // for which spans are lost
}

// maxResponse bounds how much of a response is read.
const maxResponse = 64 << 10

func (o *OTLP) post(body *requestBody) attempt {
	ctx, cancel := context.WithTimeout(agent.SuppressContext(context.Background()), o.config.Timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, o.config.URL, nil)
	if err != nil {
		return attempt{reason: "no request can be made for the endpoint's address"}
	}
	request.ContentLength = body.size
	request.GetBody = func() (io.ReadCloser, error) { return body.reader(), nil }
	request.Body = body.reader()
	for name, value := range o.config.Headers {
		request.Header.Set(name, value)
	}
	request.Header.Set("Content-Type", "application/x-protobuf")
	request.Header.Set("User-Agent", "OTel-OTLP-Exporter-goagent/"+o.config.Version)
	if o.gzip != nil {
		request.Header.Set("Content-Encoding", "gzip")
	}
	response, err := o.client.Do(request)
	if err != nil {
		var outer *url.Error // has the address, which may contain a key
		if errors.As(err, &outer) {
			err = outer.Err
		}
		return attempt{retry: true, reason: withoutQuotes(err.Error())}
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxResponse))
	o.dialer.answered()
	switch status := response.StatusCode; {
	case status >= 200 && status < 300:
		if err != nil {
			text = nil // accepted, whatever the rest would have been
		}
		return attempt{accepted: true, rejected: rejectedSpans(text), reason: "the endpoint has taken the others only"}
	case status == 429 || status == 502 || status == 503 || status == 504:
		return attempt{retry: true, wait: retryAfter(response.Header.Get("Retry-After"), time.Now()), reason: statusText(status)}
	}
	return attempt{reason: statusText(response.StatusCode)}
}

// withoutQuotes removes the part of an error of net/http that quotes the endpoint's response.
func withoutQuotes(text string) string {
	if strings.Contains(text, "malformed") { // some errors quote without quotation marks
		return "the endpoint has answered something that is not HTTP"
	}
	if quote := strings.IndexByte(text, '"'); quote >= 0 {
		text = strings.TrimRight(text[:quote], " :")
	}
	return text
}

// statusText describes a status without the endpoint's own words.
func statusText(status int) string {
	return strings.TrimSpace("the endpoint has answered " + strconv.Itoa(status) + " " + http.StatusText(status))
}

// retryAfter reads the header's two forms, seconds and a date; it returns 0 for anything else.
func retryAfter(value string, now time.Time) time.Duration {
	const longest = 1 << 20 // seconds: longer than any wait
	seconds, err := strconv.ParseUint(value, 10, 31)
	if err == nil || errors.Is(err, strconv.ErrRange) {
		if seconds > longest {
			seconds = longest
		}
		return time.Duration(seconds) * time.Second
	}
	if date, err := http.ParseTime(value); err == nil && date.After(now) {
		return date.Sub(now)
	}
	return 0
}
