package agent_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"goagent/agent"
	"goagent/metric"
)

// TestRoutes has matches as "pattern path", the outer router first, and the route that they make.
func TestRoutes(t *testing.T) {
	s := enable(t, nil)
	for _, c := range []struct{ matches, want string }{
		{"/a /a", "/a"},
		{"/a /a| /a", "/a"},
		{"/users/{id} /users/7", "/users/{id}"},
		// Mounted: the rest of the path was passed on.
		{"/api/v1/ /api/v1/users/7|/users/{id} /users/7", "/api/v1/users/{id}"},
		{"/api/v2/ /api/v2/users/7|/users/{id} /users/7", "/api/v2/users/{id}"},
		{"/tenants/{id}/ /tenants/acme/orders/7|/orders/{n} /orders/7", "/tenants/{id}/orders/{n}"},
		{"/t/{rest...} /t/a/b|/b /b", "/t/b"},
		{"/sub/*any /sub/inner/3|/inner/:n /inner/3", "/sub/inner/:n"},
		{"/static/*f /static/a.css|*f a.css", "/static/*f"},
		{"/a/ /a/b/c|/b/ /b/c|/c /c", "/a/b/c"},
		{"/a/ /a/b/c/d|/b/ /b/c/d|/b/c/ /b/c/d|/d /d", "/a/b/c/d"},
		{"/a/{b}/ /a/b/x|/ /x|/{x} /x", "/a/{b}/{x}"},
		{"/x/ /x/y/z|/y/ /y/z|/y/{z} /y/z", "/x/y/{z}"},
		// The path that was passed on is not what the outer pattern left open: the path is
		// no source.
		{"/tenants/{id} /tenants/acme|/{n} /acme", "/{n}"},
		{"/a/ /a/bc|/c c", "/c"},
		{"/a/ /a/b|/b ", "/b"},
		// The same path: the last pattern, unless it is less specific.
		{"/ /users/7|/users/:id /users/7", "/users/:id"},
		{"/api/ /api/x|/ /api/x", "/api/"},
		{"/api/{x} /api/x|/ /api/x", "/api/{x}"},
		{"/api/{x} /api/x|/*any /api/x|/{y}/x /api/x", "/{y}/x"},
		{"/v/ /v/api/x|/api/ /api/x|/ /api/x|/x /x", "/v/api/x"},
		{"/{a}/ /x/y|/x/ /x/y", "/x/"},
		// A path that somebody has rewritten, and back again.
		{"/api/rewrite /api/rewrite|/api/users/:id /api/users/9", "/api/users/:id"},
		{"/api/ /api/x|/x /x|/api/{y} /api/x", "/api/{y}"},
	} {
		server := agent.StartServer("GET", nil)
		for _, match := range strings.Split(c.matches, "|") {
			space := strings.IndexByte(match, ' ')
			agent.Route(server.Context(nil), match[:space], match[space+1:])
		}
		end(server)
		r := s.only(t, "GET "+c.want)
		if a, _ := attr(r, "http.route"); a.Str != c.want {
			t.Errorf("%s: http.route is %q", c.matches, a.Str)
		}
		s.spans = nil
	}
}

// TestRouteOfRequest checks that the request is that of the context, wherever the router runs.
func TestRouteOfRequest(t *testing.T) {
	s := enable(t, nil)
	server := agent.StartServer("GET", nil)
	ctx := server.Context(context.Background())
	agent.Route(context.Background(), "/another/request", "/another/request")
	agent.Route(nil, "/none", "/none")
	i := agent.StartInternal(ctx, "i")
	inner := agent.StartServer("POST", nil)
	agent.Route(inner.Context(nil), "/inner", "/inner")
	end(inner)
	inGoroutine(func() { agent.Route(i.Context(ctx), "/a", "/a") })
	asked := agent.Suppress()
	agent.Route(ctx, "/asked", "/asked")
	agent.NoteError(ctx, errors.New("x"))
	asked.Restore()
	end(i)
	end(server)
	agent.Route(ctx, "/late", "/late")
	s.only(t, "POST /inner")
	if r := s.only(t, "GET /a"); len(r.Events) != 0 {
		t.Error(r.Events)
	}
	server = agent.StartServer("pkg.Service/Method", nil)
	agent.Route(server.Context(nil), "/a", "/a")
	end(server)
	s.only(t, "pkg.Service/Method")
}

func TestRouting(t *testing.T) {
	enable(t, nil)
	server := agent.StartServer("GET", nil)
	defer end(server)
	ctx := server.Context(nil)
	if agent.EndRouting(ctx) {
		t.Error("nobody has begun")
	}
	agent.BeginRouting(ctx)
	agent.BeginRouting(context.Background())
	if !agent.EndRouting(ctx) || agent.EndRouting(ctx) || agent.EndRouting(context.Background()) {
		t.Error("not once")
	}
}

