//go:build !darwin && !dragonfly && !freebsd && !linux && !netbsd && !openbsd && !windows
// +build !darwin,!dragonfly,!freebsd,!linux,!netbsd,!openbsd,!windows

package observe

// readUsage knows nothing on this system.
func readUsage() usage { return unknownUsage() }
