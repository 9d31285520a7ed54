// Package program is imported by a woven program's package main: its init sets the agent up.
package program

import "goagent/boot"

func init() { boot.Program() }

// Start is boot.Start.
func Start() { boot.Start() }
