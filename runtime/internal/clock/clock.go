// Package clock reads the clocks of the system. Those of package time stand still in a
// testing/synctest bubble, at midnight on 1 January 2000: spans measured there would take no time,
// and would be dated to that day.
package clock

import (
	"time"
	_ "unsafe" // for go:linkname
)

//go:linkname nanotime runtime.nanotime
func nanotime() int64

//go:linkname now time.now
func now() (sec int64, nsec int32, mono int64)

// Monotonic returns the time since some moment before the program.
func Monotonic() time.Duration { return time.Duration(nanotime()) }

// Date returns the nanoseconds since 1970, and what Monotonic would return at that moment.
func Date() (date int64, monotonic time.Duration) {
	sec, nsec, mono := now()
	return sec*int64(time.Second) + int64(nsec), time.Duration(mono)
}
