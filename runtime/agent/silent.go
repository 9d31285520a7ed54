package agent

import (
	"context"
	"sync/atomic"

	"goagent/propagate"
)

// Operations without spans, and requests whose response nobody receives.

// StartSilent makes a span current that is never recorded or measured, and within which no spans
// are made. It is for the request that an exporter sends: otherwise a program that receives what it
// sends would produce spans without end.
//
// It is left and ended as any other span. It is never a parent: a context with another span in it
// takes precedence, Detach ends it for the goroutine, and a goroutine that has inherited it makes
// spans again once it has been over for Config.ParentGrace.
func StartSilent() Span {
	c := currentConfig()
	if c == nil || c.PropagateOnly {
		return Span{}
	}
	outer := currentForStart()
	if outer == &suppressed {
		return Span{}
	}
	return startSilentSpan(outer, &propagate.Context{})
}

// StartSilentServer is StartSilent for an exporter's request that has arrived with these headers.
// Requests sent within it carry a context that is not sampled, so that other services make no spans
// either.
func StartSilentServer(headers map[string][]string) Span {
	s := StartSilent()
	c := currentConfig()
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

// startSilentSpan makes a silent span current that passes on this context.
func startSilentSpan(outer *span, parent *propagate.Context) Span {
	n := spans.Get().(*span)
	n.root = n
	n.ctx = *parent
	atomic.StoreUint32(&n.state, atomic.LoadUint32(&n.state)|silent)
	n.enter(outer)
	return Span{n, n.currentGeneration()}
}

// outgoingSpan returns the span whose context is sent to others: the current one, even if it is
// silent.
func outgoingSpan() Span {
	s := current()
	if s == nil || s == &suppressed {
		return Span{}
	}
	return Span{s, s.currentGeneration()}
}

// Sends reports whether a request that is sent now has a context to carry.
func Sends() bool { return outgoingSpan() != (Span{}) }

// ServerSpan returns the server span of the request that ctx belongs to, or the zero Span if it
// belongs to none.
func ServerSpan(ctx context.Context) Span {
	if s := inContext(ctx); s != nil {
		return visibleSpan(s.root)
	}
	return Span{}
}

// Lose notes that the response to the request can no longer be sent.
func (s Span) Lose() {
	if s.s != nil {
		s.s.mark(s.generation, lost)
	}
}

// Lost reports whether Lose was called.
func (s Span) Lost() bool {
	return s.s != nil && atomic.LoadUint32(&s.s.state)&(generationMask|lost) == s.generation|lost
}

// Increase adds n to a numeric attribute, which is 0 if it does not exist yet.
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
