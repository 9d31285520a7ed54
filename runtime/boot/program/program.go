// Package program is what a woven program's package main imports: its init sets the agent up.
package program

import "goagent/boot"

func init() { boot.Program() }

// Start is boot.Start.
func Start() { boot.Start() }
