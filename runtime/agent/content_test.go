package agent_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"

	"goagent/agent"
)

func TestAttributes(t *testing.T) {
	s := enable(t, func(c *agent.Config) { c.Limits = agent.Limits{AttrCount: 5, AttrLength: 5} })
	span := agent.StartInternal(nil, "a long name")
	span.SetString("s", "12345678")
	span.SetString("s", "1234\u00e9")
	span.SetInt("i", -7)
	span.SetBool("b", true)
	span.SetFloat("f", 1.5)
	span.SetText("t", []byte("123456789"))
	span.SetText("t", []byte("123456789"))
	span.SetInt("too many", 1)
	span.SetError("kind")
	span.SetInt("", 1)
	end(span)
	r := s.only(t, "a long name")
	got := fmt.Sprint(r.Attrs, r.DroppedAttrs, r.Status)
	want := fmt.Sprint([]agent.Attr{agent.String("s", "1234\u00e9"), agent.Int("i", -7), agent.Bool("b", true),
		agent.Float("f", 1.5), agent.String("t", "12345")}, 2, agent.StatusError)
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestRecordIsRecycledClean(t *testing.T) {
	enable(t, nil)
	first := agent.StartServer("first", remote)
	agent.Route(first.Context(nil), "/x", "/x")
	first.SetPanic("boom")
	s := enable(t, func(c *agent.Config) {})
	end(first)
	r := s.only(t, "first /x")
	r.Release()
	if r.Name != "" || len(r.Attrs) != 0 || len(r.Events) != 0 || r.State != "" || r.Status != 0 || r.ParentID != [8]byte{} {
		t.Errorf("left over: %+v", r)
	}
	if all := r.Attrs[:cap(r.Attrs)]; len(all) > 0 && all[0] != (agent.Attr{}) {
		t.Errorf("keeps the program's strings: %v", all[0])
	}
}

func TestSampler(t *testing.T) {
	unsampled := map[string][]string{"Traceparent": {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"}}
	for _, c := range []struct {
		sampler                     agent.Sampler
		root, parent, parentSampled bool
	}{
		{agent.Sampler{}, false, false, false},
		{agent.Sampler{Ratio: 1}, true, true, true},
		{agent.AlwaysOn, true, false, true},
		{agent.Sampler{ParentBased: true}, false, false, true},
	} {
		enable(t, func(config *agent.Config) { config.Sampler = c.sampler })
		for _, in := range []struct {
			headers map[string][]string
			want    bool
		}{{nil, c.root}, {unsampled, c.parent}, {remote, c.parentSampled}} {
			server := agent.StartServer("s", in.headers)
			child := agent.StartClient(nil, "c")
			h := map[string][]string{}
			agent.InjectHeader(h)
			if server.Recording() != in.want || child.Recording() != in.want {
				t.Errorf("%+v %v: recording %v, %v", c.sampler, in.headers, server.Recording(), child.Recording())
			}
			flags := "-00"
			if in.want {
				flags = "-01"
			}
			if v := h["Traceparent"]; len(v) != 1 || !strings.HasSuffix(v[0], flags) || !strings.Contains(v[0], child.SpanID()) {
				t.Errorf("%+v: injects %v", c.sampler, v)
			}
			end(child, server)
		}
	}
	n := 0
	enable(t, func(config *agent.Config) { config.Sampler = agent.Sampler{Ratio: 0.25} })
	for i := 0; i < 4000; i++ {
		s := agent.StartServer("s", nil)
		if s.Recording() {
			n++
		}
		end(s)
	}
	if n < 800 || n > 1200 { // 7 standard deviations
		t.Errorf("%d of 4000 at a ratio of 0.25", n)
	}
}

func TestInject(t *testing.T) {
	enable(t, nil)
	server := agent.StartServer("s", remote)
	h := map[string][]string{}
	agent.InjectHeader(h)
	want := "00-0af7651916cd43dd8448eb211c80319c-" + server.SpanID() + "-01"
	if h["Traceparent"][0] != want || h["Tracestate"][0] != "a=1" {
		t.Errorf("%v, want %s", h, want)
	}
	own := map[string][]string{"Traceparent": {"theirs"}}
	agent.InjectHeader(own)
	if own["Traceparent"][0] != "theirs" || own["Tracestate"] != nil {
		t.Error("overwritten")
	}
	end(server)
}

func TestFaultAndPanic(t *testing.T) {
	s := enable(t, nil)
	span := agent.StartInternal(nil, "s")
	span.SetPanic(fmt.Errorf("%s", bytes.Repeat([]byte("x"), 5000)))
	span.SetPanic(panickingError{})
	span.SetPanic(nil)
	end(span)
	r := s.only(t, "s")
	if len(r.Events) != 3 || r.Status != agent.StatusError || len(r.Events[0].Attrs[1].Str) != 1024 {
		t.Errorf("%+v", r.Events)
	}
	if got := r.Events[1].Attrs; len(got) != 1 || got[0].Str != "agent_test.panickingError" {
		t.Error(got)
	}
	before := agent.Faults()
	p := &agent.Point{Plugin: "p", Rule: "r", Package: "example.com/p", Function: "F"}
	output := captureStderr(t, func() {
		agent.Fault(p, errors.New("first"))
		agent.Fault(p, errors.New("second"))
		agent.Fault(nil, nil)
		agent.Fault(&agent.Point{}, panickingError{})
	})
	if agent.Faults() != before+4 {
		t.Error("not counted")
	}
	if !strings.Contains(output, "rule r of plugin p failed in example.com/p.F: first") || strings.Contains(output, "second") {
		t.Error(output)
	}
}

// TestPanicMessage checks that no code of the program is called to get a message.
func TestPanicMessage(t *testing.T) {
	s := enable(t, nil)
	var mu sync.Mutex
	mu.Lock() // until the function that panics has returned
	for _, c := range []struct {
		value interface{}
		want  string
	}{
		{lockedError{&mu}, ""},
		{fmt.Errorf("wraps %w", errors.New("it")), "wraps it"},
		{&os.PathError{Op: "open", Path: "x", Err: lockedError{&mu}}, ""},
		{func() (v interface{}) { defer func() { v = recover() }(); return []int{}[len(os.Args)-len(os.Args)] }(),
			"runtime error: index out of range [0] with length 0"},
		{"text", "text"},
		{7, "7"},
		{struct{ a int }{1}, ""},
	} {
		span := agent.StartInternal(nil, "s")
		span.SetPanic(c.value)
		end(span)
		r := s.only(t, "s")
		got := ""
		for _, a := range r.Events[0].Attrs {
			if a.Key == "exception.message" {
				got = a.Str
			}
		}
		if got != c.want {
			t.Errorf("%T: %q, want %q", c.value, got, c.want)
		}
		s = enable(t, nil)
	}
}

// lockedError waits for a lock to return its text.
type lockedError struct{ mu *sync.Mutex }

func (l lockedError) Error() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return "locked"
}

type panickingError struct{}

func (panickingError) Error() string { panic("no") }

// wrappingError is an error of the program, whose Unwrap must not be called.
type wrappingError struct{ error }

func (wrappingError) Unwrap() error { panic("no") }

func TestErrorTypes(t *testing.T) {
	s := enable(t, nil)
	for _, c := range []struct {
		err  error
		want string
	}{
		{errors.New("x"), "*errors.errorString"},
		{io.EOF, "io.EOF"},
		{fmt.Errorf("reading: %w", io.ErrUnexpectedEOF), "io.ErrUnexpectedEOF"},
		{io.ErrClosedPipe, "io.ErrClosedPipe"},
		{&net.OpError{Op: "read", Err: io.EOF}, "io.EOF"},
		{&net.OpError{Op: "dial", Err: &net.DNSError{Name: "x"}}, "*net.DNSError"},
		{&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}, "syscall.ECONNREFUSED"},
		{&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.EDOM)}, "*net.OpError"},
		{&net.OpError{Op: "dial", Err: errors.New("x")}, "*net.OpError"},
		{&url.Error{Err: &net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}}, "os.ErrDeadlineExceeded"},
		{os.NewSyscallError("x", syscall.EDOM), "*os.SyscallError"},
		{syscall.EDOM, "syscall.Errno"},
		{fmt.Errorf("x: %w", errors.New("y")), "*errors.errorString"},
		{fmt.Errorf("x: %w", context.DeadlineExceeded), "context.DeadlineExceeded"},
		{wrappingError{io.EOF}, "agent_test.wrappingError"},
		{fmt.Errorf("x: %w", context.Canceled), "context.Canceled"},
		{fmt.Errorf("x: %w", fmt.Errorf("y: %w", &os.PathError{})), "*fs.PathError"},
		{panickingError{}, "agent_test.panickingError"},
	} {
		s.spans = nil
		span := agent.StartInternal(nil, "s")
		span.EndErr(c.err)
		r := s.only(t, "s")
		if a, _ := attr(r, "error.type"); a.Str != c.want || r.Status != agent.StatusError {
			t.Errorf("%v: %v", c.err, r.Attrs)
		}
	}
	s.spans = nil
	agent.StartInternal(nil, "good").EndErr(nil)
	if r := s.only(t, "good"); r.Status != agent.StatusUnset || agent.Current() != (agent.Span{}) {
		t.Error("no error is no error")
	}
}

// captureStderr returns what f prints to stderr.
func captureStderr(t *testing.T, f func()) string {
	t.Helper()
	file, err := os.CreateTemp(t.TempDir(), "stderr")
	if err != nil {
		t.Fatal(err)
	}
	old := os.Stderr
	os.Stderr = file
	f()
	os.Stderr = old
	text, err := os.ReadFile(file.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
