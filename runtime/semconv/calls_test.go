package semconv

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sort"
	"strings"
	"testing"
	"time"

	"goagent/agent"
	"goagent/converge"
	"goagent/internal/emulate"
	"goagent/metric"
	"goagent/propagate"
)

// recordedPoints returns the measurements that f makes, a line for each point, without durations.
func recordedPoints(t *testing.T, f func()) string {
	t.Helper()
	metric.Enable(metric.Config{})
	defer metric.Disable()
	r := metric.NewReader(metric.PreferCumulative)
	f()
	return points(r.Collect())
}

func points(all []metric.Metric) string {
	var lines []string
	for _, m := range all {
		for _, p := range m.Points {
			var b strings.Builder
			fmt.Fprintf(&b, "%s %d:", m.Name, p.Count+uint64(p.Int))
			for i, v := range p.Values {
				if m.Keys[i].Number && v.Num != 0 {
					fmt.Fprintf(&b, " %s=%d", m.Keys[i].Name, v.Num)
				} else if v.Str != "" {
					fmt.Fprintf(&b, " %s=%s", m.Keys[i].Name, v.Str)
				}
			}
			lines = append(lines, b.String())
		}
	}
	sort.Strings(lines)
	return strings.Join(lines, "\n")
}

const parentOff = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"

// servedPath returns a function that serves a path by a route, below a router for everything.
func servedPath(path, route string, status int) func() {
	return func() {
		s := StartHTTPServer(HTTPServerRequest{Method: "GET", Scheme: "http", Path: path, Proto: "HTTP/1.1",
			Headers: map[string][]string{"Traceparent": {parentOff}}})
		agent.Route(s.Context(nil), "/", path)
		agent.Route(s.Context(nil), route, path)
		EndHTTPServer(s, status)
	}
}

// servedWithoutRoute returns a function that serves a path without a router.
func servedWithoutRoute(method, path string, status int) func() {
	return func() { EndHTTPServer(StartHTTPServer(HTTPServerRequest{Method: method, Path: path}), status) }
}

// clientCall returns a function that makes a client's call.
func clientCall(status int, err error) func() {
	return func() {
		s := StartHTTPClient(context.Background(), HTTPClientRequest{Scheme: "https", Host: "user:pass@api", Path: "/v1/17"})
		SetNetworkProtocol(s, "HTTP/2.0")
		EndHTTPClient(s, status, err)
	}
}

