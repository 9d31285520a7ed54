package agent

import "goagent/propagate"

// AddEvent records that something has happened now. The attributes are copied.
func (s Span) AddEvent(name string, attrs []Attr) {
	if r := s.lock(); r != nil {
		r.addEvent(name, date(), attrs)
		s.s.mu.Unlock()
	}
}

// AddLink says that the span has to do with another one, which is not its
// parent: one of several messages that are processed together. The attributes are copied. Without
// ids it does nothing: no receiver knows what to do with such a link.
func (s Span) AddLink(to propagate.Context, attrs []Attr) {
	if !to.Valid() {
		return
	}
	if r := s.lock(); r != nil {
		to.Carried = nil // is no part of a link
		r.addLink(to, attrs)
		s.s.mu.Unlock()
	}
}

// AddLinkTo is AddLink to the span that headers tell of, those of a message as
// StartConsumer takes them; without one it does nothing.
func (s Span) AddLinkTo(headers map[string][]string, attrs []Attr) {
	c := enabled()
	if c == nil || !s.Recording() {
		return
	}
	var to propagate.Context
	if c.Formats.Extract(headers, &to) {
		s.AddLink(to, attrs)
	}
}
