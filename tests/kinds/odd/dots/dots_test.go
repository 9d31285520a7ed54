package dots_test

import (
	"testing"

	. "example.com/odd/dots"
)

func TestShout(t *testing.T) {
	if got := Shout("hey"); got != "HEY2!!" {
		t.Fatal(got)
	}
}
