package agent

import (
	"context"
	"sync/atomic"

	"goagent/propagate"
)

// Operations of which there are no spans, and those whose answer nobody gets.

// StartSilent makes current a span that is never recorded or measured, and within
// which no spans are made: for the request that an exporter sends. Without that, a
// program that receives what it sends would never come to an end.
//
// It is left and ended as any other. It is the parent of nothing: a context with
// another span in it wins, Detach ends it for the goroutine, and a goroutine that
// has inherited it makes spans again once it has been over for Config.Orphans.
func StartSilent() Span {
	c := enabled()
	if c == nil || c.PropagateOnly {
		return Span{}
	}
	here := currentForStart()
	if here == &suppressed {
		return Span{}
	}
	return startSilentSpan(here, &propagate.Context{})
}

// StartSilentServer is StartSilent for an exporter's request that has come in, with
// these headers. What is sent within it has a context that is not sampled, so that
// others make no spans of it either.
func StartSilentServer(headers map[string][]string) Span {
	s := StartSilent()
	c := enabled()
	if s.s == nil || c == nil {
		return s
	}
	parent := &s.s.ctx // nobody else has the span yet
	if !c.Formats.Extract(headers, parent) {
		*parent = propagate.Context{}
		if c.MeasureOnly {
			return s
		}
		newTraceID(&parent.TraceID)
	}
	if !c.MeasureOnly {
		newSpanID(&parent.SpanID)
	}
	parent.Flags &^= propagate.FlagSampled
	parent.Hints = 0
	return s
}

// silence makes a silent span current, from which others learn of this context.
func startSilentSpan(here *span, parent *propagate.Context) Span {
	n := spans.Get().(*span)
	n.root = n
	n.ctx = *parent
	atomic.StoreUint32(&n.state, atomic.LoadUint32(&n.state)|silent)
	n.enter(here)
	return Span{n, n.currentGeneration()}
}

// sending returns the span that others are told of: the current one, be it silent.
func outgoingSpan() Span {
	s := current()
	if s == nil || s == &suppressed {
		return Span{}
	}
	return Span{s, s.currentGeneration()}
}

// Sends reports whether a request that is sent now has a context to go with it.
func Sends() bool { return outgoingSpan() != (Span{}) }

// ServerSpan returns the server span of the request that ctx belongs to, the zero
// Span if it belongs to none.
func ServerSpan(ctx context.Context) Span {
	if s := inContext(ctx); s != nil {
		return visibleSpan(s.root)
	}
	return Span{}
}

// Lose notes that the answer to the request cannot be sent any more.
func (s Span) Lose() {
	if s.s != nil {
		s.s.mark(s.generation, lost)
	}
}

// Lost reports whether Lose was called.
func (s Span) Lost() bool {
	return s.s != nil && atomic.LoadUint32(&s.s.state)&(generationMask|lost) == s.generation|lost
}

// Increase adds n to an attribute that is a number, 0 if it is not there yet.
func (s Span) Increase(key string, n int64) {
	r := s.lock()
	if r == nil {
		return
	}
	for i := range r.Attrs {
		if a := &r.Attrs[i]; a.Key == key && a.Kind == AttrInt {
			n += int64(a.Num)
		}
	}
	r.set(Int(key, n))
	s.s.mu.Unlock()
}
