//go:build !goagent_nogls && !goagent_nohandled
// +build !goagent_nogls,!goagent_nohandled

package agent

import _ "unsafe" // for go:linkname

//go:linkname setHandledSignalHook runtime.goagentSetHandledHook
func setHandledSignalHook(func())
