package propagate

import (
	"encoding/binary"

	"goagent/internal/mix"
)

const lowerHex = "0123456789abcdef"

// AppendHex appends id in lower case hexadecimal digits.
func AppendHex(b, id []byte) []byte {
	for _, x := range id {
		b = append(b, lowerHex[x>>4], lowerHex[x&15])
	}
	return b
}

// appendTraceID is AppendHex for formats that support ids of 64 bits, which it writes with 16
// digits.
func appendTraceID(b []byte, id *[16]byte) []byte {
	if *(*[8]byte)(id[:8]) == [8]byte{} {
		return AppendHex(b, id[8:])
	}
	return AppendHex(b, id[:])
}

// hexBytes fills dst from text, which is twice as long.
func hexBytes(dst []byte, text string) bool {
	for len(dst) >= 4 {
		four, ok := hexWord(mix.Load64(text))
		if !ok {
			return false
		}
		binary.LittleEndian.PutUint32(dst, four)
		dst, text = dst[4:], text[8:]
	}
	for i := range dst {
		x, ok := hexByte(text[2*i], text[2*i+1])
		if !ok {
			return false
		}
		dst[i] = x
	}
	return true
}

// hexWord reads eight digits at once, one in each byte of text. It accepts a digit if writing its
// value yields the digit again.
func hexWord(text uint64) (uint32, bool) {
	const each = 0x0101010101010101
	v := text&(each*0x0f) + 9*(text>>6&each)    // letters have bit 6
	letters := (v + each*(0x80-10)) >> 7 & each // those from 10 on
	if v+each*'0'+letters*('a'-'0'-10) != text || v&(each*0xf0) != 0 {
		return 0, false
	}
	v = (v<<4 | v>>8) & 0x00ff00ff00ff00ff
	v = (v | v>>8) & 0x0000ffff0000ffff
	return uint32(v | v>>16), true
}

// hexNumber fills dst, which is all zeros, from the right with 1 to 2*len(dst) digits.
func hexNumber(dst []byte, text string) bool {
	if text == "" || len(text) > 2*len(dst) {
		return false
	}
	if len(text)%2 != 0 {
		first, ok := hexByte('0', text[0])
		if !ok {
			return false
		}
		text = text[1:]
		dst[len(dst)-len(text)/2-1] = first
	}
	return hexBytes(dst[len(dst)-len(text)/2:], text)
}

func hexByte(high, low byte) (byte, bool) {
	h, l := hexDigit(high), hexDigit(low)
	return h<<4 | l&15, h|l < 16
}

// hexDigit returns 255 if c is not a lower case hexadecimal digit.
func hexDigit(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	}
	return 255
}
