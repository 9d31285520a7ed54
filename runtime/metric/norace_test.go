//go:build !race
// +build !race

package metric

const raceEnabled = false
