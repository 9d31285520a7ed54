package boot

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"

	"goagent/agent"
)

// Detection of what the process knows about itself. Its arguments are not sent, because passwords
// and keys are often among them; nor is the machine's id, which machine-id(5) asks to keep
// confidential.

// findService reads what the linker has stored: the version of the main module, or else the commit.
func findService(_ *env, r *resource) {
	r.setDetected("service.instance.id", newUUID())
	if info, ok := debug.ReadBuildInfo(); ok {
		serviceVersion(info, r)
	}
}

func serviceVersion(info *debug.BuildInfo, r *resource) {
	var revision, modified string
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			revision = s.Value
		case "vcs.modified":
			modified = s.Value
		}
	}
	r.setDetected("vcs.ref.head.revision", revision)
	version := info.Main.Version
	if version == "" || version == "(devel)" {
		version = revision
		if revision != "" && modified == "true" {
			version += "+dirty"
		}
	}
	r.setDetected("service.version", version)
}

// newUUID returns a random UUID, or "" if there is no entropy.
func newUUID() string {
	var b [16]byte
	if _, err := rand.Read(b[:]); err != nil {
		return ""
	}
	b[6] = b[6]&0x0f | 0x40 // version 4
	b[8] = b[8]&0x3f | 0x80 // of RFC 4122
	h := hex.EncodeToString(b[:])
	return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-")
}

func findHost(_ *env, r *resource) {
	if name, err := os.Hostname(); err == nil {
		r.setDetected("host.name", name)
	}
	arch := runtime.GOARCH
	switch arch { // names that differ in the conventions
	case "386":
		arch = "x86"
	case "arm":
		arch = "arm32"
	case "ppc64le":
		arch = "ppc64"
	}
	r.setDetected("host.arch", arch)
}

func findOS(e *env, r *resource) {
	kind := runtime.GOOS
	if kind == "dragonfly" {
		kind = "dragonflybsd"
	}
	r.setDetected("os.type", kind)
	for _, line := range e.readLines("/etc/os-release") {
		equals := strings.IndexByte(line, '=')
		if equals < 0 {
			continue
		}
		switch value := strings.Trim(line[equals+1:], `"'`); line[:equals] {
		case "NAME":
			r.setDetected("os.name", value)
		case "VERSION_ID":
			r.setDetected("os.version", value)
		}
	}
}

func findProcess(_ *env, r *resource) {
	r.put(agent.Int("process.pid", int64(os.Getpid())))
	path := executable()
	r.setDetected("process.executable.path", path)
	if path != "" {
		r.setDetected("process.executable.name", filepath.Base(path))
	}
	name := "go"
	if runtime.Compiler != "gc" {
		name = runtime.Compiler
	}
	r.setDetected("process.runtime.name", name)
	r.setDetected("process.runtime.version", runtime.Version())
}

func executable() string {
	path, err := os.Executable()
	if err != nil && len(os.Args) > 0 {
		path = os.Args[0]
	}
	return path
}

func unknownService() string {
	path := executable()
	if path == "" {
		return "unknown_service"
	}
	return "unknown_service:" + filepath.Base(path)
}

// maxFileSize bounds how much of a system file is read. A list of mounts may be long; the rest of
// it is ignored.
const maxFileSize = 256 << 10

// readLines reads a system file, nil if there is none. A file whose opening may block (a pipe in
// its place) is not opened.
func (e *env) readLines(path string) []string {
	path = e.root + path
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFileSize))
	if err != nil {
		return nil
	}
	if len(text) == maxFileSize { // the last line is incomplete
		text = text[:bytes.LastIndexByte(text, '\n')+1]
	}
	return strings.Split(string(text), "\n")
}
