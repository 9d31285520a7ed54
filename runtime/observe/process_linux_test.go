package observe

import (
	"testing"
	"time"
)

// TestUnknownValuesAreLeftOut checks that unknown values are not reported.
func TestUnknownValuesAreLeftOut(t *testing.T) {
	u := unknownUsage()
	u.begin = time.Now()
	u.parseStatus("VmRSS:\t x kB\nVmSize: 99999999999999999999 kB\nThreads: -4\nFoo\n:\n")
	u.parseIO("read_bytes: \nwrite_bytes: 9223372036854775808\n")
	if all := u.metrics(time.Now()); len(all) != 1 || all[0].Name != "process.uptime" {
		t.Errorf("%+v", all)
	}
}
