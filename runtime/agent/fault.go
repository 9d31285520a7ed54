package agent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"unsafe"
)

// Point is a place in which a rule was woven.
type Point struct{ Plugin, Rule, Package, Function string }

// faults counts the panics of templates.
var faults struct {
	count    int64
	reported sync.Map // *Point; the points that were reported
}

// Fault records that a template at p has panicked with value. It counts the panic, reports the
// first one of each point on stderr, and never panics itself.
func Fault(p *Point, value interface{}) {
	defer func() { _ = recover() }() // the value's Error method may panic
	atomic.AddInt64(&faults.count, 1)
	if p == nil {
		return
	}
	if _, reported := faults.reported.LoadOrStore(p, true); reported {
		return
	}
	text := "goagent: rule " + p.Rule + " of plugin " + p.Plugin + " failed in " + p.Package + "." + p.Function + templatePlace() +
		": " + firstNonEmpty(panicMessage(value), typeName(value)) + "; the program goes on, this is said once\n"
	if os.Stderr == nil {
		print(text) // package os is not initialised yet: a package that it imports has failed
		return
	}
	_, _ = io.WriteString(os.Stderr, text)
}

// templateFolder is the folder of templates in the line directives of woven code.
const templateFolder = "goagent/plugins/"

// templatePlace returns " at gin.gorule:14" for the innermost template on the stack of a panic that
// is being recovered, and "" if there is none.
func templatePlace() string {
	var callers [64]uintptr
	frames := runtime.CallersFrames(callers[:runtime.Callers(3, callers[:])])
	for {
		frame, more := frames.Next()
		if at := strings.LastIndex(frame.File, templateFolder); at >= 0 {
			return fmt.Sprintf(" at %s:%d", frame.File[at+len(templateFolder):], frame.Line)
		}
		if !more {
			return ""
		}
	}
}

// Faults returns how many templates have panicked.
func Faults() int64 { return atomic.LoadInt64(&faults.count) }

// PanicDepth returns the number of panics in progress in this goroutine.
func PanicDepth() int32 { return panicDepth() }

// Panicking reports whether a panic, and not a Goexit, is passing through a function that was
// entered at depth. It returns the panic's value as well.
func Panicking(depth int32) (bool, interface{}) {
	if panicDepth() <= depth {
		return false, nil
	}
	value, goexit := panicValue()
	if goexit {
		return false, nil
	}
	return true, value
}

// maxMessage bounds the recorded message of a panic, in characters.
const maxMessage = 1024

// SetPanic records that a panic with this value ended the operation: an exception event, and the
// value's type as error.type. The event has a message if one can be had without calling a method of
// the program, see panicMessage.
func (s Span) SetPanic(value interface{}) { s.recordPanic(value, true) }

// NotePanic records a panic that passes through a function of this goroutine on its way to a
// function that recovers it, as an exception event of the server span. The response, not the panic,
// decides if the request has failed, see NoteError. Every function on the way may call NotePanic,
// and SetPanic may follow if nobody has recovered: a panic is recorded as one event.
func NotePanic(value interface{}) {
	if s := current(); s != nil && s.root != nil && !isAbort(value) {
		visibleSpan(s.root).recordPanic(value, false)
	}
}

// NoteError records an error that was reported to a framework while it served the request of this
// context, as an exception event of the server span. The error does not make the request a failure;
// the status of the response does (a handler may report an error and answer 400, or even 200). If
// the request has failed, error.type is the type of the last noted error, unless that type is as
// uninformative as that of errors.New. The error is named by its type, as in EndErr: its text may
// contain anything.
func NoteError(ctx context.Context, err error) {
	if err == nil || isAbort(err) {
		return
	}
	server := serverSpanOf(ctx)
	r, m := server.lockAll()
	if r == nil && m == nil {
		return
	}
	kind, q := errorType(err), requestStateOf(r, m)
	switch kind {
	// types that carry no information
	case "*errors.errorString", "*errors.joinError", "*fmt.wrapError", "*fmt.wrapErrors":
	default:
		q.notedType = kind
	}
	if q.noteIfNew(err) && r != nil {
		r.addEvent("exception", date(), []Attr{String("exception.type", kind)})
	}
	server.s.mu.Unlock()
}

