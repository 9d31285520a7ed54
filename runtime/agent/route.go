package agent

import (
	"context"
	"strings"
	"sync/atomic"
	"unsafe"

	"goagent/converge"
	"goagent/internal/mix"
)

// requestState holds what routers and handlers have reported about the request of a server span.
type requestState struct {
	lastPath string // the path that the last router was given
	outer    string // the part of the route that outer routers have added
	route    string

	routing   bool       // see BeginRouting
	lastNoted [2]uintptr // identifies the error or panic that was noted last
	notedType string     // the type of that error, if it is informative
}

// requestStateOf returns the state stored with the span that has this record and measurement, one
// of which may be nil.
func requestStateOf(r *Record, m *measurement) *requestState {
	if r != nil {
		return &r.request
	}
	return &m.request
}

// serverSpanOf returns the server span of the request that ctx belongs to, or the zero Span if it
// belongs to none or nothing is traced here. The goroutine's current span is not considered: within
// a request a program may serve requests of its own, with the same routers.
func serverSpanOf(ctx context.Context) Span {
	if (*span)(traceGet()) == &suppressed {
		return Span{}
	}
	s := inContext(ctx)
	if s == nil || s == &suppressed || s.root == nil {
		return Span{}
	}
	return visibleSpan(s.root)
}

// Route records that a router has matched the request of this context. It is to be called between
// the match and the call of the handler. pattern is the pattern that matched, as the program has
// registered it, without method and host; path is the path that it was matched against, unescaped.
// An empty pattern is ignored.
//
// Route names the server span "METHOD route" and sets its http.route. If routers are nested, all of
// them call it, the outer one first. The route is the pattern of the last one, preceded by the
// pattern of the outer router without its tail, if that has one (see converge.Tail) and has passed
// on the rest of its path: /api/{version}/ and then /users/{id} for the path /users/7, which was
// /api/v2/users/7, make /api/{version}/users/{id}. The part that a pattern leaves open is never
// taken from the path, which may contain anything. A router that was given the same path as the one
// before replaces that one's pattern unless its own is less specific: a catch-all replaces neither
// the pattern of an endpoint nor that of a longer catch-all.
func Route(ctx context.Context, pattern, path string) {
	if pattern == "" {
		return
	}
	server := serverSpanOf(ctx)
	r, m := server.lockAll()
	if r == nil && m == nil {
		return
	}
	if q := requestStateOf(r, m); q.applyMatch(truncate(pattern, maxName), path) {
		route := truncate(q.route, maxName)
		if m != nil {
			m.setRoute(route)
		}
		if r != nil {
			r.set(String("http.route", route))
			if name := spanNameWithRoute(r.baseName, route); name != "" {
				r.Name = name
			}
		}
	}
	server.s.mu.Unlock()
}

// BeginRouting notes that the request of this context is about to be routed. It is for a router
// that matches with a function which programs also call, to ask what would be matched. EndRouting,
// at the end of that function, distinguishes the two. It has to follow in the same goroutine, with
// no code of the program in between.
func BeginRouting(ctx context.Context) { setRouting(ctx, true) }

// EndRouting removes the note of BeginRouting, and reports whether there was one.
func EndRouting(ctx context.Context) bool { return setRouting(ctx, false) }

func setRouting(ctx context.Context, on bool) (was bool) {
	server := serverSpanOf(ctx)
	r, m := server.lockAll()
	if r == nil && m == nil {
		return false
	}
	q := requestStateOf(r, m)
	was, q.routing = q.routing, on
	server.s.mu.Unlock()
	return was
}

// applyMatch updates the route with what a router has matched, and reports whether the route has
// changed.
func (q *requestState) applyMatch(pattern, path string) bool {
	outer := ""
	switch {
	case q.route == "":
	case path == q.lastPath:
		if lessSpecific(pattern, q.route[len(q.outer):]) {
			return false
		}
		outer = q.outer
	case q.isRestOfPath(path):
		if tail := converge.Tail(q.route); tail >= 0 && tail <= maxName {
			outer = q.route[:tail]
		}
	}
	q.lastPath, q.outer, q.route = path, outer, pattern
	if outer != "" {
		place := joinedRoutes.slot(outer, pattern)
		if q.route = place.find(outer, pattern); q.route == "" {
			slash := ""
			if pattern[0] != '/' {
				slash = "/"
			}
			q.route = place.store(outer, slash, pattern)
		}
		q.outer = q.route[:len(outer)]
	}
	return true
}

// lessSpecific reports whether pattern is less specific than other about a path that both match.
func lessSpecific(pattern, other string) bool {
	tail := converge.Tail(pattern)
	if tail < 0 {
		return false
	}
	otherTail := converge.Tail(other)
	return otherTail < 0 || converge.Segments(pattern[:tail]) < converge.Segments(other[:otherTail])
}

// isRestOfPath reports whether path consists of the last segments of the path that the previous
// router was given.
func (q *requestState) isRestOfPath(path string) bool {
	n := len(q.lastPath) - len(path)
	return n > 0 && path != "" && q.lastPath[n:] == path && (path[0] == '/' || q.lastPath[n-1] == '/')
}

// joinedText is a text that was made from two others.
type joinedText struct{ first, second, text string }

// joinCache is a direct-mapped cache of joined texts. Routes are few; those of a program that uses
// paths as routes replace one another.
type joinCache [1 << joinCacheBits]joinSlot

type joinSlot struct{ joined unsafe.Pointer } // *joinedText; atomic

const joinCacheBits = 8

var (
	spanNames    joinCache // names of server spans: a method and a route
	joinedRoutes joinCache // an outer pattern and an inner one
)

// spanNameWithRoute returns "" if the span is not to be renamed: only a span whose name is a bare
// method gets a name with a route.
func spanNameWithRoute(method, route string) string {
	place := spanNames.slot(method, route)
	if name := place.find(method, route); name != "" {
		return name
	}
	if strings.IndexAny(method, "/ ") >= 0 {
		return ""
	}
	return place.store(method, " ", route)
}

func (p *joinCache) slot(first, second string) *joinSlot {
	return &p[mix.String(mix.String(mix.Seed, first), second)>>(64-joinCacheBits)]
}

// find returns the text made from the two, or "" if the slot holds another one.
func (p *joinSlot) find(first, second string) string {
	if found := (*joinedText)(atomic.LoadPointer(&p.joined)); found != nil && found.second == second && found.first == first {
		return found.text
	}
	return ""
}

// store makes the text and stores it in the slot.
func (p *joinSlot) store(first, between, second string) string {
	text := first + between + second
	// The parts are taken from the copy: a route may be part of something large.
	atomic.StorePointer(&p.joined, unsafe.Pointer(&joinedText{text[:len(first)], text[len(first)+len(between):], text}))
	return text
}
