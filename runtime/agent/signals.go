//go:build linux && !goagent_nogls && !goagent_noexit && !goagent_nosignal
// +build linux,!goagent_nogls,!goagent_noexit,!goagent_nosignal

package agent

import (
	"syscall"
	_ "unsafe" // for go:linkname
)

//go:linkname setSignalHook runtime.goagentSetSignalHook
func setSignalHook(die func(signal uint32))

// watchSignals has the exit hook called before a signal ends the process that
// the program neither handles nor ignores.
func watchSignals() { setSignalHook(raiseAgain) }

// die sends the signal again, which the runtime then leaves to take its course.
func raiseAgain(signal uint32) { _ = syscall.Kill(syscall.Getpid(), syscall.Signal(signal)) }
