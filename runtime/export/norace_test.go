//go:build !race
// +build !race

package export

const raceEnabled = false
