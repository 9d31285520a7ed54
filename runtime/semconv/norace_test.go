//go:build !race
// +build !race

package semconv

const raceEnabled = false
