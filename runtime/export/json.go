package export

import (
	"math"
	"strconv"
	"unicode/utf8"

	"goagent/agent"
	"goagent/propagate"
)

// jsonWriter writes OTLP in its JSON form: ids in hexadecimal digits, numbers of 64 bits as
// strings, enumerations as numbers, empty values omitted.
type jsonWriter struct{ b []byte }

// spansPrefix writes the beginning of every line with spans: resource and scope.
func (w *jsonWriter) spansPrefix(resource []agent.Attr, scope, version string) {
	w.writePrefix(jsonLists{`{"resourceSpans"`, `"scopeSpans"`, `"spans"`}, resource, scope, version)
}

// jsonLists are the names of the three lists that are nested in each other, with their quotation
// marks; the first one follows the brace that opens the line.
type jsonLists struct{ resources, scopes, items string }

// writePrefix is spansPrefix for lists with these names.
func (w *jsonWriter) writePrefix(lists jsonLists, resource []agent.Attr, scope, version string) {
	w.raw(lists.resources + `:[{"resource":{`)
	w.attrs(resource)
	w.raw(`},` + lists.scopes + `:[{"scope":{"name":`)
	w.text(scope)
	w.raw(`,"version":`)
	w.text(version)
	w.raw(`},` + lists.items + `:[`)
}

// jsonSuffix closes the objects and lists that a prefix opens.
const jsonSuffix = "]}]}]}\n"

func (w *jsonWriter) span(r *agent.Record) {
	w.raw(`{"traceId":"`)
	w.ids(r.TraceID[:], r.SpanID[:], r.State)
	flags := uint32(r.Flags) | flagHasRemote
	if r.ParentID != [8]byte{} {
		w.raw(`,"parentSpanId":"`)
		w.b = append(propagate.AppendHex(w.b, r.ParentID[:]), '"')
		if r.Remote {
			flags |= flagIsRemote
		}
	}
	w.count(`,"flags":`, flags)
	w.raw(`,"name":`)
	w.text(r.Name)
	w.count(`,"kind":`, uint32(r.Kind))
	w.time(`,"startTimeUnixNano":"`, r.Start)
	w.time(`,"endTimeUnixNano":"`, r.End)
	w.moreAttrs(r.Attrs, r.DroppedAttrs)
	for i := range r.Events {
		e := &r.Events[i]
		w.listItem(`,"events":[{`, i)
		w.time(`"timeUnixNano":"`, e.Time)
		w.raw(`,"name":`)
		w.text(e.Name)
		w.moreAttrs(e.Attrs, e.DroppedAttrs)
		w.raw("}")
	}
	w.endList(len(r.Events))
	w.count(`,"droppedEventsCount":`, r.DroppedEvents)
	for i := range r.Links {
		l := &r.Links[i]
		w.listItem(`,"links":[{`, i)
		w.raw(`"traceId":"`)
		w.ids(l.Context.TraceID[:], l.Context.SpanID[:], l.Context.State)
		w.moreAttrs(l.Attrs, l.DroppedAttrs)
		w.count(`,"flags":`, uint32(l.Context.Flags))
		w.raw("}")
	}
	w.endList(len(r.Links))
	w.count(`,"droppedLinksCount":`, r.DroppedLinks)
	if r.Status != agent.StatusUnset {
		w.count(`,"status":{"code":`, uint32(r.Status))
		w.raw("}")
	}
	w.raw("}")
}

func (w *jsonWriter) raw(s string) { w.b = append(w.b, s...) }

// listItem begins the next object of a list; head begins the first one.
func (w *jsonWriter) listItem(head string, i int) {
	if i > 0 {
		head = ",{"
	}
	w.raw(head)
}

// endList closes a list that listItem has opened, if it has.
func (w *jsonWriter) endList(items int) {
	if items > 0 {
		w.raw("]")
	}
}

// ids writes the text that follows the beginning of a trace id.
func (w *jsonWriter) ids(trace, span []byte, state string) {
	w.b = propagate.AppendHex(w.b, trace)
	w.raw(`","spanId":"`)
	w.b = append(propagate.AppendHex(w.b, span), '"')
	if state != "" {
		w.raw(`,"traceState":`)
		w.text(state)
	}
}

// count writes a number unless it is zero.
func (w *jsonWriter) count(name string, n uint32) {
	if n != 0 {
		w.raw(name)
		w.b = strconv.AppendUint(w.b, uint64(n), 10)
	}
}

func (w *jsonWriter) time(name string, ns int64) {
	w.raw(name)
	w.b = append(strconv.AppendUint(w.b, uint64(ns), 10), '"')
}

// moreAttrs writes attributes after another field.
func (w *jsonWriter) moreAttrs(attrs []agent.Attr, dropped uint32) {
	if len(attrs) > 0 {
		w.raw(",")
		w.attrs(attrs)
	}
	w.count(`,"droppedAttributesCount":`, dropped)
}

func (w *jsonWriter) attrs(attrs []agent.Attr) {
	w.raw(`"attributes":[`)
	for i := range attrs {
		a := &attrs[i]
		w.listItem(`{`, i)
		w.raw(`"key":`)
		w.text(a.Key)
		w.raw(`,"value":{`)
		switch a.Kind {
		case agent.AttrString:
			w.raw(`"stringValue":`)
			w.text(a.Str)
		case agent.AttrInt:
			w.raw(`"intValue":"`)
			w.b = append(strconv.AppendInt(w.b, int64(a.Num), 10), '"')
		case agent.AttrBool:
			w.raw(`"boolValue":`)
			w.b = strconv.AppendBool(w.b, a.Num != 0)
		case agent.AttrFloat:
			w.raw(`"doubleValue":`)
			w.float(math.Float64frombits(a.Num))
		}
		w.raw("}}")
	}
	w.raw("]")
}

// float writes a number; three values have no number in JSON.
func (w *jsonWriter) float(f float64) {
	switch {
	case math.IsNaN(f):
		w.raw(`"NaN"`)
	case math.IsInf(f, 1):
		w.raw(`"Infinity"`)
	case math.IsInf(f, -1):
		w.raw(`"-Infinity"`)
	default:
		w.b = strconv.AppendFloat(w.b, f, 'g', -1, 64)
	}
}

// text writes a string. Invalid UTF-8 becomes the replacement character, one for each run of such
// bytes, as in the protobuf form.
func (w *jsonWriter) text(s string) {
	const hex = "0123456789abcdef"
	w.b = append(w.b, '"')
	broken := false
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if invalid := r == utf8.RuneError && size == 1; !invalid {
				w.raw(s[i : i+size])
				broken = false
			} else if !broken {
				w.raw("\uFFFD")
				broken = true
			}
			i += size
			continue
		}
		broken = false
		switch {
		case c == '"' || c == '\\':
			w.b = append(w.b, '\\', c)
		case c < ' ' || c == 0x7f:
			w.b = append(w.b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			w.b = append(w.b, c)
		}
		i++
	}
	w.b = append(w.b, '"')
}
