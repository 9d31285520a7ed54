//go:build !plan9 && !windows
// +build !plan9,!windows

package agent

import "syscall"

// errnoName returns the name of an error number that files and connections often fail with, and ""
// for all others.
func errnoName(err error) string {
	n, ok := err.(syscall.Errno)
	if !ok {
		return ""
	}
	switch n {
	case syscall.ECONNREFUSED:
		return "syscall.ECONNREFUSED"
	case syscall.ECONNRESET:
		return "syscall.ECONNRESET"
	case syscall.ECONNABORTED:
		return "syscall.ECONNABORTED"
	case syscall.EPIPE:
		return "syscall.EPIPE"
	case syscall.ETIMEDOUT:
		return "syscall.ETIMEDOUT"
	case syscall.EHOSTUNREACH:
		return "syscall.EHOSTUNREACH"
	case syscall.ENETUNREACH:
		return "syscall.ENETUNREACH"
	case syscall.EADDRINUSE:
		return "syscall.EADDRINUSE"
	case syscall.EADDRNOTAVAIL:
		return "syscall.EADDRNOTAVAIL"
	case syscall.EMFILE:
		return "syscall.EMFILE"
	case syscall.ENOENT:
		return "syscall.ENOENT"
	case syscall.EACCES:
		return "syscall.EACCES"
	case syscall.EPERM:
		return "syscall.EPERM"
	case syscall.EEXIST:
		return "syscall.EEXIST"
	case syscall.ENOSPC:
		return "syscall.ENOSPC"
	}
	return ""
}
