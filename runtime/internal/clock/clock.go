// Package clock reads the clocks of the system. Those of package time stand still in a
// testing/synctest bubble, at midnight of the first of January 2000: what is measured there would
// last no time, and be sent as if it were of that day.
package clock

import (
	"time"
	_ "unsafe" // for go:linkname
)

//go:linkname nanotime runtime.nanotime
func nanotime() int64

//go:linkname now time.now
func now() (sec int64, nsec int32, mono int64)

// Monotonic is the time since some moment before the program.
func Monotonic() time.Duration { return time.Duration(nanotime()) }

// Date is the nanoseconds since 1970, with what Monotonic would return.
func Date() (date int64, monotonic time.Duration) {
	sec, nsec, mono := now()
	return sec*int64(time.Second) + int64(nsec), time.Duration(mono)
}
