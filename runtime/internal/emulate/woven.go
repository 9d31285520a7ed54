//go:build !goagent_nogls
// +build !goagent_nogls

package emulate

// Woven is true if goroutines have the real slot.
const Woven = true

// Goroutines does nothing: the runtime keeps the slots.
func Goroutines() (undo func()) { return func() {} }

// Go starts f in a goroutine.
func Go(f func()) { go f() }

// NoSlots does nothing: the real slot costs nothing.
func NoSlots() (undo func()) { return func() {} }

// SharedSlot does nothing, for the same reason.
func SharedSlot() (undo func()) { return func() {} }
