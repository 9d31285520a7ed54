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

// Point is a place where a rule was woven in.
type Point struct{ Plugin, Rule, Package, Function string }

// faults counts the panics of templates.
var faults struct {
	count    int64
	reported sync.Map // *Point, those that were reported
}

// Fault is told that a template at p has panicked with value. It counts that,
// says so on stderr once for each point, and never panics.
func Fault(p *Point, value interface{}) {
	defer func() { _ = recover() }() // a value whose Error method panics
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
		print(text) // package os is not initialised yet: what is below it has failed
		return
	}
	_, _ = io.WriteString(os.Stderr, text)
}

// templateFolder is where the line directives of woven code say that templates are.
const templateFolder = "goagent/plugins/"

// templatePlace is " at gin.gorule:14" for the innermost template on the stack of
// a panic that is being recovered, and empty where there is none.
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

// PanicDepth returns how many panics are under way in this goroutine.
func PanicDepth() int32 { return panicDepth() }

// Panicking reports whether a panic, and not a Goexit, passes through a function
// that was entered at depth; the value is the panic's.
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

// maxMessage bounds what is kept of a panic's message.
const maxMessage = 1024

// SetPanic records that a panic with this value ended the operation: an
// exception event, and the value's type as error.type. The event has a message where that
// can be had without a method of the program's, see message.
func (s Span) SetPanic(value interface{}) { s.recordPanic(value, true) }

// NotePanic records a panic that passes through a function of this goroutine on its way to one that
// recovers it: on the server span, as an exception event. Whether the request has failed is for its
// answer to say, see NoteError. Each function on the way may call it, and SetPanic may follow where
// nobody has recovered: a panic is one event.
func NotePanic(value interface{}) {
	if s := current(); s != nil && s.root != nil && !isAbort(value) {
		visibleSpan(s.root).recordPanic(value, false)
	}
}

// NoteError records an error that a framework was told of while it served the request whose context
// this is, as an exception event of the server span. It is the answer's status, and not this, that
// makes the request a failure (a handler may tell of an error and answer 400, or even 200); where
// it is one, error.type is the type of what was noted last, unless that says nothing, as that of
// errors.New. The error is named by its type, as in EndErr: its text may be about anything.
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
	case "*errors.errorString", "*errors.joinError", "*fmt.wrapError", "*fmt.wrapErrors": // they say nothing
	default:
		q.notedType = kind
	}
	if q.noteIfNew(err) && r != nil {
		r.addEvent("exception", date(), []Attr{String("exception.type", kind)})
	}
	server.s.mu.Unlock()
}

// panicked records a panic, which has ended the operation or not.
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

// first remembers an error or a panic's value, and reports whether it is another one than the last.
func (q *requestState) noteIfNew(value interface{}) bool {
	// What the value is, by its address: to compare two may panic.
	words := *(*[2]uintptr)(unsafe.Pointer(&value))
	if q.lastNoted == words {
		return false
	}
	q.lastNoted = words
	return true
}

// aborts reports whether this is net/http's ErrAbortHandler: a handler wants its answer cut off,
// and has not failed. That package cannot be imported here.
func isAbort(value interface{}) bool {
	_, ok := value.(error)
	return ok && panicMessage(value) == "net/http: abort Handler"
}

// message is what a panic with this value would print, about; "" where that is for the program's own code to say: an Error
// method may wait for a lock that the function which panics holds still, and tell what nobody should read.
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
	default: // a panic does not print it either, and it may be huge
		return ""
	}
	return truncate(text, maxMessage)
}

// knownText reports whether an error is one of Go's own that has its text, or makes it of what it holds.
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

// errorType names an error by its type, of low cardinality. The type of what Go's own wrappers hold says more
// than that of the wrapper: it is the innermost error that says anything. Those whose type is that of many others go by
// the name that everybody knows them by.
func errorType(err error) string {
	name := ""
	for depth := 0; err != nil && depth < maxWrapped; depth++ {
		here := wellKnownError(err)
		if here == "" {
			here = typeName(err)
		}
		switch here {
		case "*errors.errorString", "*os.SyscallError", "syscall.Errno":
			if name == "" || name == "*fmt.wrapError" {
				name = here
			}
		default:
			name = here
		}
		err = unwrapStandard(err)
	}
	return name
}

// maxWrapped is how many errors within each other are looked at.
const maxWrapped = 16

// knownError returns the name of an error that is called by one; "" for all others.
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

// unwrapped returns what an error of Go's own wraps, nil for all others: the Unwrap method of a program's error is not
// called.
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
