//go:build !linux || goagent_nogls || goagent_noexit || goagent_nosignal
// +build !linux goagent_nogls goagent_noexit goagent_nosignal

package agent

// watchSignals does nothing. Without a woven runtime a signal that would end the process cannot be
// told from one that would not, and on systems other than Linux signal handlers cannot wake a
// thread in the same way.
func watchSignals() {}
