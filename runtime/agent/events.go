package agent

import "goagent/propagate"

// AddEvent records that something has happened now. The attributes are copied.
func (s Span) AddEvent(name string, attrs []Attr) {
	if r := s.lock(); r != nil {
		r.addEvent(name, date(), attrs)
		s.s.mu.Unlock()
	}
}

// AddLink links the span to another span that is not its parent, such as one of several messages
// that are processed together. The attributes are copied. It does nothing without ids: no receiver
// could use such a link.
func (s Span) AddLink(to propagate.Context, attrs []Attr) {
	if !to.Valid() {
		return
	}
	if r := s.lock(); r != nil {
		to.Carried = nil // not part of a link
		r.addLink(to, attrs)
		s.s.mu.Unlock()
	}
}

// AddLinkTo is AddLink to the span that headers name, such as those of a message in the form that
// StartConsumer takes. It does nothing if they name none.
func (s Span) AddLinkTo(headers map[string][]string, attrs []Attr) {
	c := currentConfig()
	if c == nil || !s.Recording() {
		return
	}
	var to propagate.Context
	if c.Formats.Extract(headers, &to) {
		s.AddLink(to, attrs)
	}
}
