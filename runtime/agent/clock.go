package agent

import (
	"sync/atomic"
	"time"

	"goagent/internal/clock"
)

// epoch is when the program has begun, by the monotonic clock, which alone is read where no date is
// needed.
var epoch = clock.Monotonic()

// elapsed is the time since epoch.
func elapsed() time.Duration { return clock.Monotonic() - epoch }

// anchored is for how long a date is reckoned from the monotonic clock alone, which saves a reading of the other one: they go
// equally fast, until somebody sets the date.
const anchorLifetime = time.Second

// What epoch is by the date, in nanoseconds since 1970, as it was when the two clocks were read last, and until when that
// counts, since epoch; atomic.
var epochDate, anchorEnd int64

// tight is the most that may lie between the readings of the two clocks: this goroutine's thread may have to wait in between.
const maxClockGap = 20 * time.Microsecond

// clocks returns the time since epoch, and the nanoseconds since 1970.
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

// date is the nanoseconds since 1970.
func date() int64 {
	_, now := clocks()
	return now
}
