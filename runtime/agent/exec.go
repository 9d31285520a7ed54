//go:build !goagent_nogls && !goagent_noexec
// +build !goagent_nogls,!goagent_noexec

package agent

import _ "unsafe" // for go:linkname

//go:linkname setExecHook runtime.goagentSetExecHook
func setExecHook(func())
