// Package agent is what woven code calls: it starts and ends spans, knows the current span of each
// goroutine, and carries it into and out of processes.
//
// It is linked into other people's packages, net/http among them. So it imports only what net/http
// itself imports and neither log nor log/slog (a test checks that), needs no Go later than 1.18,
// has no generics and no empty interface in code that runs per span, and never panics, prints or
// blocks. Errors of the program are passed in only so that they can be named by their type.
//
// Nothing happens before Enable: every function returns at once, without an allocation, and the
// Start functions return the zero Span, which does nothing.
//
// # Two ends
//
// A span is current from its start until it is left, in the goroutine that started it and in those
// which that goroutine starts meanwhile. It lasts until End, which any goroutine may call; only the
// first call counts, and attributes set afterwards are lost.
//
// An end leaves the span where it is current, and changes nothing where another one is. So most
// spans need an end and nothing else. Leave is for a span that goes on when its function returns,
// such as that of a stream: the goroutine leaves it, and whoever finishes the work ends it. Leave
// also leaves all spans that were started within it and not left yet. End says what happens to
// spans that end out of order, twice, or in another goroutine.
//
// # Parents
//
// StartServer takes its parent from the headers alone. The other Start functions take the span in
// the context they are given, or else the current span of the goroutine; without either they begin
// a trace. A parent may have ended: work that outlives its request still belongs to the request's
// trace for some time, see Config.ParentGrace.
//
// # Memory
//
// A Span is two words. The data that must live as long as somebody may hold the span (its ids, and
// a pointer to what its request carries, such as baggage) is in a small object of its own, which is
// reused if nobody can hold it any more. Everything else is in a Record, which is recycled once it
// has been exported. Attributes, events and links are bounded in number and size, see Limits.
//
// # Without a woven runtime
//
// With the build tag goagent_nogls (runtime could not be woven) goroutines have no current span,
// and only contexts connect spans.
package agent
