package main

import "testing"

func TestWords(t *testing.T) {
	if words("x") != 1 {
		t.Fatal("not one")
	}
}
