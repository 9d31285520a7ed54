package semconv

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"sort"
	"strings"
	"testing"
	"unicode/utf8"

	"goagent/agent"
	"goagent/internal/emulate"
	"goagent/propagate"
)

func TestMain(m *testing.M) {
	emulate.Goroutines()
	os.Exit(m.Run())
}

// recordSpan returns the span that f makes.
func recordSpan(t *testing.T, f func()) *agent.Record {
	t.Helper()
	var got *agent.Record
	agent.Enable(agent.Config{Ended: func(r *agent.Record) { got = r }, Sampler: agent.AlwaysOn, Formats: propagate.Default})
	defer agent.Disable()
	f()
	if got == nil {
		t.Fatal("no span")
	}
	if agent.Current() != (agent.Span{}) {
		t.Error("was not left")
	}
	return got
}

// show writes a span on one line.
func show(r *agent.Record) string {
	var attrs []string
	for _, a := range r.Attrs {
		v := a.Str
		if a.Kind == agent.AttrInt {
			v = fmt.Sprint(int64(a.Num))
		}
		attrs = append(attrs, a.Key+"="+v)
	}
	sort.Strings(attrs)
	return fmt.Sprintf("%d %s %d: %s", r.Kind, r.Name, r.Status, strings.Join(attrs, " "))
}

func TestServer(t *testing.T) {
	full := HTTPServerRequest{
		Method: "GET", Scheme: "http", Host: "shop.example:8080", Path: "/order/7", Proto: "HTTP/1.1",
		RemoteAddr: "192.0.2.7:4711", Headers: map[string][]string{"User-Agent": {"curl/8"}},
	}
	with := func(change func(*HTTPServerRequest)) HTTPServerRequest {
		r := full
		change(&r)
		return r
	}
	headers := func(kv ...string) HTTPServerRequest {
		return with(func(r *HTTPServerRequest) {
			r.Headers = map[string][]string{"User-Agent": {"curl/8"}}
			for i := 0; i < len(kv); i += 2 {
				r.Headers[kv[i]] = append(r.Headers[kv[i]], kv[i+1])
			}
		})
	}
	const peer = "network.peer.address=192.0.2.7 network.peer.port=4711 network.protocol.version=1.1 "
	const usual = "client.address=192.0.2.7 http.request.method=GET http.response.status_code=200 " + peer +
		"server.address=shop.example server.port=8080 url.path=/order/7 url.scheme=http user_agent.original=curl/8"
	for _, c := range []struct {
		name   string
		in     HTTPServerRequest
		status int
		want   string
	}{
		{"full", full, 200, "2 GET 0: " + usual},
		{"client's error", full, 404, "2 GET 0: " + strings.Replace(usual, "200", "404", 1)},
		{"server's error", full, 503, "2 GET 2: " + strings.Replace(strings.Replace(usual, "=200", "=503", 1),
			" http.req", " error.type=503 http.req", 1)},
		{"hijacked", full, 0, "2 GET 0: " + strings.Replace(usual, "http.response.status_code=200 ", "", 1)},
		{"odd method", with(func(r *HTTPServerRequest) { r.Method = "get" }), 200,
			"2 HTTP 0: " + strings.Replace(usual, "method=GET", "method=_OTHER http.request.method_original=get", 1)},
		{"little known", HTTPServerRequest{Method: "PUT", RemoteAddr: "@"}, 999,
			"2 PUT 2: error.type=999 http.request.method=PUT http.response.status_code=999"},
		{"HTTP/2", with(func(r *HTTPServerRequest) { r.Proto = "HTTP/2.0" }), 200, "2 GET 0: " + strings.Replace(usual, "1.1", "2", 1)},
		{"proxy", headers("X-Forwarded-For", "198.51.100.1, 192.0.2.7", "X-Forwarded-Proto", "HTTPS", "X-Forwarded-Host", "a.example"), 200,
			"2 GET 0: client.address=198.51.100.1 http.request.method=GET http.response.status_code=200 " + peer +
				"server.address=a.example url.path=/order/7 url.scheme=https user_agent.original=curl/8"},
		{"standard proxy", headers("Forwarded", `For="[2001:db8::1]:80";proto=https;;x, for=1.1.1.1`, "X-Forwarded-For", "9.9.9.9"), 200,
			"2 GET 0: " + strings.Replace(strings.Replace(usual, "192.0.2.7", "2001:db8::1", 1), "e=http ", "e=https ", 1)},
		{"query", with(func(r *HTTPServerRequest) { r.RawQuery = "&user=me&&token=s=cret&secret" }), 200,
			"2 GET 0: " + strings.Replace(usual, " url.scheme", " url.query=user=REDACTED&token=REDACTED&REDACTED url.scheme", 1)},
		{"empty query", with(func(r *HTTPServerRequest) { r.RawQuery = "&" }), 200, "2 GET 0: " + usual},
		{"a proxy that lies", headers("Forwarded", "for=unknown;proto=gopher;host"), 200, "2 GET 0: " + usual},
	} {
		got := show(recordSpan(t, func() { EndHTTPServer(StartHTTPServer(c.in), c.status) }))
		if got != c.want {
			t.Errorf("%s:\n got  %s\n want %s", c.name, got, c.want)
		}
	}
}