func TestHTTPMeasured(t *testing.T) {
	const serverName, active = "http.server.request.duration 1:", "http.server.active_requests 0: http.request.method=%s"
	for _, c := range []struct {
		name string
		f    func()
		want string
	}{
		{"route, not sampled", servedPath("/a/1", "/a/{x}", 200), fmt.Sprintf(active, "GET url.scheme=http\n") + serverName +
			" http.request.method=GET url.scheme=http network.protocol.version=1.1 http.route=/a/{x} http.response.status_code=200"},
		{"server's error", servedPath("/a/1", "/a", 503), fmt.Sprintf(active, "GET url.scheme=http\n") + serverName +
			" http.request.method=GET url.scheme=http network.protocol.version=1.1 http.route=/a " +
			"http.response.status_code=503 error.type=503"},
		{"no route", servedWithoutRoute("BREW", "/pot/12", 200),
			fmt.Sprintf(active, "_OTHER\n") + serverName + " http.request.method=_OTHER url.template=/pot/{id} " +
				"http.response.status_code=200"},
		{"no such path", servedWithoutRoute("GET", "/x/y", 404),
			fmt.Sprintf(active, "GET\n") + serverName + " http.request.method=GET http.response.status_code=404"},
		{"catch-all", servedPath("/api/v1/query", "/api/v1/", 200), fmt.Sprintf(active, "GET url.scheme=http\n") + serverName +
			" http.request.method=GET url.scheme=http network.protocol.version=1.1 http.route=/api/v1/ " +
			"url.template=/api/v1/query http.response.status_code=200"},
		{"catch-all, method not allowed", servedPath("/api/v1/query", "/api/v1/", 405),
			fmt.Sprintf(active, "GET url.scheme=http\n") + serverName +
				" http.request.method=GET url.scheme=http network.protocol.version=1.1 http.route=/api/v1/ http.response.status_code=405"},
		{"catch-all, no such path", servedPath("/api/v1/.env", "/api/v1/", 404), fmt.Sprintf(active, "GET url.scheme=http\n") + serverName +
			" http.request.method=GET url.scheme=http network.protocol.version=1.1 http.response.status_code=404"},
		{"catch-all of a name, no such path", servedPath("/files/.env", "/files/{name...}", 404),
			fmt.Sprintf(active, "GET url.scheme=http\n") + serverName +
				" http.request.method=GET url.scheme=http network.protocol.version=1.1 http.response.status_code=404"},
		{"catch-all of a name", servedPath("/files/a/17", "/files/{name...}", 200),
			fmt.Sprintf(active, "GET url.scheme=http\n") + serverName +
				" http.request.method=GET url.scheme=http network.protocol.version=1.1 http.route=/files/{name...} " +
				"http.response.status_code=200"},
		{"own path of a catch-all, 404", servedPath("/api/v1/", "/api/v1/", 404),
			fmt.Sprintf(active, "GET url.scheme=http\n") + serverName +
				" http.request.method=GET url.scheme=http network.protocol.version=1.1 http.route=/api/v1/ http.response.status_code=404"},
		{"an endpoint's 404", servedPath("/users/17", "/users/{id}", 404), fmt.Sprintf(active, "GET url.scheme=http\n") + serverName +
			" http.request.method=GET url.scheme=http network.protocol.version=1.1 http.route=/users/{id} http.response.status_code=404"},
		{"panic", func() {
			s := StartHTTPServer(HTTPServerRequest{Method: "GET", Headers: map[string][]string{"Traceparent": {parentOff}}})
			s.SetPanic(errors.New("x"))
			EndHTTPServer(s, 0)
		}, fmt.Sprintf(active, "GET\n") + serverName + " http.request.method=GET error.type=*errors.errorString"},
		{"client", clientCall(404, nil), "http.client.request.duration 1: http.request.method=GET server.address=api " +
			"network.protocol.version=2 server.port=443 " +
			"http.response.status_code=404 error.type=404"},
		{"client without answer", clientCall(0, errors.New("x")),
			"http.client.request.duration 1: http.request.method=GET server.address=api network.protocol.version=2 server.port=443 " +
				"error.type=*errors.errorString"},
	} {
		agent.Enable(agent.Config{Sampler: agent.AlwaysOn, Formats: propagate.Default})
		if got := recordedPoints(t, c.f); got != c.want {
			t.Errorf("%s:\n got  %s\n want %s", c.name, got, c.want)
		}
		agent.Disable()
	}
}

// TestTemplateSettings checks that both sides can be switched, and that rules come first.
func TestTemplateSettings(t *testing.T) {
	defer Configure(Settings{})
	agent.Enable(agent.Config{Sampler: agent.AlwaysOn})
	defer agent.Disable()
	rules, _ := converge.ParseRules("url.template:/x/*=>/x/{name}")
	Configure(Settings{Rules: rules, NoServerTemplate: true, ClientTemplate: true})
	got := recordedPoints(t, func() {
		EndHTTPServer(StartHTTPServer(HTTPServerRequest{Method: "GET", Path: "/x/a"}), 200)
		for _, path := range []string{"/x/a", "/y/1"} {
			EndHTTPClient(StartHTTPClient(nil, HTTPClientRequest{Host: "h", Path: path}), 200, nil)
		}
	})
	if strings.Count(got, "url.template") != 2 || !strings.Contains(got, "url.template=/x/{name}") ||
		!strings.Contains(got, "url.template=/y/{id}") {
		t.Error(got)
	}
}

