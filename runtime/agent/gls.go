//go:build !goagent_nogls
// +build !goagent_nogls

package agent

import "unsafe" // for go:linkname and the slot's type

// The woven runtime keeps one pointer for each goroutine, copies it to the goroutines that a
// goroutine starts, and clears it when a goroutine ends.

//go:linkname traceGet runtime.goagentTraceGet
func traceGet() unsafe.Pointer

//go:linkname traceSet runtime.goagentTraceSet
func traceSet(unsafe.Pointer)

// panicDepth returns the number of panics and Goexits in progress in this goroutine.
//
//go:linkname panicDepth runtime.goagentPanicDepth
func panicDepth() int32

// panicValue returns the value of the innermost panic, and whether it is a Goexit.
//
//go:linkname panicValue runtime.goagentPanicValue
func panicValue() (interface{}, bool)

// spawn starts a goroutine of the runtime.
//
//go:linkname spawn runtime.goagentGo
func spawn(f func())
