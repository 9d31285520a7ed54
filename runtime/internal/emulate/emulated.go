//go:build goagent_nogls
// +build goagent_nogls

package emulate

import (
	"bytes"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"unsafe"

	"goagent/agent"
)

// Woven is true if goroutines have the real slot.
const Woven = false

var slots sync.Map // goroutine's number -> unsafe.Pointer

// Goroutines gives each goroutine a slot until undo is called. A plain go statement does not pass
// it on; Go does.
func Goroutines() (undo func()) {
	return agent.EmulateGoroutines(getSlot, setSlot)
}

// NoSlots takes the slots away until undo is called, because they are slow.
func NoSlots() (undo func()) { return agent.EmulateGoroutines(nil, nil) }

// SharedSlot gives all goroutines one common slot that costs nothing, until undo is called. It is
// for measurements in one goroutine.
func SharedSlot() (undo func()) {
	var slot unsafe.Pointer
	return agent.EmulateGoroutines(func() unsafe.Pointer { return slot }, func(p unsafe.Pointer) { slot = p })
}

func getSlot() unsafe.Pointer {
	p, _ := slots.Load(goroutineNumber())
	pointer, _ := p.(unsafe.Pointer)
	return pointer
}

func setSlot(p unsafe.Pointer) {
	if p == nil {
		slots.Delete(goroutineNumber())
		return
	}
	slots.Store(goroutineNumber(), p)
}

// Go starts f in a goroutine that inherits the slot.
func Go(f func()) {
	p := getSlot()
	if p != nil {
		atomic.StoreUint32((*uint32)(p), 1) // as the woven runtime does
	}
	go func() {
		setSlot(p)
		defer setSlot(nil)
		f()
	}()
}

// goroutineNumber reads the goroutine's number from the head of its stack trace, which is slow but
// good enough for tests.
func goroutineNumber() int {
	var b [64]byte
	line := b[:runtime.Stack(b[:], false)]
	line = bytes.TrimPrefix(line, []byte("goroutine "))
	n, err := strconv.Atoi(string(line[:bytes.IndexByte(line, ' ')]))
	if err != nil {
		panic(err)
	}
	return n
}
