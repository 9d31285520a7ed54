package agent

import "context"

// spanContext is a context with a span in it. It answers all else as its parent
// does, Done and the context package's private keys included: so a context that
// is derived from it needs no goroutine to learn of a cancellation.
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

// inContext returns the span in ctx, nil if there is none.
func inContext(ctx context.Context) *span {
	if ctx == nil {
		return nil
	}
	if c, ok := ctx.(*spanContext); ok {
		return c.span
	}
	return lookupSpan(ctx)
}

// asked asks a context of the program's, which may be a nil pointer, or have a method Value that panics: then it has
// no span.
func lookupSpan(ctx context.Context) (s *span) {
	defer func() {
		if recover() != nil {
			s = nil
		}
	}()
	s, _ = ctx.Value(contextKey{}).(*span)
	return s
}

// Held is for a function that has no context of its own, and a parameter that has or is one. It returns
// that, if the span in it is of another trace than the current span; else nil, for then the current span
// is the nearer one: nobody could put it into what the parameter holds.
func Held(ctx context.Context) context.Context {
	if enabled() == nil {
		return nil
	}
	s := inContext(ctx)
	if s == nil {
		return nil
	}
	if here := current(); here != nil && here != &suppressed && here.ctx.TraceID == s.ctx.TraceID {
		return nil
	}
	return ctx
}

// FromContext returns the span in ctx, or else the current one.
func FromContext(ctx context.Context) Span {
	s := inContext(ctx)
	if s == nil {
		s = current()
	}
	return visibleSpan(s)
}

// Current returns the span that is current in this goroutine.
func Current() Span { return visibleSpan(current()) }

// Serving returns the server span that the span in ctx is part of, or else the
// current one, for as long as that has not ended: zero if no request is being
// served. Code that a request reaches by several ways asks it whether the request has a
// span already.
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

// Detach makes this goroutine one with no current span: one of a pool, which
// only happens to have been started during a request.
func Detach() {
	if s := (*span)(traceGet()); s != nil && s != &suppressed {
		traceSet(nil)
	}
}

// Suppressed is what Suppress has replaced.
type Suppressed struct{ s *span }

// Suppress has this goroutine, and all that it will start, make no spans until
// Restore: for the agent's own calls. Detach does not end it.
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

// SuppressContext returns parent such that calls made with it make no spans.
func SuppressContext(parent context.Context) context.Context {
	return withSpan(parent, &suppressed)
}
