//go:build !linux || goagent_nogls || goagent_noexit || goagent_nosignal
// +build !linux goagent_nogls goagent_noexit goagent_nosignal

package agent

// watchSignals does nothing: where the runtime is not woven nobody could tell a
// signal that would end the process from one that would not, and on other systems
// than Linux its handlers cannot wake a thread in the same way.
func watchSignals() {}
