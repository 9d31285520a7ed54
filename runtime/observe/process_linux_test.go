package observe

import (
	"testing"
	"time"
)

// TestUnknown: what is not known is not told.
func TestUnknown(t *testing.T) {
	u := unknown()
	u.begin = time.Now()
	u.status("VmRSS:\t x kB\nVmSize: 99999999999999999999 kB\nThreads: -4\nFoo\n:\n")
	u.io("read_bytes: \nwrite_bytes: 9223372036854775808\n")
	if all := u.metrics(time.Now()); len(all) != 1 || all[0].Name != "process.uptime" {
		t.Errorf("%+v", all)
	}
}
