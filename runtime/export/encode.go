package export

import (
	"encoding/binary"
	"math"
	"math/bits"

	"goagent/agent"
)

// The field numbers of opentelemetry/proto/{trace,common,resource}/v1 and of the
// collector's trace service.
const (
	requestResourceSpans = 1

	resourceSpansResource = 1
	resourceSpansScope    = 2
	resourceAttributes    = 1

	scopeSpansScope = 1
	scopeSpansSpan  = 2
	scopeName       = 1
	scopeVersion    = 2

	spanTraceID       = 1
	spanSpanID        = 2
	spanTraceState    = 3
	spanParentID      = 4
	spanName          = 5
	spanKind          = 6
	spanStart         = 7
	spanEnd           = 8
	spanAttributes    = 9
	spanDroppedAttrs  = 10
	spanEvents        = 11
	spanDroppedEvents = 12
	spanLinks         = 13
	spanDroppedLinks  = 14
	spanStatus        = 15
	spanFlags         = 16

	statusCode = 3

	eventTime       = 1
	eventName       = 2
	eventAttributes = 3
	eventDropped    = 4

	linkTraceID    = 1
	linkSpanID     = 2
	linkState      = 3
	linkAttributes = 4
	linkDropped    = 5
	linkFlags      = 6

	keyValueKey   = 1
	keyValueValue = 2

	valueString = 1
	valueBool   = 2
	valueInt    = 3
	valueDouble = 4
)

// The bits above the W3C flags: whether the parent is in another process.
const (
	flagHasRemote = 1 << 8
	flagIsRemote  = 1 << 9
)

// encoder writes ExportTraceServiceRequest messages.
type encoder struct {
	buffer
	prefix []byte // the resource, which is always the same
	scope  []byte // the scope, too
}

func newEncoder(resource []agent.Attr, scope, version string) *encoder {
	var w buffer
	at := w.open(resourceSpansResource)
	w.attrs(resourceAttributes, resource)
	w.close(at)
	e := &encoder{prefix: w.b}
	var s buffer
	at = s.open(scopeSpansScope)
	s.text(scopeName, scope)
	s.text(scopeVersion, version)
	s.close(at)
	e.scope = s.b
	return e
}

// head returns what stands before this many bytes of spans in a request; it is valid until the next call.
func (e *encoder) head(spans int) []byte {
	scope := len(e.scope) + spans
	resource := len(e.prefix) + 1 + varintSize(scope) + scope
	e.b = e.b[:0]
	e.tag(requestResourceSpans, wireBytes)
	e.varint(uint64(resource))
	e.b = append(e.b, e.prefix...)
	e.tag(resourceSpansScope, wireBytes)
	e.varint(uint64(scope))
	e.b = append(e.b, e.scope...)
	return e.b
}

// spanField writes a field of ScopeSpans.
func (w *buffer) spanField(r *agent.Record) {
	at := w.openLong(scopeSpansSpan)
	w.span(r)
	w.closeLong(at)
}

func (w *buffer) span(r *agent.Record) {
	w.bytes(spanTraceID, r.TraceID[:])
	w.bytes(spanSpanID, r.SpanID[:])
	if r.State != "" {
		w.text(spanTraceState, r.State)
	}
	flags := uint32(r.Flags) | flagHasRemote
	if r.ParentID != [8]byte{} {
		w.bytes(spanParentID, r.ParentID[:])
		if r.Remote {
			flags |= flagIsRemote
		}
	}
	w.text(spanName, r.Name)
	w.number(spanKind, uint64(r.Kind))
	w.fixed64(spanStart, uint64(r.Start))
	w.fixed64(spanEnd, uint64(r.End))
	w.attrs(spanAttributes, r.Attrs)
	w.number(spanDroppedAttrs, uint64(r.DroppedAttrs))
	for i := range r.Events {
		at := w.open(spanEvents)
		w.fixed64(eventTime, uint64(r.Events[i].Time))
		w.text(eventName, r.Events[i].Name)
		w.attrs(eventAttributes, r.Events[i].Attrs)
		w.number(eventDropped, uint64(r.Events[i].DroppedAttrs))
		w.close(at)
	}
	w.number(spanDroppedEvents, uint64(r.DroppedEvents))
	for i := range r.Links {
		at := w.open(spanLinks)
		w.link(&r.Links[i])
		w.close(at)
	}
	w.number(spanDroppedLinks, uint64(r.DroppedLinks))
	if r.Status != agent.StatusUnset {
		at := w.open(spanStatus)
		w.number(statusCode, uint64(r.Status))
		w.close(at)
	}
	w.longTag(spanFlags, wireFixed32)
	w.fixed32(flags)
}

