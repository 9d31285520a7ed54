package observe

import (
	"bytes"
	"os"
	"strconv"
	"strings"
)

// maxFile bounds what is read of a file of /proc.
const maxFile = 16 << 10

// read asks the kernel.
func read() usage {
	u := unknown()
	rusage(&u)
	u.status(file("/proc/self/status"))
	u.io(file("/proc/self/io"))
	u.files = entries("/proc/self/fd")
	return u
}

func file(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	b := make([]byte, maxFile)
	n, _ := f.Read(b)
	return string(bytes.ToValidUTF8(b[:n], nil))
}

// entries counts those of a folder, the one that is open for it left out.
func entries(path string) int64 {
	f, err := os.Open(path)
	if err != nil {
		return -1
	}
	defer f.Close()
	n := int64(-1)
	for {
		names, err := f.Readdirnames(256)
		if n += int64(len(names)); err != nil {
			return n
		}
	}
}

// status reads lines such as "VmRSS:	  4096 kB".
func (u *usage) status(text string) {
	lines(text, func(name, value string) {
		switch name {
		case "VmRSS":
			u.resident = kilobytes(value)
		case "VmSize":
			u.virtual = kilobytes(value)
		case "Threads":
			u.threads = whole(value)
		}
	})
}

// io reads lines such as "read_bytes: 4096".
func (u *usage) io(text string) {
	lines(text, func(name, value string) {
		switch name {
		case "read_bytes":
			u.diskRead = whole(value)
		case "write_bytes":
			u.diskWritten = whole(value)
		}
	})
}

func lines(text string, each func(name, value string)) {
	for _, line := range strings.Split(text, "\n") {
		if colon := strings.IndexByte(line, ':'); colon > 0 {
			each(line[:colon], strings.TrimSpace(line[colon+1:]))
		}
	}
}

func kilobytes(value string) int64 {
	if n := whole(strings.TrimSuffix(value, " kB")); n >= 0 && n < 1<<50 {
		return n << 10
	}
	return -1
}

func whole(value string) int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(value), 10, 64)
	if err != nil || n < 0 {
		return -1
	}
	return n
}