// TestKnownMethods checks the methods of the conventions, and those that are configured instead,
// including case.
func TestKnownMethods(t *testing.T) {
	defer Configure(Settings{})
	for _, c := range []struct {
		methods        []string
		known, unknown string
	}{{nil, "QUERY", "PROPFIND"}, {[]string{"PROPFIND", "GET"}, "PROPFIND", "QUERY"}, {[]string{"PROPFIND", "GET"}, "GET", "get"}} {
		Configure(Settings{Methods: c.methods})
		for method, want := range map[string]string{
			c.known:   "3 " + c.known + " 0: http.request.method=" + c.known,
			c.unknown: "3 HTTP 0: http.request.method=_OTHER http.request.method_original=" + c.unknown,
		} {
			got := show(recordSpan(t, func() { EndHTTPClient(StartHTTPClient(nil, HTTPClientRequest{Method: method, Host: "h"}), 0, nil) }))
			if want += " server.address=h url.full=h"; got != want {
				t.Errorf("%v: %s, want %s", c.methods, got, want)
			}
		}
	}
}

type callCase struct {
	name           string
	f              func()
	span, measured string
}

var background = context.Background()

var dbAndRPCCases = []callCase{
	{"SQL", func() {
		EndDB(StartDB(background, DBCall{System: "mysql", Namespace: "shop",
			Query: "SELECT * FROM orders WHERE id=17", Host: "db:3306"}), "", nil)
	}, "3 SELECT orders 0: db.collection.name=orders db.namespace=shop db.operation.name=SELECT db.query.summary=SELECT orders " +
		"db.query.text=SELECT * FROM orders WHERE id=? db.system.name=mysql server.address=db",
		"db.client.operation.duration 1: db.system.name=mysql db.operation.name=SELECT db.collection.name=orders " +
			"db.namespace=shop db.query.summary=SELECT orders server.address=db"},
	{"batch that fails", func() {
		EndDB(StartDB(background, DBCall{System: "redis", Operation: "SET", Batch: 3, Host: "r", Port: 6380}), "ERR", errors.New("x"))
	}, "3 BATCH SET r 2: db.operation.batch.size=3 db.operation.name=BATCH SET db.response.status_code=ERR " +
		"db.system.name=redis error.type=ERR server.address=r server.port=6380",
		"db.client.operation.duration 1: db.system.name=redis db.operation.name=BATCH SET server.address=r " +
			"server.port=6380 db.response.status_code=ERR error.type=ERR"},
	// a port without an address
	{"little known", func() { EndDB(StartDB(background, DBCall{System: "mongodb", Port: 7}), "", errors.New("x")) },
		"3 mongodb 2: db.system.name=mongodb error.type=*errors.errorString",
		"db.client.operation.duration 1: db.system.name=mongodb error.type=*errors.errorString"},
	{"RPC server", func() {
		EndGRPC(StartRPCServer(RPCCall{System: "grpc", Method: "/p.S/M", Host: "s:50051", Peer: "1.2.3.4:5"}), 13, true)
	}, "2 p.S/M 2: error.type=INTERNAL network.peer.address=1.2.3.4 network.peer.port=5 rpc.method=p.S/M " +
		"rpc.response.status_code=INTERNAL rpc.system.name=grpc server.address=s server.port=50051",
		"rpc.server.call.duration 1: rpc.system.name=grpc rpc.method=p.S/M rpc.response.status_code=INTERNAL " +
			"server.address=s server.port=50051 error.type=INTERNAL"},
	{"no such method", func() { EndGRPC(StartRPCServer(RPCCall{System: "grpc", Method: "/x/y", Unknown: true}), 5, true) },
		"2 grpc 0: rpc.method=_OTHER rpc.method_original=x/y rpc.response.status_code=NOT_FOUND rpc.system.name=grpc",
		"rpc.server.call.duration 1: rpc.system.name=grpc rpc.method=_OTHER rpc.response.status_code=NOT_FOUND"},
	{"RPC client", func() {
		EndGRPC(StartRPCClient(background, RPCCall{System: "grpc", Method: "p.S/M", Port: 7}), 5, false)
	},
		"3 p.S/M 2: error.type=NOT_FOUND rpc.method=p.S/M rpc.response.status_code=NOT_FOUND rpc.system.name=grpc",
		"rpc.client.call.duration 1: rpc.system.name=grpc rpc.method=p.S/M rpc.response.status_code=NOT_FOUND error.type=NOT_FOUND"},
	{"a code that nobody knows", func() { EndGRPC(StartRPCClient(background, RPCCall{System: "grpc", Method: "p.S/M"}), 1<<32-1, false) },
		"3 p.S/M 2: error.type=4294967295 rpc.method=p.S/M rpc.response.status_code=4294967295 rpc.system.name=grpc",
		"rpc.client.call.duration 1: rpc.system.name=grpc rpc.method=p.S/M rpc.response.status_code=4294967295 error.type=4294967295"},
}

