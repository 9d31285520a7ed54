package agent

import (
	"context"
	"strings"
	"sync/atomic"
	"unsafe"

	"goagent/converge"
	"goagent/internal/mix"
)

// request is what routers and handlers have said of the request of a server span.
type requestState struct {
	lastPath string // the path that the last router was given
	outer    string // what the routers around it have added to the route
	route    string

	routing   bool       // see BeginRouting
	lastNoted [2]uintptr // which error or panic was noted last
	notedType string     // its type, where that says something
}

// about returns what is kept with the span of this record and measure, one of which may be nil.
func requestStateOf(r *Record, m *measurement) *requestState {
	if r != nil {
		return &r.request
	}
	return &m.request
}

// serverOf returns the server span of the request that ctx is of, the zero Span where it is of none
// or nothing is traced here. The goroutine is not asked: within a request a program may have others
// of its own making served, by the same routers.
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

// Route says that a router has matched the request whose context this is. It is for the moment
// between the match and the call of the handler. pattern is what has matched, as the program has
// registered it, without method and host; path is the path that it was matched against, not
// escaped. An empty pattern is none.
//
// It names the server span, METHOD route, and sets its http.route. Of routers within one another
// all call it, the outer one first. The route is the pattern of the last one. Before it stands the
// pattern of the router around it, without its tail, if that has one (see converge.Tail) and has
// passed on the rest of its path: /api/{version}/ and then /users/{id} for the path /users/7, which
// was /api/v2/users/7, are /api/{version}/users/{id}. What a pattern has left open never comes from
// the path, where it may be anything. A router that was given the same path as the one before
// replaces what that one has said, unless it says less: a catch-all does not replace the pattern of
// an endpoint, nor that of a longer catch-all.
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

// BeginRouting notes that the request whose context this is is about to be routed. It is for a
// router that matches by a function which programs call as well, to ask what would be matched;
// EndRouting, at the end of that function, tells the two apart. It has to follow in the same
// goroutine, with no code of the program's in between.
func BeginRouting(ctx context.Context) { setRouting(ctx, true) }

// EndRouting takes the note of BeginRouting back, and reports whether there was one.
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

// matched takes what a router has matched, and reports whether the route is another one now.
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

// lessThan reports whether a pattern says less of a path that both match than the other one.
func lessSpecific(pattern, other string) bool {
	tail := converge.Tail(pattern)
	if tail < 0 {
		return false
	}
	otherTail := converge.Tail(other)
	return otherTail < 0 || converge.Segments(pattern[:tail]) < converge.Segments(other[:otherTail])
}

// passedOn reports whether path is the end of the path that the router before was given: some of
// its segments.
func (q *requestState) isRestOfPath(path string) bool {
	n := len(q.lastPath) - len(path)
	return n > 0 && path != "" && q.lastPath[n:] == path && (path[0] == '/' || q.lastPath[n-1] == '/')
}

// pair is a text that was made of two others.
type joinedText struct{ first, second, text string }

// pairs are the last ones that were made, each at a place of its own: routes are few, and
// those of a program whose routes are paths replace one another.
type joinCache [1 << joinCacheBits]joinSlot

type joinSlot struct{ joined unsafe.Pointer } // *pair; atomic

const joinCacheBits = 8

var (
	spanNames    joinCache // of server spans: a method and a route
	joinedRoutes joinCache // a pattern and what is around it
)

// routeName returns "" where the span is not to be renamed: only one whose name is a bare method
// gets one with a route.
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

// text is what was made of the two, "" where others have taken the place.
func (p *joinSlot) find(first, second string) string {
	if found := (*joinedText)(atomic.LoadPointer(&p.joined)); found != nil && found.second == second && found.first == first {
		return found.text
	}
	return ""
}

// join makes it.
func (p *joinSlot) store(first, between, second string) string {
	text := first + between + second
	// Parts of the copy: a route may be part of something large.
	atomic.StorePointer(&p.joined, unsafe.Pointer(&joinedText{text[:len(first)], text[len(first)+len(between):], text}))
	return text
}
