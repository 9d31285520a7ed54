package fetch

import "testing"

func TestInside(t *testing.T) {
	if Own() != "answer" {
		t.Fatal("another answer")
	}
}

func BenchmarkOwn(b *testing.B) {
	for i := 0; i < b.N; i++ {
		Own()
	}
}