var kafkaMessage = Message{
	System: "kafka", Destination: "orders", Group: "g", ID: "7", Host: "broker:9092", Delivered: true,
}

var messageCases = []callCase{
	{"send", func() {
		EndMessage(StartSend(background, Message{System: "kafka", Operation: "publish", Destination: "o1", Template: "o*", Batch: 2}), nil)
	},
		"4 publish o* 0: messaging.batch.message_count=2 messaging.destination.name=o1 " +
			"messaging.destination.template=o* messaging.operation.name=publish messaging.operation.type=send messaging.system=kafka",
		"messaging.client.operation.duration 1: messaging.system=kafka messaging.operation.name=publish " +
			"messaging.destination.template=o* messaging.operation.type=send\n" +
			"messaging.client.sent.messages 2: messaging.system=kafka messaging.operation.name=publish messaging.destination.template=o*"},
	{"send that fails", func() {
		EndMessage(StartSend(background, Message{System: "kafka", Destination: "o", Group: "g", Port: 9092}), errors.New("x"))
	},
		"4 send o 2: error.type=*errors.errorString messaging.consumer.group.name=g messaging.destination.name=o " +
			"messaging.operation.name=send messaging.operation.type=send messaging.system=kafka",
		"messaging.client.operation.duration 1: messaging.system=kafka messaging.operation.name=send " +
			"messaging.destination.name=o error.type=*errors.errorString messaging.consumer.group.name=g messaging.operation.type=send\n" +
			"messaging.client.sent.messages 1: messaging.system=kafka messaging.operation.name=send " +
			"messaging.destination.name=o error.type=*errors.errorString"},
	{"process", func() { EndMessage(StartProcess(kafkaMessage), nil) },
		"5 process orders 0: messaging.consumer.group.name=g messaging.destination.name=orders messaging.message.id=7 " +
			"messaging.operation.name=process messaging.operation.type=process messaging.system=kafka " +
			"server.address=broker server.port=9092",
		"messaging.client.consumed.messages 1: messaging.system=kafka messaging.operation.name=process " +
			"messaging.destination.name=orders server.address=broker server.port=9092 messaging.consumer.group.name=g\n" +
			"messaging.process.duration 1: messaging.system=kafka messaging.operation.name=process " +
			"messaging.destination.name=orders server.address=broker server.port=9092 messaging.consumer.group.name=g"},
	{"receive", func() {
		m := Message{System: "kafka", Destination: "q"}
		EndReceive(StartReceive(background, m), m, 3, nil)
	},
		"3 receive q 0: messaging.batch.message_count=3 messaging.destination.name=q messaging.operation.name=receive " +
			"messaging.operation.type=receive messaging.system=kafka",
		"messaging.client.consumed.messages 3: messaging.system=kafka messaging.operation.name=receive messaging.destination.name=q\n" +
			"messaging.client.operation.duration 1: messaging.system=kafka messaging.operation.name=receive " +
			"messaging.destination.name=q messaging.operation.type=receive"},
	{"receive that breaks off", func() { m := Message{System: "kafka"}; EndReceive(StartReceive(background, m), m, 3, errors.New("x")) },
		"3 receive 2: error.type=*errors.errorString messaging.batch.message_count=3 messaging.operation.name=receive " +
			"messaging.operation.type=receive messaging.system=kafka",
		"messaging.client.consumed.messages 3: messaging.system=kafka messaging.operation.name=receive error.type=*errors.errorString\n" +
			"messaging.client.operation.duration 1: messaging.system=kafka messaging.operation.name=receive " +
			"error.type=*errors.errorString messaging.operation.type=receive"},
	{"settle", func() { EndMessage(StartSettle(background, Message{System: "rabbitmq"}), errors.New("x")) },
		"3 ack 2: error.type=*errors.errorString messaging.operation.name=ack messaging.operation.type=settle messaging.system=rabbitmq",
		"messaging.client.operation.duration 1: messaging.system=rabbitmq messaging.operation.name=ack " +
			"error.type=*errors.errorString messaging.operation.type=settle"},
}

