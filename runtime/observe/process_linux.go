package observe

import (
	"bytes"
	"os"
	"strconv"
	"strings"
)

// maxFileSize bounds what is read of a file in /proc.
const maxFileSize = 16 << 10

// readUsage asks the kernel.
func readUsage() usage {
	u := unknownUsage()
	readRusage(&u)
	u.parseStatus(readFile("/proc/self/status"))
	u.parseIO(readFile("/proc/self/io"))
	u.files = countEntries("/proc/self/fd")
	return u
}

func readFile(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	b := make([]byte, maxFileSize)
	n, _ := f.Read(b)
	return string(bytes.ToValidUTF8(b[:n], nil))
}

// countEntries counts the entries of a folder, without the descriptor that is open for counting.
func countEntries(path string) int64 {
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

// parseStatus reads lines such as "VmRSS: 4096 kB".
func (u *usage) parseStatus(text string) {
	eachLine(text, func(name, value string) {
		switch name {
		case "VmRSS":
			u.resident = parseKilobytes(value)
		case "VmSize":
			u.virtual = parseKilobytes(value)
		case "Threads":
			u.threads = parseCount(value)
		}
	})
}

// parseIO reads lines such as "read_bytes: 4096".
func (u *usage) parseIO(text string) {
	eachLine(text, func(name, value string) {
		switch name {
		case "read_bytes":
			u.diskRead = parseCount(value)
		case "write_bytes":
			u.diskWritten = parseCount(value)
		}
	})
}

func eachLine(text string, each func(name, value string)) {
	for _, line := range strings.Split(text, "\n") {
		if colon := strings.IndexByte(line, ':'); colon > 0 {
			each(line[:colon], strings.TrimSpace(line[colon+1:]))
		}
	}
}

func parseKilobytes(value string) int64 {
	if n := parseCount(strings.TrimSuffix(value, " kB")); n >= 0 && n < 1<<50 {
		return n << 10
	}
	return -1
}

func parseCount(value string) int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(value), 10, 64)
	if err != nil || n < 0 {
		return -1
	}
	return n
}
