// Package test is imported by package main of a test binary: its init sets the agent up if the
// environment asks for it, see boot.Test.
package test

import "goagent/boot"

func init() { boot.Test() }

// Start is boot.Start.
func Start() { boot.Start() }
