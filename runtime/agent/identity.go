package agent

import "goagent/propagate"

// TraceContext returns the context that would be injected; all zeros for the zero Span.
func (s Span) TraceContext() propagate.Context { return s.context() }

// TraceID returns 32 hexadecimal digits, or "" for the zero Span.
func (s Span) TraceID() string {
	c := s.context()
	if !c.Valid() {
		return ""
	}
	return string(propagate.AppendHex(make([]byte, 0, 32), c.TraceID[:]))
}

// SpanID returns 16 hexadecimal digits, or "" for the zero Span.
func (s Span) SpanID() string {
	c := s.context()
	if !c.Valid() {
		return ""
	}
	return string(propagate.AppendHex(make([]byte, 0, 16), c.SpanID[:]))
}