func TestCalls(t *testing.T) {
	for _, c := range append(dbAndRPCCases[:len(dbAndRPCCases):len(dbAndRPCCases)], messageCases...) {
		var span string
		got := recordedPoints(t, func() { span = show(recordSpan(t, c.f)) })
		if span != c.span {
			t.Errorf("%s:\n got  %s\n want %s", c.name, span, c.span)
		}
		if got != c.measured {
			t.Errorf("%s:\n got  %s\n want %s", c.name, got, c.measured)
		}
		// The same for a span that is not sampled, and nothing at all before Enable.
		agent.Enable(agent.Config{Sampler: agent.Sampler{}})
		if again := recordedPoints(t, c.f); again != c.measured {
			t.Errorf("%s, not sampled:\n got  %s\n want %s", c.name, again, c.measured)
		}
		agent.Disable()
		if again := recordedPoints(t, c.f); again != "" {
			t.Errorf("%s, disabled: %s", c.name, again)
		}
	}
}

// TestHostileClient checks that a million different paths, hosts, methods and statements grow
// neither series nor memory.
func TestHostileClient(t *testing.T) {
	defer emulate.NoSlots()()
	agent.Enable(agent.Config{Sampler: agent.Sampler{Ratio: 0.01}, Formats: propagate.Default})
	defer agent.Disable()
	metric.Enable(metric.Config{})
	defer metric.Disable()
	r := metric.NewReader(metric.PreferCumulative)
	rounds := 1000000
	if testing.Short() || raceEnabled {
		rounds = 50000
	}
	attack := func(from, n int) {
		for i := from; i < from+n; i++ {
			word := fmt.Sprintf("w%dx%dy", i, i*7919)
			s := StartHTTPServer(HTTPServerRequest{Method: word, Scheme: word, Host: word, Path: "/" + word + "/x",
				Proto: word, RemoteAddr: word,
				Headers: map[string][]string{"User-Agent": {word}, "Forwarded": {"proto=" + word + ";host=" + word}}})
			EndHTTPServer(s, 200+i%100)
			EndHTTPClient(StartHTTPClient(nil, HTTPClientRequest{Method: word, Host: fmt.Sprint(word, ":", i%65535),
				Path: word}), 100+i%900, nil)
			EndDB(StartDB(nil, DBCall{System: "mysql", Namespace: word, Host: word,
				Query: "SELECT " + word + " FROM " + word + " WHERE a='" + word + "'"}), word, errors.New(word))
			EndRPC(StartRPCServer(RPCCall{System: word, Method: word}), word, word)
			EndMessage(StartSend(nil, Message{System: word, Destination: word, Group: word}), nil)
		}
	}
	heap := func() uint64 {
		r.Collect()
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	// Admitted values still meet for the first time occasionally, up to the bound: the first
	// half is for that.
	attack(0, rounds/2)
	before := heap()
	attack(rounds/2, rounds-rounds/2)
	after := heap()
	t.Logf("the heap has %d bytes after %d requests, %d after twice as many", before, rounds/2, after)
	if after > before+before/20+512<<10 || after > 16<<20 {
		t.Errorf("the heap has grown from %d to %d", before, after)
	}
	counts := map[string]uint64{}
	for _, m := range r.Collect() {
		if len(m.Points) > 2000 {
			t.Errorf("%s has %d points", m.Name, len(m.Points))
		}
		for _, p := range m.Points {
			counts[m.Name] += p.Count
		}
	}
	for _, name := range []string{"http.server.request.duration", "http.client.request.duration",
		"db.client.operation.duration", "rpc.server.call.duration", "messaging.client.operation.duration"} {
		if counts[name] != uint64(rounds) {
			t.Errorf("%s counts %d of %d", name, counts[name], rounds)
		}
	}
}

// TestMeasuredAllocations checks that measuring allocates nothing, sampled or not.
func TestMeasuredAllocations(t *testing.T) {
	defer emulate.NoSlots()()
	if raceEnabled {
		t.Skip("the race detector makes pools forget")
	}
	metric.Enable(metric.Config{Slow: func(string) time.Duration { return time.Second }})
	defer metric.Disable()
	for _, sampler := range []agent.Sampler{agent.AlwaysOn, {}} {
		agent.Enable(agent.Config{Sampler: sampler, Formats: propagate.Default})
		ctx := context.Background()
		server := HTTPServerRequest{Method: "GET", Scheme: "http", Host: "h:1", Path: "/order/17", Proto: "HTTP/1.1",
			RemoteAddr: "1.2.3.4:5"}
		for name, f := range map[string]func(){
			"server": func() { EndHTTPServer(StartHTTPServer(server), 503) },
			"client": func() { EndHTTPClient(StartHTTPClient(ctx, HTTPClientRequest{Host: "h", Path: "/"}), 404, nil) },
			"db": func() {
				EndDB(StartDB(ctx, DBCall{System: "mysql", Query: "SELECT a FROM t WHERE b = 'c'", Host: "h"}), "", nil)
			},
			"rpc":     func() { EndGRPC(StartRPCClient(ctx, RPCCall{System: "grpc", Method: "p.S/M"}), 0, false) },
			"message": func() { EndMessage(StartProcess(Message{System: "kafka"}), nil) },
		} {
			for i := 0; i < 10; i++ {
				f()
			}
			if n := testing.AllocsPerRun(200, f); n > 1 { // the span itself
				t.Errorf("%s: %v allocations", name, n)
			}
		}
		agent.Disable()
	}
}

func BenchmarkServerMeasured(b *testing.B) {
	defer emulate.NoSlots()()
	metric.Enable(metric.Config{})
	defer metric.Disable()
	BenchmarkServer(b)
}

// BenchmarkServerMeasuredOnly measures a request that is not sampled.
func BenchmarkServerMeasuredOnly(b *testing.B) {
	defer emulate.NoSlots()()
	metric.Enable(metric.Config{})
	defer metric.Disable()
	agent.Enable(agent.Config{Sampler: agent.Sampler{}, Formats: propagate.Default})
	defer agent.Disable()
	server := HTTPServerRequest{Method: "GET", Scheme: "http", Host: "h:1", Path: "/p", Proto: "HTTP/1.1", RemoteAddr: "1.2.3.4:5"}
	b.ReportAllocs()
	for i := 0; i < b.N; i++ {
		s := StartHTTPServer(server)
		agent.Route(s.Context(nil), "/p", "/p")
		EndHTTPServer(s, 200)
	}
}

func BenchmarkDB(b *testing.B) {
	defer emulate.NoSlots()()
	metric.Enable(metric.Config{})
	defer metric.Disable()
	agent.Enable(agent.Config{Sampler: agent.AlwaysOn})
	defer agent.Disable()
	b.ReportAllocs()
	for i := 0; i < b.N; i++ {
		EndDB(StartDB(nil, DBCall{System: "mysql", Query: "SELECT id, name FROM orders WHERE id = ? AND state = 'new' " +
			"LIMIT 10", Host: "db"}), "", nil)
	}
}
