//go:build goagent_nogls || goagent_nohandled
// +build goagent_nogls goagent_nohandled

package agent

// setHandledHook cannot be had.
func setHandledSignalHook(func()) {}
