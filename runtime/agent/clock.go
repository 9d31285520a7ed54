package agent

import (
	"sync/atomic"
	"time"

	"goagent/internal/clock"
)

// epoch is the time at which the program began, by the monotonic clock. That clock alone is read if
// no date is needed.
var epoch = clock.Monotonic()

// elapsed is the time since epoch.
func elapsed() time.Duration { return clock.Monotonic() - epoch }

// anchorLifetime is how long dates are computed from the monotonic clock alone, which saves reading
// the other clock. The two run at the same speed until somebody sets the date.
const anchorLifetime = time.Second

// epochDate is epoch as a date, in nanoseconds since 1970, as of the last reading of both clocks.
// anchorEnd is the time since epoch until which epochDate may be used. Both are atomic.
var epochDate, anchorEnd int64

// maxClockGap is the most time that may pass between the readings of the two clocks: this
// goroutine's thread may be suspended between them.
const maxClockGap = 20 * time.Microsecond

// clocks returns the time since epoch and the nanoseconds since 1970.
func clocks() (time.Duration, int64) {
	since := elapsed()
	if int64(since) < atomic.LoadInt64(&anchorEnd) {
		return since, atomic.LoadInt64(&epochDate) + int64(since)
	}
	now, mono := clock.Date()
	before, since := since, mono-epoch
	if since-before < maxClockGap {
		atomic.StoreInt64(&epochDate, now-int64(since))
		atomic.StoreInt64(&anchorEnd, int64(since+anchorLifetime))
	}
	return since, now
}

// date returns the nanoseconds since 1970.
func date() int64 {
	_, now := clocks()
	return now
}
