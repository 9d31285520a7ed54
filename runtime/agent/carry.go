package agent

import (
	"strings"
	"sync"
	"sync/atomic"

	"goagent/propagate"
)

// TraceContext returns what would be injected; zeros for the zero Span.
func (s Span) TraceContext() propagate.Context {
	if s.s == nil {
		return propagate.Context{}
	}
	return s.s.ctx
}

// TraceID returns 32 hexadecimal digits, or "" for the zero Span.
func (s Span) TraceID() string {
	if s.s == nil {
		return ""
	}
	return string(propagate.AppendHex(make([]byte, 0, 32), s.s.ctx.TraceID[:]))
}

// SpanID returns 16 hexadecimal digits, or "" for the zero Span.
func (s Span) SpanID() string {
	if s.s == nil {
		return ""
	}
	return string(propagate.AppendHex(make([]byte, 0, 16), s.s.ctx.SpanID[:]))
}

// Route says which route a framework has matched. It names the server span that
// the current span is part of, METHOD route, and sets its http.route. The last
// call wins: with routers in routers it is the inner one.
func Route(route string) { setRoute(route, true) }

// RouteFallback is Route for the one who knows less: it does nothing once Route
// was called.
func RouteFallback(route string) { setRoute(route, false) }

func setRoute(route string, known bool) {
	n := current()
	if n == nil || n.root == nil || route == "" {
		return
	}
	server := Span{n.root}
	r := server.lock()
	if r == nil {
		return
	}
	if known || !r.routed {
		route = bounded(route, maxName)
		r.routed = known
		r.set(String("http.route", route))
		// Only a server span whose name is a bare method gets one with a route.
		if strings.IndexAny(r.base, "/ ") < 0 {
			r.Name = routeName(r.base, route)
		}
	}
	server.s.mu.Unlock()
}

// nameKey is a struct so that a look-up needs no allocation.
type nameKey struct{ method, route string }

// names are the server span names made so far. Routes are few; should they not
// be (a program whose routes are paths), it is the table that stops growing.
var names struct {
	table atomic.Value // map[nameKey]string, replaced, never changed
	mu    sync.Mutex
}

const maxNames = 1024

func routeName(method, route string) string {
	table, _ := names.table.Load().(map[nameKey]string)
	if name, ok := table[nameKey{method, route}]; ok {
		return name
	}
	name := method + " " + route
	names.mu.Lock()
	defer names.mu.Unlock()
	old, _ := names.table.Load().(map[nameKey]string)
	if len(old) >= maxNames {
		return name
	}
	table = make(map[nameKey]string, len(old)+1)
	for k, v := range old {
		table[k] = v
	}
	// Keys are copies: a route may be part of something large.
	table[nameKey{name[:len(method)], name[len(method)+1:]}] = name
	names.table.Store(table)
	return name
}
