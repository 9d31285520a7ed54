package fetch_test

import (
	"testing"

	"example.com/probe/fetch"
)

func TestOutside(t *testing.T) {
	if fetch.Own() != "answer" {
		t.Fatal("another answer")
	}
}
