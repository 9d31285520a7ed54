package observe

import (
	"syscall"
	"time"
)

// readUsage asks the kernel for what the standard library can read.
func readUsage() usage {
	u := unknownUsage()
	self, err := syscall.GetCurrentProcess()
	if err != nil {
		return u
	}
	var created, exited, kernel, user syscall.Filetime
	if syscall.GetProcessTimes(self, &created, &exited, &kernel, &user) != nil {
		return u
	}
	// Durations are in units of 100ns; Nanoseconds would convert them as dates.
	steps := func(f syscall.Filetime) time.Duration {
		return time.Duration(int64(f.HighDateTime)<<32|int64(f.LowDateTime)) * 100
	}
	u.user, u.system = steps(user), steps(kernel)
	u.begin = time.Unix(0, created.Nanoseconds())
	return u
}
