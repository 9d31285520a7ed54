package agent

import (
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"goagent/propagate"
)

// Kind is a span's kind, numbered as in OTLP.
type Kind uint8

// The kinds of spans.
const (
	KindInternal Kind = 1 + iota
	KindServer
	KindClient
	KindProducer
	KindConsumer
)

// Role is the kind of operation that a span stands for. Code of an inner layer that does a part of
// the operation asks for it.
type Role uint8

// The roles of spans. Most spans have none.
const (
	RoleHTTPClient Role = 1 + iota // one call of an HTTP client, its retries included
)

// Status is a span's status, numbered as in OTLP.
type Status uint8

// The statuses of spans.
const (
	StatusUnset Status = iota
	StatusOK
	StatusError
)

// AttrKind selects the field of an Attr that holds its value.
type AttrKind uint8

// The kinds of attribute values.
const (
	AttrString AttrKind = 1 + iota // in Str
	AttrInt                        // in Num, an int64
	AttrBool                       // in Num, 0 or 1
	AttrFloat                      // in Num, the bits of a float64
)

// Attr is one attribute, with its value unboxed.
type Attr struct {
	Key  string
	Str  string
	Num  uint64
	Kind AttrKind

	ValidKey bool // Key is known to be valid UTF-8, because it does not come from the program
}

// Event is something that happened at one moment of a span.
type Event struct {
	Name         string
	Time         int64 // nanoseconds since 1970
	Attrs        []Attr
	DroppedAttrs uint32
}

// Link refers to another span that is related to this one but is not its parent.
type Link struct {
	Context      propagate.Context
	Attrs        []Attr
	DroppedAttrs uint32
}

// Record is a finished span on its way to the exporters. An exporter that is given one reads it,
// calls Release once, and touches neither the record nor its strings afterwards: both are recycled.
// Data that must stay has to be copied.
type Record struct {
	TraceID       [16]byte
	SpanID        [8]byte
	ParentID      [8]byte // zeros if there is no parent
	Flags         byte    // W3C trace flags
	Remote        bool    // the parent is in another process
	Kind          Kind
	Status        Status
	State         string // W3C tracestate
	Name          string
	Start, End    int64 // nanoseconds since 1970
	Attrs         []Attr
	DroppedAttrs  uint32
	Events        []Event
	DroppedEvents uint32
	Links         []Link
	DroppedLinks  uint32

	refs           int32         // exporters that still read it
	monotonicStart time.Duration // start since epoch, by the monotonic clock
	baseName       string        // the name before a route was known
	limits         *Limits
	scratch        []byte // text of attributes that were given as bytes
	measurement    *measurement
	ids            idSource // of the spans that use this record, one after the other
	request        requestState
}

// Capacities of records. A record that has grown beyond the maximum is not kept for reuse.
const (
	initialAttrs   = 16
	maxKeptAttrs   = 64
	initialScratch = 256
	maxKeptScratch = 4096
	maxScratch     = 64 << 10 // longer text is not stored in the record
)

var records = sync.Pool{New: func() interface{} {
	r := &Record{Attrs: make([]Attr, 0, initialAttrs), scratch: make([]byte, 0, initialScratch)}
	r.ids.seed()
	return r
}}

// Share announces that n exporters will call Release. Without Share, one does.
func (r *Record) Share(n int) { atomic.StoreInt32(&r.refs, int32(n)) }

// Release gives the record back.
func (r *Record) Release() {
	if atomic.AddInt32(&r.refs, -1) != 0 {
		return // others still read it, or it never came from the pool
	}
	if cap(r.Attrs) > maxKeptAttrs || cap(r.scratch) > maxKeptScratch {
		return
	}
	for i := range r.Attrs {
		r.Attrs[i] = Attr{} // drops the program's strings
	}
	*r = Record{Attrs: r.Attrs[:0], scratch: r.scratch[:0], measurement: r.measurement, ids: r.ids}
	records.Put(r)
}

