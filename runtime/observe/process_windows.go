package observe

import (
	"syscall"
	"time"
)

// read asks the kernel for what the standard library can ask.
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
	// Durations are in steps of 100ns; Nanoseconds would take them for dates.
	steps := func(f syscall.Filetime) time.Duration {
		return time.Duration(int64(f.HighDateTime)<<32|int64(f.LowDateTime)) * 100
	}
	u.user, u.system = steps(user), steps(kernel)
	u.begin = time.Unix(0, created.Nanoseconds())
	return u
}
