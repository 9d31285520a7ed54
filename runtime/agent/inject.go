package agent

// What a plugin that sends headers calls. In the simple case, a table that is its
// own to write to, InjectHeader; a table that is the program's is copied by
// OutgoingHeader. Where the program's headers cannot be replaced, but others can be sent
// beside them: InjectBeside, unless CarriesContext.

// InjectHeader writes the current span's context to h, a table with canonical
// keys, unless h has a context already, in whatever of the formats that are configured. Baggage
// that is there stays as well. It does nothing without a current span.
func InjectHeader(h map[string][]string) { outgoingSpan().InjectHeader(h) }

// InjectHeader is the function InjectHeader for this span.
func (s Span) InjectHeader(h map[string][]string) {
	if s.s == nil || h == nil {
		return
	}
	if c := enabled(); c != nil {
		c.Formats.Inject(h, s.context())
	}
}

// InjectBeside is InjectHeader for a request whose headers are in two tables: it
// looks at those in own, which it does not change, and writes to extra.
func InjectBeside(extra, own map[string][]string) {
	s := outgoingSpan()
	if s.s == nil || extra == nil {
		return
	}
	if c := enabled(); c != nil {
		c.Formats.InjectBeside(extra, own, s.context())
	}
}

// CarriesContext reports whether headers to be sent say who the parent is, in any
// of the formats that are configured: the program has put it in, or has passed on what it
// was sent itself.
func CarriesContext(h map[string][]string) bool {
	c := enabled()
	return c != nil && c.Formats.Present(h)
}

// OutgoingHeader returns a copy of h with the current span's context in it. It
// returns nil where h is to be sent as it is: there is no current span, or h has a
// context of another trace, which is the program's own choice. One of the same
// trace is replaced: a proxy has passed on the headers of the request that it
// serves, or a span further down has written it.
func OutgoingHeader(h map[string][]string) map[string][]string {
	s := outgoingSpan()
	if s.s == nil {
		return nil
	}
	c := enabled()
	if c == nil {
		return nil
	}
	return c.Formats.Outgoing(h, s.context())
}