func TestRouteNamesAreBounded(t *testing.T) {
	s := enable(t, nil)
	for i := 0; i < 3000; i++ {
		server := agent.StartServer("GET", nil)
		agent.Route(server.Context(nil), fmt.Sprint("/", i), "/")
		end(server)
	}
	s.only(t, "GET /2999")
	s.only(t, "GET /7")
	s.spans = nil
	server := agent.StartServer("GET", nil)
	for i := 3000; i > 0; i-- { // nested without end
		agent.Route(server.Context(nil), strings.Repeat("/a", 300)+"/", strings.Repeat("/a", i))
	}
	end(server)
	if a, _ := attr(s.spans[0], "http.route"); len(a.Str) == 0 || len(a.Str) > 1024 {
		t.Error(len(a.Str))
	}
}

type ownError struct{ words []string }

func (ownError) Error() string { panic("never asked") }

// serveFailing serves a request that is answered with a status, and returns what is known about it
// in the end: error.type of span and metric, the status of the span, its events.
func serveFailing(t *testing.T, status string, act func(ctx context.Context, server agent.Span)) string {
	t.Helper()
	metric.Enable(metric.Config{})
	defer metric.Disable()
	reader := metric.NewReader(metric.PreferCumulative)
	s := enable(t, nil)
	var seen []string
	for _, sampled := range []bool{true, false} {
		headers := map[string][]string{}
		if !sampled {
			headers["Traceparent"] = []string{"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"}
		}
		server := agent.StartServer("GET", headers)
		server.Measure(failures, nil)
		act(server.Context(nil), server)
		server.Leave()
		server.EndWith(&agent.Outcome{Error: status, Noted: true})
	}
	for _, r := range s.spans {
		a, _ := attr(r, "error.type")
		seen = append(seen, fmt.Sprint(r.Status, " ", a.Str))
		for _, e := range r.Events {
			text := e.Name
			for _, a := range e.Attrs {
				text += " " + a.Str
			}
			seen = append(seen, text)
		}
	}
	for _, m := range reader.Collect() {
		for _, p := range m.Points {
			seen = append(seen, fmt.Sprint(p.Count, " measured ", p.Values[0].Str))
		}
	}
	return strings.Join(seen, "; ")
}

var failures = metric.NewTimer(metric.Desc{Name: "test.failures"}, nil, metric.Keys("error.type"), nil)

// TestNoted checks that an error or a panic that somebody has handled is an event, and that only
// the status makes it a failure.
func TestNoted(t *testing.T) {
	note := func(errs ...error) func(context.Context, agent.Span) {
		return func(ctx context.Context, _ agent.Span) {
			for _, err := range errs {
				agent.NoteError(ctx, err)
			}
		}
	}
	own, plain := ownError{[]string{"secret"}}, errors.New("token=secret")
	recovered := func(_ context.Context, _ agent.Span) { agent.NotePanic("boom"); agent.NotePanic("boom") }
	for _, c := range []struct {
		name, status string
		act          func(context.Context, agent.Span)
		want         string
	}{
		{"nothing", "500", note(nil), "2 500; 2 measured 500"},
		{"own error", "500", note(own), "2 agent_test.ownError; exception agent_test.ownError; 2 measured agent_test.ownError"},
		{"own error, no failure", "", note(own), "0 ; exception agent_test.ownError; 2 measured "},
		{"type says nothing", "503", note(plain), "2 503; exception *errors.errorString; 2 measured 503"},
		{"wrapped", "500", note(fmt.Errorf("secret: %w", own)),
			"2 agent_test.ownError; exception agent_test.ownError; 2 measured agent_test.ownError"},
		{"the same again", "500", note(plain, plain), "2 500; exception *errors.errorString; 2 measured 500"},
		{"two", "500", note(own, plain), "2 agent_test.ownError; exception agent_test.ownError; exception " +
			"*errors.errorString; 2 measured agent_test.ownError"},
		{"abort", "500", note(errors.New("net/http: abort Handler")), "2 500; 2 measured 500"},
		{"recovered", "500", recovered, "2 string; exception string boom; 2 measured string"},
		{"recovered, no failure", "", recovered, "0 ; exception string boom; 2 measured "},
		{"abort recovered", "500", func(context.Context, agent.Span) {
			agent.NotePanic(errors.New("net/http: abort Handler"))
		}, "2 500; 2 measured 500"},
		{"not recovered", "", func(_ context.Context, server agent.Span) { agent.NotePanic("boom"); server.SetPanic("boom") },
			"2 string; exception string boom; 2 measured string"},
		{"cannot be compared", "500", func(_ context.Context, server agent.Span) { agent.NotePanic([]int{1}); agent.NotePanic(own) },
			"2 agent_test.ownError; exception []int; exception agent_test.ownError; 2 measured agent_test.ownError"},
	} {
		if got := serveFailing(t, c.status, c.act); got != c.want {
			t.Errorf("%s:\n got  %s\n want %s", c.name, got, c.want)
		}
	}
}
