//go:build darwin || dragonfly || freebsd || netbsd || openbsd
// +build darwin dragonfly freebsd netbsd openbsd

package observe

// readUsage asks the kernel for what the standard library can read.
func readUsage() usage {
	u := unknownUsage()
	readRusage(&u)
	return u
}