// set adds or overwrites one attribute.
func (r *Record) set(a Attr) {
	if a.Key == "" {
		return
	}
	if a.Kind == AttrString {
		a.Str = truncate(a.Str, r.limits.AttrLength)
	}
	for i := range r.Attrs {
		if r.Attrs[i].Key == a.Key {
			r.Attrs[i] = a
			return
		}
	}
	if len(r.Attrs) >= r.limits.AttrCount {
		r.DroppedAttrs++
		return
	}
	r.Attrs = append(r.Attrs, a)
}

// AddString adds an attribute that the record does not have yet, see Fresh.
func (r *Record) AddString(key, value string) {
	if a := r.appendAttr(key); a != nil {
		a.Kind, a.ValidKey = AttrString, true
		if a.Str = value; len(value) > r.limits.AttrLength {
			a.Str = truncate(value, r.limits.AttrLength)
		}
	}
}

// AddInt adds an attribute that the record does not have yet, see Fresh.
func (r *Record) AddInt(key string, value int64) {
	if a := r.appendAttr(key); a != nil {
		a.Kind, a.ValidKey = AttrInt, true
		a.Num = uint64(value)
	}
}

// appendAttr appends an attribute with this key; the caller fills in the rest.
func (r *Record) appendAttr(key string) *Attr {
	n := len(r.Attrs)
	if n >= r.limits.AttrCount {
		r.DroppedAttrs++
		return nil
	}
	if n < cap(r.Attrs) {
		r.Attrs = r.Attrs[:n+1] // all zeros, see Release
	} else {
		r.Attrs = append(r.Attrs, Attr{})
	}
	r.Attrs[n].Key = key
	return &r.Attrs[n]
}

// setError sets the status to error, and error.type.
func (r *Record) setError(errorType string) {
	r.Status = StatusError
	r.set(String("error.type", errorType))
}

// setText is set for text that is copied into the record itself.
func (r *Record) setText(key string, text []byte) {
	s := truncate(*(*string)(unsafe.Pointer(&text)), r.limits.AttrLength)
	if len(r.scratch)+len(s) > maxScratch { // somebody sets it again and again
		r.set(Attr{Key: key, Kind: AttrString, Str: string(text[:len(s)])})
		return
	}
	start := len(r.scratch)
	r.scratch = append(r.scratch, s...)
	kept := r.scratch[start:]
	r.set(Attr{Key: key, Kind: AttrString, Str: *(*string)(unsafe.Pointer(&kept))})
}

// addEvent adds one event. The attributes are copied.
func (r *Record) addEvent(name string, time int64, attrs []Attr) {
	if len(r.Events) >= r.limits.EventCount {
		r.DroppedEvents++
		return
	}
	e := Event{Name: truncate(name, maxName), Time: time}
	e.Attrs, e.DroppedAttrs = copyAttrs(attrs, r.limits.EventAttrs, r.limits.AttrLength)
	r.Events = append(r.Events, e)
}

// addLink adds one link. The attributes are copied.
func (r *Record) addLink(c propagate.Context, attrs []Attr) {
	if len(r.Links) >= r.limits.LinkCount {
		r.DroppedLinks++
		return
	}
	l := Link{Context: c}
	l.Attrs, l.DroppedAttrs = copyAttrs(attrs, r.limits.LinkAttrs, r.limits.AttrLength)
	r.Links = append(r.Links, l)
}

// copyAttrs copies at most max attributes. Of several with the same key the last wins.
func copyAttrs(attrs []Attr, max, length int) (kept []Attr, dropped uint32) {
next:
	for _, a := range attrs {
		if a.Key == "" {
			continue
		}
		if a.Kind == AttrString {
			a.Str = truncate(a.Str, length)
		}
		for i := range kept {
			if kept[i].Key == a.Key {
				kept[i] = a
				continue next
			}
		}
		if len(kept) >= max {
			dropped++
			continue
		}
		kept = append(kept, a)
	}
	return kept, dropped
}

// truncate cuts s to at most max characters; a byte that is not part of a character counts as one.
func truncate(s string, max int) string {
	if len(s) <= max {
		return s
	}
	n := 0
	for i := range s {
		if n == max {
			return s[:i]
		}
		n++
	}
	return s
}
