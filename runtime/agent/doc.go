// Package agent is what woven code calls: it starts and ends spans, knows the
// current one of each goroutine, and carries it in and out of processes.
//
// It is linked into other people's packages, net/http among them. So it imports
// only what net/http itself imports and neither log nor log/slog (a test holds
// that), needs no more of Go than 1.18, has no generics and no empty interface in
// what runs per span, and never panics, prints or blocks. Errors of the
// program's own are passed in only to be named by their type.
//
// Nothing happens before Enable: every function returns at once, without an
// allocation, and Start... return the zero Span, which does nothing.
//
// # Two ends
//
// A span is current from its start until Leave, in the goroutine that started
// it and in those which that goroutine starts meanwhile; Leave takes all that was
// started within it and not left with it. It lasts until End, which any goroutine
// may call; only the first call counts, and what is set afterwards is lost.
// Leave and End may come in any order.
//
// # Parents
//
// StartServer takes its parent from the headers alone. The other Start functions
// take the span in the context they are given, else the current one of the
// goroutine, else none: then they begin a trace. A parent may be over: work that
// outlives its request still belongs to the request's trace, for a while: see
// Config.Orphans.
//
// # Memory
//
// A Span is two words. What must live as long as somebody may hold the span (its
// ids, and a pointer to what its request carries, such as baggage) is a small
// object of its own, used again where nobody does; all else is a Record, which is
// recycled once it has been exported. Attributes, events and links are bounded in number and size, see
// Limits.
//
// # Without a woven runtime
//
// With the build tag goagent_nogls (runtime could not be woven) goroutines have
// no current span, and contexts alone connect spans.
package agent
