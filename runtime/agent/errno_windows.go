package agent

import "syscall"

// errnoName returns the name of an error number that files and connections often fail with, and ""
// for all others. Winsock's numbers, most of which have no constants in package syscall, get the
// names that other systems use.
func errnoName(err error) string {
	n, ok := err.(syscall.Errno)
	if !ok {
		return ""
	}
	switch n {
	case syscall.ERROR_FILE_NOT_FOUND, syscall.ERROR_PATH_NOT_FOUND:
		return "syscall.ENOENT"
	case syscall.ERROR_ACCESS_DENIED:
		return "syscall.EACCES"
	case 10048:
		return "syscall.EADDRINUSE"
	case 10049:
		return "syscall.EADDRNOTAVAIL"
	case 10051:
		return "syscall.ENETUNREACH"
	case 10053:
		return "syscall.ECONNABORTED"
	case 10054:
		return "syscall.ECONNRESET"
	case 10060:
		return "syscall.ETIMEDOUT"
	case 10061:
		return "syscall.ECONNREFUSED"
	case 10065:
		return "syscall.EHOSTUNREACH"
	}
	return ""
}
