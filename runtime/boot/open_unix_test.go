//go:build linux || darwin
// +build linux darwin

package boot

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestNamedPipe checks that a pipe that nobody reads does not block the program, and that one that
// somebody reads is written to.
func TestNamedPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skip(err)
	}
	e, output := envOf("GOAGENT_FILE=" + path)
	if appendTo(e, "GOAGENT_FILE", "spans, none are written") != nil || !strings.Contains(output.String(), "cannot be opened") {
		t.Error(output)
	}
	reader, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	w := appendTo(e, "GOAGENT_FILE", "spans, none are written")
	if w == nil {
		t.Fatal(output)
	}
	if _, err := w.Write([]byte("line\n")); err != nil {
		t.Error(err)
	}
	b := make([]byte, 10)
	if n, err := reader.Read(b); string(b[:n]) != "line\n" {
		t.Errorf("%q, %v", b[:n], err)
	}
}
