//go:build darwin || dragonfly || freebsd || netbsd || openbsd
// +build darwin dragonfly freebsd netbsd openbsd

package observe

// read asks the kernel for what the standard library can ask.
func readUsage() usage {
	u := unknownUsage()
	readRusage(&u)
	return u
}
