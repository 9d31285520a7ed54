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
)

// Point is a place where a rule was woven in.
type Point struct{ Plugin, Rule, Package, Function string }

// faults counts the panics of templates.
var faults struct {
	count int64
	said  sync.Map // *Point, those that were reported
}

// Fault is told that a template at p has panicked with value. It counts that,
// says so on stderr once for each point, and never panics.
func Fault(p *Point, value interface{}) {
	defer func() { _ = recover() }() // a value whose Error method panics
	atomic.AddInt64(&faults.count, 1)
	if p == nil {
		return
	}
	if _, said := faults.said.LoadOrStore(p, true); said {
		return
	}
	fmt.Fprintf(os.Stderr, "goagent: rule %s of plugin %s failed in %s.%s%s: %s; the program goes on, this is said once\n",
		p.Rule, p.Plugin, p.Package, p.Function, templatePlace(), either(message(value), typeName(value)))
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
func (s Span) SetPanic(value interface{}) {
	kind := typeName(value)
	if !s.Recording() {
		s.SetError(kind) // what is measured
		return
	}
	attrs := [...]Attr{String("exception.type", kind), {}}
	if text := message(value); text != "" {
		attrs[1] = String("exception.message", text)
	}
	r, m := s.lockAll()
	if r != nil {
		r.fail(kind)
		r.event("exception", date(), attrs[:])
	}
	if m != nil {
		m.fail(kind)
	}
	if r != nil || m != nil {
		s.s.mu.Unlock()
	}
}

// message is what a panic with this value would print, about; "" where that is for the program's own code to say: an Error
// method may wait for a lock that the function which panics holds still, and tell what nobody should read.
func message(value interface{}) (text string) {
	defer func() {
		if recover() != nil {
			text = ""
		}
	}()
	switch v := value.(type) {
	case error:
		if !knownText(v) {
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
	return bounded(text, maxMessage)
}

// knownText reports whether an error is one of Go's own that has its text, or makes it of what it holds.
func knownText(err error) bool {
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
		here := knownError(err)
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
		err = unwrapped(err)
	}
	return name
}

// maxWrapped is how many errors within each other are looked at.
const maxWrapped = 16

// knownError returns the name of an error that is called by one; "" for all others.
func knownError(err error) string {
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
func unwrapped(err error) error {
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

func either(text, other string) string {
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
