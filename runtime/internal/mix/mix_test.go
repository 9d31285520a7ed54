package mix

import (
	"strings"
	"testing"
)

// TestString checks that every byte and the length count, whatever the length.
func TestString(t *testing.T) {
	seen := map[uint64]string{}
	add := func(s string) {
		h := String(Seed, s)
		if other, ok := seen[h]; ok && other != s {
			t.Errorf("%q and %q are the same", s, other)
		}
		seen[h] = s
	}
	for n := 0; n < 40; n++ {
		base := strings.Repeat("a", n)
		add(base)
		for i := 0; i < n; i++ {
			for _, c := range []byte("bcz\x00\xff") {
				b := []byte(base)
				b[i] = c
				add(string(b))
			}
		}
	}
	if len(seen) < 3000 {
		t.Error(len(seen))
	}
}
