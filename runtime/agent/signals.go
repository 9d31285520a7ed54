//go:build linux && !goagent_nogls && !goagent_noexit && !goagent_nosignal
// +build linux,!goagent_nogls,!goagent_noexit,!goagent_nosignal

package agent

import (
	"syscall"
	_ "unsafe" // for go:linkname
)

//go:linkname setSignalHook runtime.goagentSetSignalHook
func setSignalHook(die func(signal uint32))

// watchSignals has the exit hook called before the process ends because of a signal that the
// program neither handles nor ignores.
func watchSignals() { setSignalHook(raiseAgain) }

// raiseAgain sends the signal again; the runtime then lets it take effect.
func raiseAgain(signal uint32) { _ = syscall.Kill(syscall.Getpid(), syscall.Signal(signal)) }
