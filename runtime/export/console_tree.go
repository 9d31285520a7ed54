package export

import (
	"bytes"
	"fmt"
	"math"
	"sort"
	"strconv"
	"strings"
	"time"

	"goagent/agent"
)

// consoleSpan is the part of a record that the console keeps.
type consoleSpan struct {
	span, parent [8]byte
	remote       bool
	status       agent.Status
	start, end   int64
	title        string // kind and name
	details      string // the attributes that are shown
	children     []*consoleSpan
}

// terminalStyle holds the terminal's codes; the zero value is plain text.
type terminalStyle struct{ title, failure, faint, off string }

var colours = terminalStyle{title: "\x1b[1m", failure: "\x1b[31m", faint: "\x1b[2m", off: "\x1b[0m"}

var kindNames = map[agent.Kind]string{
	agent.KindInternal: "internal",
	agent.KindServer:   "server",
	agent.KindClient:   "client",
	agent.KindProducer: "producer",
	agent.KindConsumer: "consumer",
}

var statusNames = [...]string{"unset", "ok", "error"}

// hiddenAttrs are attributes that are of little interest to a reader, or repeat the name.
var hiddenAttrs = map[string]bool{
	"http.request.method":      true,
	"url.scheme":               true,
	"network.peer.address":     true,
	"network.peer.port":        true,
	"network.protocol.version": true,
	"client.address":           true,
	"user_agent.original":      true,
}

// newConsoleSpan copies what it needs: the record's strings do not stay.
func newConsoleSpan(r *agent.Record) *consoleSpan {
	e := &consoleSpan{
		span: r.SpanID, parent: r.ParentID, remote: r.Remote, status: r.Status,
		start: r.Start, end: r.End,
		title: kindNames[r.Kind] + " " + printable(r.Name),
	}
	url := false
	for i := range r.Attrs {
		url = url || r.Attrs[i].Key == "url.full"
	}
	var b strings.Builder
	for i := range r.Attrs {
		a := &r.Attrs[i]
		// A client's url.full includes server.address and server.port.
		if hiddenAttrs[a.Key] || url && strings.HasPrefix(a.Key, "server.") {
			continue
		}
		b.WriteString("  " + a.Key + "=" + valueText(a))
	}
	for i := range r.Events {
		b.WriteString("  event=" + printable(r.Events[i].Name))
		for j := range r.Events[i].Attrs {
			if a := &r.Events[i].Attrs[j]; a.Key == "exception.message" {
				b.WriteString("  " + a.Key + "=" + valueText(a))
			}
		}
	}
	for i := range r.Links {
		fmt.Fprintf(&b, "  link=%x-%x", r.Links[i].Context.TraceID, r.Links[i].Context.SpanID)
	}
	e.details = b.String()
	return e
}

// valueText returns an attribute's value on one line.
func valueText(a *agent.Attr) string {
	if a.Kind != agent.AttrString {
		return attrText(a)
	}
	s := printable(a.Str)
	if s == "" || s[0] != '"' && strings.IndexByte(s, ' ') >= 0 {
		return strconv.Quote(s)
	}
	return s
}

// attrText returns an attribute's value as a string.
func attrText(a *agent.Attr) string {
	switch a.Kind {
	case agent.AttrInt:
		return strconv.FormatInt(int64(a.Num), 10)
	case agent.AttrBool:
		return strconv.FormatBool(a.Num != 0)
	case agent.AttrFloat:
		return strconv.FormatFloat(math.Float64frombits(a.Num), 'g', -1, 64)
	}
	return a.Str
}

// maxShownText bounds how much of a string is shown, in bytes.
const maxShownText = 120

// printable makes foreign text fit for a terminal: short, and quoted if it has anything that does
// not print.
func printable(s string) string {
	cut := ""
	if len(s) > maxShownText {
		s, cut = strings.ToValidUTF8(s[:maxShownText], ""), "..."
	}
	for _, c := range s {
		if !strconv.IsPrint(c) || c == '"' || c == '\uFFFD' {
			return strconv.Quote(s) + cut
		}
	}
	return s + cut
}

// render returns the text of a trace, nil if no span of it has ended.
func (c *Console) render(id [16]byte, t *openTrace) []byte {
	if len(t.spans) == 0 {
		return nil
	}
	roots, first, last := buildTree(t.spans)
	var b bytes.Buffer
	count := "1 span"
	if len(t.spans) != 1 {
		count = strconv.Itoa(len(t.spans)) + " spans"
	}
	fmt.Fprintf(&b, "trace %x  %s  %s%s", id, count, durationText(last-first), c.header)
	if t.openSpans > 0 {
		fmt.Fprintf(&b, "  (%d not ended)", t.openSpans)
	}
	if t.lost > 0 {
		fmt.Fprintf(&b, "  (%d dropped)", t.lost)
	}
	b.WriteByte('\n')
	for _, e := range roots {
		c.writeSpan(&b, e, 1)
	}
	return b.Bytes()
}

// buildTree joins the spans to trees. A span whose parent is not among them is a root.
func buildTree(spans []*consoleSpan) (roots []*consoleSpan, first, last int64) {
	sort.SliceStable(spans, func(i, j int) bool { return spans[i].start < spans[j].start })
	byID := make(map[[8]byte]*consoleSpan, len(spans))
	for _, e := range spans {
		byID[e.span] = e
	}
	first, last = spans[0].start, spans[0].end
	for _, e := range spans {
		if e.end > last {
			last = e.end
		}
		if up := byID[e.parent]; up != nil && up != e {
			up.children = append(up.children, e)
		} else {
			roots = append(roots, e)
		}
	}
	return roots, first, last
}

// maxIndent is the indentation at which deep trees stop moving to the right.
const maxIndent = 40

func (c *Console) writeSpan(b *bytes.Buffer, e *consoleSpan, depth int) {
	indent := depth
	if indent > maxIndent {
		indent = maxIndent
	}
	s := &c.style
	b.WriteString(strings.Repeat("  ", indent))
	b.WriteString(s.title + e.title + s.off + "  " + durationText(e.end-e.start) + "  ")
	if e.status == agent.StatusError {
		b.WriteString(s.failure + "error" + s.off)
	} else {
		b.WriteString(statusNames[e.status])
	}
	b.WriteString(e.details)
	fmt.Fprintf(b, "  %sspan=%x", s.faint, e.span)
	if e.parent != [8]byte{} {
		fmt.Fprintf(b, " parent=%x", e.parent)
		if e.remote {
			b.WriteString(" (remote)")
		}
	}
	b.WriteString(s.off + "\n")
	for _, child := range e.children {
		c.writeSpan(b, child, depth+1)
	}
}

// durationText writes nanoseconds with about four digits.
func durationText(ns int64) string {
	d := time.Duration(ns)
	switch {
	case d >= time.Second:
		d = d.Round(time.Millisecond)
	case d >= time.Millisecond:
		d = d.Round(time.Microsecond)
	case d >= time.Microsecond:
		d = d.Round(10 * time.Nanosecond)
	}
	return d.String()
}
