//go:build aix || darwin || dragonfly || freebsd || linux || netbsd || openbsd || solaris
// +build aix darwin dragonfly freebsd linux netbsd openbsd solaris

package boot

import (
	"os"
	"syscall"
)

// openAppend opens a file to append to. For a named pipe that nobody reads it returns an error; a
// plain open would wait for a reader, and block the program.
func openAppend(path string, mode os.FileMode) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY|syscall.O_NONBLOCK, mode)
	if err != nil {
		return nil, err
	}
	if err := syscall.SetNonblock(int(f.Fd()), false); err != nil {
		_ = f.Close() // nothing was written
		return nil, err
	}
	return f, nil
}
