package agent

import (
	"strings"
	"sync/atomic"
	"unsafe"

	"goagent/internal/mix"
	"goagent/propagate"
)

// TraceContext returns what would be injected; zeros for the zero Span.
func (s Span) TraceContext() propagate.Context { return s.context() }

// TraceID returns 32 hexadecimal digits, or "" for the zero Span.
func (s Span) TraceID() string {
	c := s.context()
	if !c.Valid() {
		return ""
	}
	return string(propagate.AppendHex(make([]byte, 0, 32), c.TraceID[:]))
}

// SpanID returns 16 hexadecimal digits, or "" for the zero Span.
func (s Span) SpanID() string {
	c := s.context()
	if !c.Valid() {
		return ""
	}
	return string(propagate.AppendHex(make([]byte, 0, 16), c.SpanID[:]))
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
	server := visible(n.root)
	r, m := server.lockAll()
	if r == nil && m == nil {
		return
	}
	route = bounded(route, maxName)
	if m != nil {
		m.route(route, known)
	}
	if r != nil && (known || !r.routed) {
		r.routed = known
		r.set(String("http.route", route))
		if name := routeName(r.base, route); name != "" {
			r.Name = name
		}
	}
	server.s.mu.Unlock()
}

// routed is a name of a server span that was made of its method and a route.
type routed struct{ method, route, name string }

// names are the last ones that were made, each at a place of its own: routes are few, and
// those of a program whose routes are paths replace one another.
var names [1 << nameBits]unsafe.Pointer // *routed; atomic

const nameBits = 8

// routeName returns "" where the span is not to be renamed: only one whose name is a bare method gets one with
// a route.
func routeName(method, route string) string {
	place := &names[mix.String(mix.String(mix.Seed, method), route)>>(64-nameBits)]
	if found := (*routed)(atomic.LoadPointer(place)); found != nil && found.route == route && found.method == method {
		return found.name
	}
	if strings.IndexAny(method, "/ ") >= 0 {
		return ""
	}
	name := method + " " + route
	// Parts of the copy: a route may be part of something large.
	atomic.StorePointer(place, unsafe.Pointer(&routed{name[:len(method)], name[len(method)+1:], name}))
	return name
}
