package agent

import "context"

// spanContext is a context that holds a span. Everything else it answers as its parent does, Done
// and the context package's private keys included, so a context derived from it needs no goroutine
// to learn of a cancellation.
type spanContext struct {
	context.Context
	span *span
}

type contextKey struct{}

func withSpan(parent context.Context, s *span) context.Context {
	if parent == nil {
		parent = context.Background()
	}
	return &spanContext{parent, s}
}

// Value implements context.Context.
func (c *spanContext) Value(key interface{}) interface{} {
	if _, ok := key.(contextKey); ok {
		return c.span
	}
	return c.Context.Value(key)
}

// String prints the context as if the span were not in it.
func (c *spanContext) String() string {
	if s, ok := c.Context.(interface{ String() string }); ok {
		return s.String()
	}
	return typeName(c.Context)
}

// inContext returns the span in ctx, or nil if there is none.
func inContext(ctx context.Context) *span {
	if ctx == nil {
		return nil
	}
	if c, ok := ctx.(*spanContext); ok {
		return c.span
	}
	return lookupSpan(ctx)
}

// lookupSpan asks a context of the program for its span. The context may be a nil pointer, or have
// a Value method that panics; then it has no span.
func lookupSpan(ctx context.Context) (s *span) {
	defer func() {
		if recover() != nil {
			s = nil
		}
	}()
	s, _ = ctx.Value(contextKey{}).(*span)
	return s
}

// Held is for a function that has no context of its own but a parameter that has or is one. It
// returns that context if its span belongs to another trace than the current span. Otherwise it
// returns nil, because the current span is the nearer one: nobody could put it into the context
// that the parameter holds.
func Held(ctx context.Context) context.Context {
	if currentConfig() == nil {
		return nil
	}
	s := inContext(ctx)
	if s == nil {
		return nil
	}
	if cur := current(); cur != nil && cur != &suppressed && cur.ctx.TraceID == s.ctx.TraceID {
		return nil
	}
	return ctx
}

// FromContext returns the span in ctx, or else the current span.
func FromContext(ctx context.Context) Span {
	s := inContext(ctx)
	if s == nil {
		s = current()
	}
	return visibleSpan(s)
}

// Current returns the span that is current in this goroutine.
func Current() Span { return visibleSpan(current()) }

// Serving returns the server span that the span in ctx, or else the current span, is part of, until
// that server span ends. It returns the zero Span if no request is being served. Code that a
// request can reach in several ways uses it to find out if the request has a span already.
func Serving(ctx context.Context) Span {
	s := inContext(ctx)
	if s == nil {
		s = current()
	}
	if s == nil || s.root == nil || s.root.is(ended) {
		return Span{}
	}
	return visibleSpan(s.root)
}

func visibleSpan(s *span) Span {
	if s == nil || s == &suppressed || s.is(silent) {
		return Span{}
	}
	return Span{s, s.currentGeneration()}
}

// Detach removes the current span of this goroutine. It is for the goroutine of a pool that
// happened to be started during a request.
func Detach() {
	if s := (*span)(traceGet()); s != nil && s != &suppressed {
		traceSet(nil)
	}
}

// Suppressed is the state that Suppress has replaced.
type Suppressed struct{ s *span }

// Suppress stops this goroutine, and every goroutine started from it, from making spans until
// Restore. It is for the agent's own calls. Detach does not end it.
func Suppress() Suppressed {
	old := Suppressed{(*span)(traceGet())}
	if old.s != nil {
		old.s.share() // until Restore
	}
	traceSet(spanPointer(&suppressed))
	return old
}

// Restore undoes Suppress in the same goroutine.
func (s Suppressed) Restore() { traceSet(spanPointer(s.s)) }

// SuppressContext returns a context derived from parent; calls made with it make no spans.
func SuppressContext(parent context.Context) context.Context {
	return withSpan(parent, &suppressed)
}
