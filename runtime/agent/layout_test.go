package agent

import (
	"testing"
	"unsafe"
)

// TestLayout checks the places of the fields that plugins/runtime reads.
func TestLayout(t *testing.T) {
	var s span
	if at := unsafe.Offsetof(s.shared); at != 0 {
		t.Errorf("shared is at %d", at)
	}
	if at := unsafe.Offsetof(s.state); at != 4 {
		t.Errorf("state is at %d", at)
	}
	if at := unsafe.Offsetof(s.root); at != 16 {
		t.Errorf("root is at %d", at)
	}
	if ended != 2 {
		t.Errorf("ended is %d", ended)
	}
}
