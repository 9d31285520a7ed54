package generic

import "testing"

func TestSum(t *testing.T) {
	if Sum(1, 2) != 3 {
		t.Fatal("not three")
	}
	var l List[int]
	l.Push(1)
	if l.Reset() != 1 {
		t.Fatal("not one")
	}
}
