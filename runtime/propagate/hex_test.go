package propagate

import "testing"

// TestHexWord checks that each byte at each place is read as by itself.
func TestHexWord(t *testing.T) {
	for at := 0; at < 8; at++ {
		for c := 0; c < 256; c++ {
			text := []byte("09afbe18")
			text[at] = byte(c)
			want := hexDigit(byte(c)) < 16
			var got, one [4]byte
			for i := range one {
				one[i], _ = hexByte(text[2*i], text[2*i+1])
			}
			if ok := hexBytes(got[:], string(text)); ok != want || ok && got != one {
				t.Errorf("%q: %x, %v, want %x, %v", text, got, ok, one, want)
			}
		}
	}
}
