//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd
// +build darwin dragonfly freebsd linux netbsd openbsd

package observe

import (
	"syscall"
	"time"
)

// readRusage reads what all these systems report.
func readRusage(u *usage) {
	var r syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &r) != nil {
		return
	}
	u.user, u.system = time.Duration(r.Utime.Nano()), time.Duration(r.Stime.Nano())
	u.voluntary, u.involuntary = int64(r.Nvcsw), int64(r.Nivcsw)
	u.majorFaults, u.minorFaults = int64(r.Majflt), int64(r.Minflt)
}
