//go:build goagent_nogls || goagent_noexec
// +build goagent_nogls goagent_noexec

package agent

// setExecHook cannot be had.
func setExecHook(func()) {}