// recordPanic records a panic; ended is true if it has ended the operation.
func (s Span) recordPanic(value interface{}, ended bool) {
	kind := typeName(value)
	attrs := [...]Attr{String("exception.type", kind), {}}
	if s.Recording() {
		if text := panicMessage(value); text != "" {
			attrs[1] = String("exception.message", text)
		}
	}
	r, m := s.lockAll()
	if r == nil && m == nil {
		return
	}
	q := requestStateOf(r, m)
	q.notedType = kind
	if q.noteIfNew(value) && r != nil {
		r.addEvent("exception", date(), attrs[:])
	}
	if r != nil && ended {
		r.setError(kind)
	}
	if m != nil && ended {
		m.setErrorType(kind)
	}
	s.s.mu.Unlock()
}

// noteIfNew remembers an error or the value of a panic, and reports whether it differs from the
// last one.
func (q *requestState) noteIfNew(value interface{}) bool {
	// words identifies the value by its address: comparing two values may panic.
	words := *(*[2]uintptr)(unsafe.Pointer(&value))
	if q.lastNoted == words {
		return false
	}
	q.lastNoted = words
	return true
}

// isAbort reports whether this is net/http's ErrAbortHandler: the handler wants its response cut
// off, and has not failed. That package cannot be imported here.
func isAbort(value interface{}) bool {
	_, ok := value.(error)
	return ok && panicMessage(value) == "net/http: abort Handler"
}

// panicMessage returns roughly what a panic with this value would print. It returns "" if the text
// would come from the program's own code: an Error method may wait for a lock that the panicking
// function still holds, and may return something that nobody should read.
func panicMessage(value interface{}) (text string) {
	defer func() {
		if recover() != nil {
			text = ""
		}
	}()
	switch v := value.(type) {
	case error:
		if !hasSafeText(v) {
			return ""
		}
		text = v.Error()
	case string:
		text = v
	case bool, int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64, uintptr,
		float32, float64, complex64, complex128:
		text = fmt.Sprint(v)
	default: // a panic does not print such a value either, and it may be huge
		return ""
	}
	return truncate(text, maxMessage)
}

// hasSafeText reports whether an error is one of Go's own types that stores its text or builds it
// from its own fields.
func hasSafeText(err error) bool {
	t := reflect.TypeOf(err)
	if t.Kind() == reflect.Ptr {
		t = t.Elem()
	}
	switch t.PkgPath() {
	case "runtime", "reflect", "strconv", "syscall":
		return true
	case "errors":
		return t.Name() == "errorString"
	case "fmt":
		return t.Name() == "wrapError" || t.Name() == "wrapErrors"
	}
	return false
}

// ErrorType names an error by its type, as EndErr does.
func ErrorType(err error) string { return errorType(err) }

// errorType names an error by its type, which is of low cardinality. The type of an error inside
// Go's own wrappers is more informative than that of the wrapper, so the innermost informative type
// is used. Errors that share their type with many others get the name of their variable or
// constant.
func errorType(err error) string {
	name := ""
	for depth := 0; err != nil && depth < maxWrapped; depth++ {
		inner := wellKnownError(err)
		if inner == "" {
			inner = typeName(err)
		}
		switch inner {
		case "*errors.errorString", "*os.SyscallError", "syscall.Errno":
			if name == "" || name == "*fmt.wrapError" {
				name = inner
			}
		default:
			name = inner
		}
		err = unwrapStandard(err)
	}
	return name
}

// maxWrapped is how many errors wrapped in one another are examined.
const maxWrapped = 16

// wellKnownError returns the name of an error that is known by the name of a variable or constant,
// and "" for all others.
func wellKnownError(err error) string {
	switch err {
	case context.Canceled:
		return "context.Canceled"
	case context.DeadlineExceeded:
		return "context.DeadlineExceeded"
	case io.EOF:
		return "io.EOF"
	case io.ErrUnexpectedEOF:
		return "io.ErrUnexpectedEOF"
	case io.ErrClosedPipe:
		return "io.ErrClosedPipe"
	case os.ErrDeadlineExceeded:
		return "os.ErrDeadlineExceeded"
	}
	return errnoName(err)
}

// unwrapStandard returns the error that one of Go's own errors wraps, and nil for all others: the
// Unwrap method of a program's error is not called.
func unwrapStandard(err error) error {
	t := reflect.TypeOf(err)
	if t.Kind() == reflect.Ptr {
		t = t.Elem()
	}
	switch t.PkgPath() + "." + t.Name() {
	case "fmt.wrapError", "net.OpError", "net/url.Error", "os.SyscallError", "io/fs.PathError", "os.LinkError",
		"crypto/tls.CertificateVerificationError":
		return errors.Unwrap(err)
	}
	return nil
}

func firstNonEmpty(text, other string) string {
	if text != "" {
		return text
	}
	return other
}

func typeName(v interface{}) string {
	if v == nil {
		return "nil"
	}
	return reflect.TypeOf(v).String()
}
