package export

import (
	"bytes"
	"io"
	stdlog "log"
	"net"
	"os"
	"strings"
	"testing"
	"time"
)

// serveRaw accepts connections, reads a request's head and answers with these bytes, followed by
// tail, if not empty, for as long as somebody reads.
func serveRaw(t *testing.T, answer, tail string) (url string, closed chan bool) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	closed = make(chan bool, 100)
	serve := func(c net.Conn) {
		defer func() { _ = c.Close(); closed <- true }()
		var head [1 << 10]byte
		if _, err := c.Read(head[:]); err != nil {
			return
		}
		if _, err := io.WriteString(c, answer); err != nil || tail == "" {
			return
		}
		for {
			if _, err := io.WriteString(c, tail); err != nil {
				return
			}
		}
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go serve(c)
		}
	}()
	return "http://" + l.Addr().String(), closed
}

// TestOTLPHostileAnswers checks that, whatever the response, an attempt ends, reads no more than a
// bounded amount of it, and writes to no log.
func TestOTLPHostileAnswers(t *testing.T) {
	var said bytes.Buffer
	stdlog.SetOutput(&said)
	defer stdlog.SetOutput(os.Stderr)
	const ok = "HTTP/1.1 200 OK\r\n"
	for name, c := range map[string]struct {
		answer, tail string
		sent         uint64
	}{
		"an endless answer":     {ok + "\r\n", strings.Repeat("x", 4096), 5},
		"an endless chunk":      {ok + "Transfer-Encoding: chunked\r\n\r\nffffffff\r\n", strings.Repeat("x", 4096), 5},
		"endless headers":       {ok, "X-Header: " + strings.Repeat("x", 4096) + "\r\n", 0},
		"endless preliminaries": {"", "HTTP/1.1 103 Early Hints\r\n\r\n", 0},
		"an endless line":       {"", strings.Repeat("x", 4096), 0},
		"a broken answer":       {ok + "Content-Length: 100\r\n\r\nabc", "", 5},
		"a broken chunk":        {ok + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", "", 5},
		"half a line":           {"HTTP/1.1 20", "", 0},
		"no number":             {"HTTP/1.1 secret OK\r\n\r\n", "", 0},
		"another protocol":      {"secret 200 OK\r\n\r\n", "", 0},
		"a stranger's redirect": {"HTTP/1.1 307 Temporary Redirect\r\nLocation: " +
			"http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", "", 0},
		"a switch": {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n", "", 0},
		"too late, for ever": {"HTTP/1.1 429 Too Many Requests\r\nRetry-After: " +
			"99999999999999999999\r\nContent-Length: 0\r\n\r\n", "", 0},
		"no header":                 {ok + "secret words\r\n\r\n", "", 0},
		"no length":                 {ok + "Content-Length: secret\r\n\r\n", "", 0},
		"no coding":                 {ok + "Transfer-Encoding: secret\r\n\r\n", "", 0},
		"compressed, or it says so": {ok + "Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc", "", 5},
	} {
		url, closed := serveRaw(t, c.answer, c.tail)
		config := quickConfig(url)
		config.RetryFor = 3 * time.Millisecond
		config.Failed = func(_ uint64, why string) {
			if strings.Contains(why, "secret") {
				t.Errorf("%s: what the endpoint has answered is told: %s", name, why)
			}
		}
		sent, failed := export(t, NewOTLP(config), 5)
		if sent != c.sent || failed != 5-c.sent {
			t.Errorf("%s: sent %d, failed %d", name, sent, failed)
		}
		<-closed // the endpoint has seen the end of the connection
	}
	if said.Len() > 0 {
		t.Errorf("net/http says: %s", said.String())
	}
}
