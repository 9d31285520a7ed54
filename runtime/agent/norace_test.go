//go:build !race
// +build !race

package agent_test

const raceEnabled = false
