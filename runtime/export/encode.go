package export

import (
	"encoding/binary"
	"math"
	"math/bits"

	"goagent/agent"
)

// The field numbers of opentelemetry/proto/{trace,common,resource}/v1 and of the collector's trace
// service.
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

// The bits above the W3C flags, for whether the parent is in another process.
const (
	flagHasRemote = 1 << 8
	flagIsRemote  = 1 << 9
)

// encoder writes ExportTraceServiceRequest messages.
type encoder struct {
	buffer
	resource []byte // the encoded resource, which is always the same
	scope    []byte // the encoded scope, likewise
}

func newEncoder(resource []agent.Attr, scope, version string) *encoder {
	var w buffer
	at := w.open(resourceSpansResource)
	w.attrs(resourceAttributes, resource)
	w.close(at)
	e := &encoder{resource: w.b}
	var s buffer
	at = s.open(scopeSpansScope)
	s.text(scopeName, scope)
	s.text(scopeVersion, version)
	s.close(at)
	e.scope = s.b
	return e
}

// requestHead returns the bytes that precede this many bytes of spans in a request. They are valid
// until the next call.
func (e *encoder) requestHead(spans int) []byte {
	scope := len(e.scope) + spans
	resource := len(e.resource) + 1 + varintSize(scope) + scope
	e.b = e.b[:0]
	e.tag(requestResourceSpans, wireBytes)
	e.varint(uint64(resource))
	e.b = append(e.b, e.resource...)
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
	b := append(w.b, spanTraceID<<3|wireBytes, byte(len(r.TraceID)))
	b = append(b, r.TraceID[:]...)
	b = append(b, spanSpanID<<3|wireBytes, byte(len(r.SpanID)))
	b = append(b, r.SpanID[:]...)
	flags := uint32(r.Flags) | flagHasRemote
	if r.ParentID != [8]byte{} {
		b = append(b, spanParentID<<3|wireBytes, byte(len(r.ParentID)))
		b = append(b, r.ParentID[:]...)
		if r.Remote {
			flags |= flagIsRemote
		}
	}
	b = append(b, spanKind<<3|wireVarint, byte(r.Kind))
	b = appendFixed64(append(b, spanStart<<3|wireFixed64), uint64(r.Start))
	b = appendFixed64(append(b, spanEnd<<3|wireFixed64), uint64(r.End))
	w.b = b
	if r.State != "" {
		w.text(spanTraceState, r.State)
	}
	w.text(spanName, r.Name)
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

// link does not set whether the other span is in another process.
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

// attr computes each length before it writes, so that nothing has to be moved, and stores the
// buffer once, when everything is written.
func (w *buffer) attr(field int, a *agent.Attr) {
	key, text := a.Key, ""
	if !a.ValidKey {
		key = validUTF8(key)
	}
	value := 0
	switch a.Kind {
	case agent.AttrString:
		text = validUTF8(a.Str)
		value = 1 + varintSize(len(text)) + len(text)
	case agent.AttrInt, agent.AttrBool:
		value = 1 + (bits.Len64(a.Num|1)+6)/7
	case agent.AttrFloat:
		value = 9
	}
	size := 1 + varintSize(len(key)) + len(key) + 1 + varintSize(value) + value
	b := w.b
	if size < 0x80 {
		b = append(b, byte(field<<3|wireBytes), byte(size), keyValueKey<<3|wireBytes, byte(len(key)))
		b = append(b, key...)
		b = append(b, keyValueValue<<3|wireBytes, byte(value))
	} else {
		b = appendVarint(append(b, byte(field<<3|wireBytes)), uint64(size))
		b = appendVarint(append(b, keyValueKey<<3|wireBytes), uint64(len(key)))
		b = append(b, key...)
		b = appendVarint(append(b, keyValueValue<<3|wireBytes), uint64(value))
	}
	switch a.Kind {
	case agent.AttrString:
		b = appendVarint(append(b, valueString<<3|wireBytes), uint64(len(text)))
		b = append(b, text...)
	case agent.AttrInt:
		b = appendVarint(append(b, valueInt<<3|wireVarint), a.Num)
	case agent.AttrBool:
		b = appendVarint(append(b, valueBool<<3|wireVarint), a.Num)
	case agent.AttrFloat:
		b = appendFixed64(append(b, valueDouble<<3|wireFixed64), a.Num)
	}
	w.b = b
}

// rejectedSpans reads ExportTraceServiceResponse.partial_success.rejected_spans. It returns 0 if
// the response is not such a message.
func rejectedSpans(response []byte) uint64 {
	const partialSuccess, rejectedSpans = 1, 1
	partial, _ := lastField(response, partialSuccess)
	_, n := lastField(partial, rejectedSpans)
	if n > math.MaxInt64 {
		return 0
	}
	return n
}

// lastField returns the last field of this number in a message: its bytes, or its value as a
// number.
func lastField(message []byte, number uint64) (data []byte, value uint64) {
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