// link leaves open whether the other span is in another process.
func (w *buffer) link(l *agent.Link) {
	w.bytes(linkTraceID, l.Context.TraceID[:])
	w.bytes(linkSpanID, l.Context.SpanID[:])
	if l.Context.State != "" {
		w.text(linkState, l.Context.State)
	}
	w.attrs(linkAttributes, l.Attrs)
	w.number(linkDropped, uint64(l.DroppedAttrs))
	w.tag(linkFlags, wireFixed32)
	w.fixed32(uint32(l.Context.Flags))
}

func (w *buffer) fixed32(v uint32) {
	var b [4]byte
	binary.LittleEndian.PutUint32(b[:], v)
	w.b = append(w.b, b[:]...)
}

func (w *buffer) attrs(field int, attrs []agent.Attr) {
	for i := range attrs {
		w.attr(field, &attrs[i])
	}
}

// attr knows each length before it writes, so that nothing is moved.
func (w *buffer) attr(field int, a *agent.Attr) {
	key, text := valid(a.Key), ""
	value := 0
	switch a.Kind {
	case agent.AttrString:
		text = valid(a.Str)
		value = 1 + varintSize(len(text)) + len(text)
	case agent.AttrInt, agent.AttrBool:
		value = 1 + (bits.Len64(a.Num|1)+6)/7
	case agent.AttrFloat:
		value = 9
	}
	size := 1 + varintSize(len(key)) + len(key) + 1 + varintSize(value) + value
	if size < 0x80 {
		w.b = append(w.b, byte(field<<3|wireBytes), byte(size), keyValueKey<<3|wireBytes, byte(len(key)))
		w.b = append(w.b, key...)
		w.b = append(w.b, keyValueValue<<3|wireBytes, byte(value))
	} else {
		w.tag(field, wireBytes)
		w.varint(uint64(size))
		w.tag(keyValueKey, wireBytes)
		w.varint(uint64(len(key)))
		w.b = append(w.b, key...)
		w.tag(keyValueValue, wireBytes)
		w.varint(uint64(value))
	}
	switch a.Kind {
	case agent.AttrString:
		w.tag(valueString, wireBytes)
		w.varint(uint64(len(text)))
		w.b = append(w.b, text...)
	case agent.AttrInt:
		w.tag(valueInt, wireVarint)
		w.varint(a.Num)
	case agent.AttrBool:
		w.tag(valueBool, wireVarint)
		w.varint(a.Num)
	case agent.AttrFloat:
		w.double(valueDouble, math.Float64frombits(a.Num))
	}
}

// rejected reads ExportTraceServiceResponse.partial_success.rejected_spans. A
// response that is no such message says 0.
func rejected(response []byte) uint64 {
	const partialSuccess, rejectedSpans = 1, 1
	partial, _ := field(response, partialSuccess)
	_, n := field(partial, rejectedSpans)
	if n > math.MaxInt64 {
		return 0
	}
	return n
}

// field returns the last field of this number in a message: its bytes, or its
// value as a number.
func field(message []byte, number uint64) (data []byte, value uint64) {
	for len(message) > 0 {
		tag, n := binary.Uvarint(message)
		if n <= 0 {
			return nil, 0
		}
		message = message[n:]
		var size uint64
		switch tag & 7 {
		case wireVarint:
			v, n := binary.Uvarint(message)
			if n <= 0 {
				return nil, 0
			}
			if tag>>3 == number {
				value = v
			}
			size = uint64(n)
		case wireFixed64:
			size = 8
		case wireFixed32:
			size = 4
		case wireBytes:
			length, n := binary.Uvarint(message)
			if n <= 0 || length > uint64(len(message)-n) {
				return nil, 0
			}
			message = message[n:]
			if tag>>3 == number {
				data = message[:length]
			}
			size = length
		default:
			return nil, 0
		}
		if size > uint64(len(message)) {
			return nil, 0
		}
		message = message[size:]
	}
	return data, value
}
