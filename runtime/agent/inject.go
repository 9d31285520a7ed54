package agent

// Plugins that send headers choose one of these: InjectHeader if the header table is theirs to
// change; OutgoingHeader, which copies the table, if it belongs to the program; InjectBeside,
// unless CarriesContext, if the program's headers cannot be replaced but others can be sent beside
// them.

// InjectHeader writes the current span's context to h, a table with canonical keys, unless h
// already has a context in any of the configured formats. Existing baggage is kept as well. Without
// a current span it does nothing.
func InjectHeader(h map[string][]string) { outgoingSpan().InjectHeader(h) }

// InjectHeader is the function InjectHeader for this span.
func (s Span) InjectHeader(h map[string][]string) {
	if s.s == nil || h == nil {
		return
	}
	if c := currentConfig(); c != nil {
		c.Formats.Inject(h, s.context())
	}
}

// InjectBeside is InjectHeader for a request whose headers are in two tables: it reads own, which
// it does not change, and writes to extra.
func InjectBeside(extra, own map[string][]string) {
	s := outgoingSpan()
	if s.s == nil || extra == nil {
		return
	}
	if c := currentConfig(); c != nil {
		c.Formats.InjectBeside(extra, own, s.context())
	}
}

// CarriesContext reports whether headers to be sent name a parent in any of the configured formats:
// the program has put it there, or has passed on what it received.
func CarriesContext(h map[string][]string) bool {
	c := currentConfig()
	return c != nil && c.Formats.Present(h)
}

// OutgoingHeader returns a copy of h with the current span's context in it. It returns nil if h is
// to be sent unchanged: there is no current span, or h has a context of another trace, which is the
// program's own choice. A context of the same trace is replaced: a proxy has passed on the headers
// of the request that it serves, or an inner span has written it.
func OutgoingHeader(h map[string][]string) map[string][]string {
	s := outgoingSpan()
	if s.s == nil {
		return nil
	}
	c := currentConfig()
	if c == nil {
		return nil
	}
	return c.Formats.Outgoing(h, s.context())
}
