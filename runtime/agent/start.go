package agent

import (
	"context"
	"sync/atomic"
	"unsafe"

	"goagent/propagate"
)

func spanPointer(s *span) unsafe.Pointer { return unsafe.Pointer(s) }

// StartServer starts the span of an incoming request. Its parent is the one that the headers name,
// never a span of this process. The span becomes current, and is the span that Route names.
func StartServer(name string, headers map[string][]string) Span {
	return startRemote(name, KindServer, headers)
}

// StartConsumer is StartServer for a message.
func StartConsumer(name string, headers map[string][]string) Span {
	return startRemote(name, KindConsumer, headers)
}

func startRemote(name string, kind Kind, headers map[string][]string) Span {
	c := currentConfig()
	if c == nil {
		return Span{}
	}
	outer := currentForStart()
	if outer == &suppressed {
		return Span{}
	}
	if c.PropagateOnly {
		return startPropagating(c, outer, headers)
	}
	// The span will usually be in a context, so it is never reused: searching the pools of all
	// processors would not pay.
	n := new(span)
	n.root = n
	c.Formats.Extract(headers, &n.ctx)
	n.start(c, true, name, kind)
	n.enter(outer)
	return Span{n, n.currentGeneration()}
}

// startPropagating makes the context of a request current if nobody wants spans or measurements. It
// is only in the slots of the request's goroutines, in no context, so it can be reused and costs no
// allocation.
func startPropagating(c *Config, outer *span, headers map[string][]string) Span {
	n := spans.Get().(*span)
	if ok := c.Formats.Extract(headers, &n.ctx); !ok && n.ctx.Carried == nil && outer == nil {
		spans.Put(n)
		return Span{}
	}
	n.root = n
	atomic.StoreUint32(&n.state, atomic.LoadUint32(&n.state)|propagating)
	n.enter(outer)
	return Span{n, n.currentGeneration()}
}

// StartClient starts the span of a call to another service. Its parent is the span in ctx, or else
// the current span. The span becomes current. ctx may be nil.
func StartClient(ctx context.Context, name string) Span {
	return startLocal(ctx, name, KindClient, nil)
}

// StartClientWith is StartClient for a call that is sent with headers. If there is no span in ctx
// and none is current, the parent is the one that the headers name: the program has put it there
// itself.
func StartClientWith(ctx context.Context, name string, headers map[string][]string) Span {
	return startLocal(ctx, name, KindClient, headers)
}

// StartProducer is StartClient for a message that is sent.
func StartProducer(ctx context.Context, name string) Span {
	return startLocal(ctx, name, KindProducer, nil)
}

// StartInternal is StartClient for an operation within this process.
func StartInternal(ctx context.Context, name string) Span {
	return startLocal(ctx, name, KindInternal, nil)
}

func startLocal(ctx context.Context, name string, kind Kind, headers map[string][]string) Span {
	c := currentConfig()
	if c == nil || c.PropagateOnly {
		return Span{}
	}
	outer := currentForStart()
	parent := outer
	if s := inContext(ctx); s != nil {
		parent = s
	}
	if outer == &suppressed || parent == &suppressed {
		return Span{}
	}
	if parent != nil && parent.is(silent) {
		if parent == outer {
			return Span{}
		}
		// The parent is in a context: it is not current here yet.
		return startSilentSpan(outer, &parent.ctx)
	}
	n := spans.Get().(*span)
	if parent == nil {
		if !n.takeParentFrom(c, headers) && c.startsCarried {
			n.ctx.Carried = c.Formats.Begin()
		}
		n.start(c, false, name, kind)
		if expired := expiredParent(); expired != nil && n.record != nil && expired.ctx.Valid() {
			to := expired.ctx
			to.Carried = nil
			n.record.addLink(to, nil)
		}
	} else {
		n.root = parent.root
		n.ctx = parent.ctx
		n.start(c, false, name, kind)
	}
	n.enter(outer)
	return Span{n, n.currentGeneration()}
}

// takeParentFrom makes the context that headers name the span's parent. It returns false if they
// name none.
func (s *span) takeParentFrom(c *Config, headers map[string][]string) bool {
	if len(headers) == 0 {
		return false
	}
	if c.Formats.Extract(headers, &s.ctx) {
		return true
	}
	s.ctx = propagate.Context{}
	return false
}

// start gives the span, which has the context of its parent, ids and, if it is sampled, a record. A
// parent of all zeros means none.
func (s *span) start(c *Config, remote bool, name string, kind Kind) {
	if c.MeasureOnly {
		return
	}
	hasParent := s.ctx.Valid()
	if !hasParent {
		newTraceID(&s.ctx.TraceID)
	}
	if c.Sampler.sample(hasParent, &s.ctx) {
		s.ctx.Flags |= propagate.FlagSampled
		atomic.StoreUint32(&s.state, atomic.LoadUint32(&s.state)|recording)
		s.record = newRecord(c, &s.ctx, name, kind)
		s.record.Remote = remote && hasParent
		if c.Started != nil {
			c.Started(s.ctx.TraceID)
		}
	} else {
		s.ctx.Flags &^= propagate.FlagSampled
		s.ctx.Hints &^= propagate.Debug
		newSpanID(&s.ctx.SpanID)
	}
	s.ctx.Hints &^= propagate.Deferred // has been decided
}

// newRecord returns the record of a span whose parent's id is in ctx, and replaces that id by its
// own.
func newRecord(c *Config, ctx *propagate.Context, name string, kind Kind) *Record {
	r := records.Get().(*Record)
	r.limits = &c.Limits
	r.refs = 1
	r.ParentID = ctx.SpanID
	r.ids.spanID(&ctx.SpanID)
	r.TraceID, r.SpanID = ctx.TraceID, ctx.SpanID
	r.Flags, r.State = ctx.Flags, ctx.State
	r.Kind = kind
	r.Name, r.baseName = name, name
	r.monotonicStart, r.Start = clocks()
	return r
}
