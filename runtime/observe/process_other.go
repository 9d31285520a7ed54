//go:build !darwin && !dragonfly && !freebsd && !linux && !netbsd && !openbsd && !windows
// +build !darwin,!dragonfly,!freebsd,!linux,!netbsd,!openbsd,!windows

package observe

// read knows nothing here but the time.
func readUsage() usage { return unknownUsage() }
