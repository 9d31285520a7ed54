//go:build !goagent_nogls && !goagent_noexit
// +build !goagent_nogls,!goagent_noexit

package agent

import _ "unsafe" // for go:linkname

//go:linkname setExitHook runtime.goagentSetExitHook
func setExitHook(func(code int32))
