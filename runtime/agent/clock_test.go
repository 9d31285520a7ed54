package agent

import (
	"sync/atomic"
	"testing"
	"time"
)

// TestDate checks that date agrees with the other clock, never goes back, and follows that clock
// once the anchor has expired.
func TestDate(t *testing.T) {
	last := int64(0)
	for i := 0; i < 1000; i++ {
		if i%10 == 0 { // as if somebody had set the date, and a second had passed
			atomic.StoreInt64(&epochDate, 12345)
			atomic.StoreInt64(&anchorEnd, 0)
		}
		before := time.Now().UnixNano()
		now := date()
		after := time.Now().UnixNano()
		if now < before-int64(maxClockGap) || now > after || now < last {
			t.Fatalf("%d: %d, between %d and %d, after %d", i, now, before, after, last)
		}
		last = now
	}
	if end := atomic.LoadInt64(&anchorEnd); end == 0 || end > int64(elapsed()+anchorLifetime) {
		t.Errorf("the two clocks are not read for %v", time.Duration(end))
	}
}
