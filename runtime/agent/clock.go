package agent

import (
	"sync/atomic"
	"time"
)

// epoch has the monotonic clock, which alone is read where no date is needed.
var epoch = time.Now()

// anchored is for how long a date is reckoned from the monotonic clock alone, which saves a reading of the other one: they go
// equally fast, until somebody sets the date.
const anchored = time.Second

// What epoch is by the date, in nanoseconds since 1970, as it was when the two clocks were read last, and until when that
// counts, since epoch; atomic.
var epochDate, anchorEnd int64

// tight is the most that may lie between the readings of the two clocks: this goroutine's thread may have to wait in between.
const tight = 20 * time.Microsecond

// clock returns the time since epoch, and the nanoseconds since 1970.
func clock() (time.Duration, int64) {
	since := time.Since(epoch)
	if int64(since) < atomic.LoadInt64(&anchorEnd) {
		return since, atomic.LoadInt64(&epochDate) + int64(since)
	}
	now := time.Now()
	before, since := since, now.Sub(epoch)
	if since-before < tight {
		atomic.StoreInt64(&epochDate, now.UnixNano()-int64(since))
		atomic.StoreInt64(&anchorEnd, int64(since+anchored))
	}
	return since, now.UnixNano()
}

// date is the nanoseconds since 1970.
func date() int64 {
	_, now := clock()
	return now
}