// TestServerCut has requests that were not ended by their response.
func TestServerCut(t *testing.T) {
	for _, c := range []struct {
		status int
		err    error
		want   string
	}{
		{0, nil, "2 GET 0: http.request.method=GET"},
		{0, context.Canceled, "2 GET 2: error.type=context.Canceled http.request.method=GET"},
		{200, context.Canceled, "2 GET 2: error.type=context.Canceled http.request.method=GET http.response.status_code=200"},
		{500, context.Canceled, "2 GET 2: error.type=500 http.request.method=GET http.response.status_code=500"},
		{200, nil, "2 GET 0: http.request.method=GET http.response.status_code=200"},
	} {
		got := show(recordSpan(t, func() { EndHTTPServerErr(StartHTTPServer(HTTPServerRequest{Method: "GET"}), c.status, c.err) }))
		if got != c.want {
			t.Errorf("%d %v:\n got  %s\n want %s", c.status, c.err, got, c.want)
		}
	}
}

// TestHijacked checks that the span has ended but is still current.
func TestHijacked(t *testing.T) {
	r := recordSpan(t, func() {
		s := StartHTTPServer(HTTPServerRequest{Method: "GET"})
		EndHijacked(s, 101)
		if s.Recording() || agent.Current() != s {
			t.Error("still recording, or left")
		}
		EndHTTPServer(s, 500)
	})
	if got, want := show(r), "2 GET 0: http.request.method=GET http.response.status_code=101"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	EndHijacked(agent.Span{}, 0)
}

