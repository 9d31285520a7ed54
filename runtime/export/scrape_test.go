package export

import (
	"bytes"
	"fmt"
	"io"
	stdlog "log"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"

	"goagent/agent"
)

func newTestScrape(t *testing.T, write func(io.Writer)) *Scrape {
	t.Helper()
	s, err := NewScrape("127.0.0.1:0", "text/plain; version=0.0.4; charset=utf-8", write)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func TestScrape(t *testing.T) {
	n := 0
	s := newTestScrape(t, func(w io.Writer) { n++; fmt.Fprintf(w, "scrapes_total %d\n", n) })
	for _, c := range []struct {
		method, path, body string
		status             int
	}{
		{"GET", "/metrics", "scrapes_total 1\n", 200}, {"GET", "/", "scrapes_total 2\n", 200},
		{"HEAD", "/metrics", "", 200}, {"POST", "/metrics", "", 405}, {"GET", "/metrics", "scrapes_total 4\n", 200},
	} {
		r, err := http.NewRequest(c.method, "http://"+s.Address()+c.path, strings.NewReader(""))
		if err != nil {
			t.Fatal(err)
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil || answer.StatusCode != c.status || string(body) != c.body {
			t.Errorf("%s %s: %d %q %v", c.method, c.path, answer.StatusCode, body, err)
		}
		if kind := answer.Header.Get("Content-Type"); c.status == 200 && kind != "text/plain; version=0.0.4; charset=utf-8" {
			t.Error(kind)
		}
	}
	if _, err := NewScrape(s.Address(), "", nil); err == nil {
		t.Error("listens twice")
	}
}

// TestScrapeFaults checks that neither invalid requests, nor too many connections, nor a panic of
// the function do any harm or write to a log.
func TestScrapeFaults(t *testing.T) {
	var said bytes.Buffer
	stdlog.SetOutput(&said)
	defer stdlog.SetOutput(os.Stderr)
	fault := true
	s := newTestScrape(t, func(w io.Writer) {
		fmt.Fprint(w, "half")
		if fault {
			panic("a fault")
		}
		fmt.Fprint(w, " and half")
	})
	for _, rubbish := range []string{"\x16\x03\x01\x02\x00", "SSH-2.0-x\r\n",
		"GET / HTTP/1.1\r\n" + strings.Repeat("a: b\r\n", 10000) + "\r\n", ""} {
		conn, err := net.Dial("tcp", s.Address())
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(conn, rubbish)
		_ = conn.Close()
	}
	get := func() (int, string) {
		answer, err := http.Get("http://" + s.Address())
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		body, _ := io.ReadAll(answer.Body)
		return answer.StatusCode, string(body)
	}
	if status, body := get(); status != 500 || body != "" {
		t.Error(status, body)
	}
	fault = false
	if status, body := get(); status != 200 || body != "half and half" {
		t.Error(status, body)
	}
	var open []net.Conn
	for i := 0; i < 3*scrapesAtOnce; i++ {
		if conn, err := net.Dial("tcp", s.Address()); err == nil {
			open = append(open, conn)
		}
	}
	for _, conn := range open {
		_ = conn.Close()
	}
	if status, body := get(); status != 200 || body != "half and half" {
		t.Error(status, body)
	}
	if said.Len() > 0 {
		t.Error(said.String())
	}
}

// TestScrapeIsNotTraced needs goroutines that inherit.
func TestScrapeIsNotTraced(t *testing.T) {
	var inside agent.Span
	s := &Scrape{write: func(io.Writer) { inside = agent.StartServer("GET", nil) }}
	var ended int
	enable(t, func(r *agent.Record) { ended++; r.Release() })
	defer agent.Suppress().Restore()
	s.render(new(bytes.Buffer))
	inside.End()
	if inside != (agent.Span{}) || ended != 0 {
		t.Error("a scrape is traced")
	}
}

// TestScrapeSlowClient checks that a client that does not read blocks nobody else.
func TestScrapeSlowClient(t *testing.T) {
	written := make(chan bool, 2)
	text := strings.Repeat("x 1\n", 8<<20/4) // more than sockets hold
	s := newTestScrape(t, func(w io.Writer) {
		fmt.Fprint(w, text)
		written <- true
	})
	slow, err := net.Dial("tcp", s.Address())
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close()
	fmt.Fprint(slow, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	<-written
	client := http.Client{Timeout: scrapeTime / 2} // less than the other may take
	answer, err := client.Get("http://" + s.Address())
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if n, err := io.Copy(io.Discard, answer.Body); n != int64(len(text)) || err != nil {
		t.Error(n, err)
	}
}
