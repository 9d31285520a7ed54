//go:build goagent_nogls
// +build goagent_nogls

package agent

import "unsafe"

// slot stands in for the woven runtime's pointer per goroutine. There is none here unless a test
// installs one with EmulateGoroutines.
var slot struct {
	get func() unsafe.Pointer
	set func(unsafe.Pointer)
}

// EmulateGoroutines is for tests in builds without a woven runtime: get and set then access the
// pointer of a goroutine. It must not be called while spans are started. It returns a function that
// undoes it.
func EmulateGoroutines(get func() unsafe.Pointer, set func(unsafe.Pointer)) (undo func()) {
	old := slot
	slot.get, slot.set = get, set
	return func() { slot = old }
}

func traceGet() unsafe.Pointer {
	if slot.get == nil {
		return nil
	}
	return slot.get()
}

func traceSet(p unsafe.Pointer) {
	if slot.set != nil {
		slot.set(p)
	}
}

func panicDepth() int32 { return 0 }

func panicValue() (interface{}, bool) { return nil, false }

func spawn(f func()) { go f() }