// TestClientLater has attributes that are known only once there is a connection.
func TestClientLater(t *testing.T) {
	r := recordSpan(t, func() {
		s := StartHTTPClient(context.Background(), HTTPClientRequest{Scheme: "http", Host: "a", Resends: 1})
		CountResend(s)
		SetNetworkPeer(s, []byte("::1"), 80)
		EndHTTPClient(s, 204, nil)
	})
	want := "3 GET 0: http.request.method=GET http.request.resend_count=2 http.response.status_code=204 " +
		"network.peer.address=::1 network.peer.port=80 server.address=a server.port=80 url.full=http://a"
	if got := show(r); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestServerParent(t *testing.T) {
	r := recordSpan(t, func() {
		s := StartHTTPServer(HTTPServerRequest{Method: "GET",
			Headers: map[string][]string{"Traceparent": {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}}})
		agent.Route(s.Context(nil), "/order/{id}", "/order/1")
		EndHTTPServer(s, 200)
	})
	if fmt.Sprintf("%x", r.ParentID) != "b7ad6b7169203331" || r.Name != "GET /order/{id}" {
		t.Errorf("%x %s", r.ParentID, r.Name)
	}
}

func TestClient(t *testing.T) {
	full := HTTPClientRequest{Method: "POST", Scheme: "https", Host: "api.example", Path: "/v1",
		RawQuery: "key=secret&q", Proto: "HTTP/1.1"}
	const usual = "http.request.method=POST network.protocol.version=1.1 server.address=api.example server.port=443 " +
		"url.full=https://api.example/v1?key=REDACTED&REDACTED"
	for _, c := range []struct {
		name   string
		in     HTTPClientRequest
		status int
		err    error
		want   string
	}{
		{"good", full, 200, nil, "3 POST 0: " + strings.Replace(usual, " net", " http.response.status_code=200 net", 1)},
		{"not found", full, 404, nil, "3 POST 2: error.type=404 " + strings.Replace(usual, " net",
			" http.response.status_code=404 net", 1)},
		{"no answer", full, 0, io.ErrUnexpectedEOF, "3 POST 2: error.type=io.ErrUnexpectedEOF " + usual},
		{"broken answer", full, 200, &url.Error{Err: io.EOF}, "3 POST 2: error.type=io.EOF " +
			strings.Replace(usual, " net", " http.response.status_code=200 net", 1)},
		{"broken bad answer", full, 500, errors.New("x"), "3 POST 2: error.type=500 " +
			strings.Replace(usual, " net", " http.response.status_code=500 net", 1)},
		{"defaults", HTTPClientRequest{Scheme: "http", Host: "user:pass@[::1]:81", Path: "/"}, 0, nil,
			"3 GET 0: http.request.method=GET server.address=::1 server.port=81 url.full=http://REDACTED:REDACTED@[::1]:81/"},
		{"user", HTTPClientRequest{Scheme: "http", Host: "a", User: true}, 0, nil,
			"3 GET 0: http.request.method=GET server.address=a server.port=80 url.full=http://REDACTED:REDACTED@a"},
		{"header", HTTPClientRequest{Scheme: "https", Host: "10.0.0.1:8443", HostHeader: "a.example", Resends: 2}, 0, nil,
			"3 GET 0: http.request.method=GET http.request.resend_count=2 server.address=a.example server.port=443 " +
				"url.full=https://10.0.0.1:8443"},
		{"opaque", HTTPClientRequest{Scheme: "http", Host: "a:81", Opaque: "//u:p@b/x%2Fy?k=s#f", Path: "/z", RawQuery: "q=t"}, 0, nil,
			"3 GET 0: http.request.method=GET server.address=a server.port=81 " +
				"url.full=http://REDACTED:REDACTED@b/x%2Fy?k=REDACTED&q=REDACTED"},
		{"opaque path", HTTPClientRequest{Scheme: "http", Host: "a:81", Opaque: "/x%2Fy"}, 0, nil,
			"3 GET 0: http.request.method=GET server.address=a server.port=81 url.full=http://a:81/x%2Fy"},
		{"odd", HTTPClientRequest{Method: "BREW", Scheme: "coffee", Host: "pot"}, 0, nil,
			"3 HTTP 0: http.request.method=_OTHER http.request.method_original=BREW server.address=pot url.full=coffee://pot"},
	} {
		got := show(recordSpan(t, func() { EndHTTPClient(StartHTTPClient(context.Background(), c.in), c.status, c.err) }))
		if got != c.want {
			t.Errorf("%s:\n got  %s\n want %s", c.name, got, c.want)
		}
	}
}

func TestSplitHost(t *testing.T) {
	for in, want := range map[string]string{
		"a:1": "a 1", "a": "a 0", "": " 0", ":80": " 80", "[::1]:80": "::1 80", "[::1]": "::1 0", "::1": "::1 0", "[::1": " 0",
		"a:http": "a 0", "a:65536": "a 0", "a:000001": "a 0", "a:-1": "a 0", "[::1]x": "::1 0", "u:p@a:1": "a 1", "@": " 0",
	} {
		host, port := splitHost(in)
		if got := fmt.Sprint(host, " ", port); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// FuzzForeign checks that no input causes a panic, and that no secret is recorded, whether it is
// before the host, after each "=" of the query or a part of its own.
func FuzzForeign(f *testing.F) {
	const secret = "~S3CR3T~"
	f.Add("a:80", "/x", "a=1&b", "for=1.1.1.1;host=x")
	f.Add("[::1", "", "a==;;&=&", `for="[`)
	f.Fuzz(func(t *testing.T, host, path, query, forwarded string) {
		for _, s := range []string{host, path, query} {
			if strings.Contains(s, "~") {
				return // it might form the secret's name
			}
		}
		host = secret + "@" + host
		query = strings.Replace(query, "=", "="+secret, -1) + "&" + secret
		for _, r := range []HTTPClientRequest{
			{Scheme: "http", Host: withoutUser(host), Path: path, RawQuery: query},
			{Scheme: "http", Opaque: "//" + host + "/" + path + "?" + query, RawQuery: query},
		} {
			b := appendURL(nil, &r)
			if len(b) > maxURL {
				t.Fatalf("%d bytes", len(b))
			}
			if strings.Contains(string(b), "S3CR3T") {
				t.Fatalf("%q", b)
			}
		}
		if at, _ := splitHost(host); strings.Contains(at, "S3CR3T") {
			t.Fatalf("%q", at)
		}
		parseForwarded(firstItem(forwarded))
		clientAddress(forwarded)
	})
}

func TestAllocations(t *testing.T) {
	defer emulate.NoSlots()()
	if raceEnabled {
		t.Skip("the race detector makes pools forget")
	}
	agent.Enable(agent.Config{Sampler: agent.AlwaysOn, Formats: propagate.Default})
	defer agent.Disable()
	server := HTTPServerRequest{Method: "GET", Scheme: "http", Host: "h:1", Path: "/p", Proto: "HTTP/1.1", RemoteAddr: "1.2.3.4:5",
		Headers: map[string][]string{"User-Agent": {"u"}, "X-Forwarded-For": {"1.1.1.1"}}}
	run := func(name string, f func()) {
		f()
		if n := testing.AllocsPerRun(200, f); n > 1 { // the span itself
			t.Errorf("%s: %v allocations", name, n)
		}
	}
	run("server", func() { EndHTTPServer(StartHTTPServer(server), 503) })
	client := HTTPClientRequest{Method: "GET", Scheme: "http", Host: "h:1", Path: "/p", RawQuery: "a=1", Proto: "HTTP/1.1"}
	run("client", func() { EndHTTPClient(StartHTTPClient(context.Background(), client), 404, nil) })
}

func BenchmarkServer(b *testing.B) {
	defer emulate.NoSlots()()
	agent.Enable(agent.Config{Sampler: agent.AlwaysOn, Formats: propagate.Default})
	defer agent.Disable()
	server := HTTPServerRequest{Method: "GET", Scheme: "http", Host: "h:1", Path: "/p", Proto: "HTTP/1.1", RemoteAddr: "1.2.3.4:5",
		Headers: map[string][]string{"User-Agent": {"u"}, "Accept": {"*"}}}
	b.ReportAllocs()
	for i := 0; i < b.N; i++ {
		EndHTTPServer(StartHTTPServer(server), 200)
	}
}

// BenchmarkDisabledServer measures both hooks of a request if nothing is traced, and its context is
// only passed on.
func BenchmarkDisabledServer(b *testing.B) {
	defer emulate.SharedSlot()()
	agent.Enable(agent.Config{PropagateOnly: true, Formats: propagate.Default})
	defer agent.Disable()
	server := HTTPServerRequest{Method: "GET", Scheme: "http", Host: "h:1", Path: "/p", Proto: "HTTP/1.1", RemoteAddr: "1.2.3.4:5",
		Headers: map[string][]string{"User-Agent": {"u"}, "Accept": {"*"},
			"Traceparent": {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}}}
	b.ReportAllocs()
	for i := 0; i < b.N; i++ {
		s := StartHTTPServer(server)
		_ = s.Context(nil)
		EndHTTPServer(s, 200)
	}
}

// TestLongRequest checks that a span of a request, or of a call, is small, whatever the client
// sends.
func TestLongRequest(t *testing.T) {
	long := strings.Repeat("x\u20ac", 1<<18)
	for name, f := range map[string]func(){
		"HTTP": func() {
			EndHTTPServer(StartHTTPServer(HTTPServerRequest{Method: long, Path: "/" + long, Host: long, RawQuery: long + "=" + long,
				Headers: map[string][]string{"User-Agent": {long}, "Forwarded": {"for=" + long + ";host=" + long}}}), 200)
		},
		"unknown RPC": func() {
			EndRPC(StartRPCServer(RPCCall{System: "grpc", Method: long, Host: long, Unknown: true}), "", "")
		},
		"RPC": func() { EndRPC(StartRPCServer(RPCCall{System: "grpc", Method: long}), "", "") },
	} {
		r := recordSpan(t, f)
		size := 0
		for _, a := range r.Attrs {
			if len(a.Str) > maxURL || !utf8.ValidString(a.Str) {
				t.Errorf("%s: %s has %d bytes, text: %v", name, a.Key, len(a.Str), utf8.ValidString(a.Str))
			}
			size += len(a.Str)
		}
		if size < maxURL-utf8.UTFMax || size > 7*maxURL {
			t.Errorf("%s: %d bytes", name, size)
		}
	}
}
