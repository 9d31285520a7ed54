//go:build goagent_nogls || goagent_nohandled
// +build goagent_nogls goagent_nohandled

package agent

// setHandledSignalHook does nothing: the runtime has no such hook.
func setHandledSignalHook(func()) {}
