//go:build goagent_nogls || goagent_noexec
// +build goagent_nogls goagent_noexec

package agent

// setExecHook does nothing: the runtime has no such hook.
func setExecHook(func()) {}
