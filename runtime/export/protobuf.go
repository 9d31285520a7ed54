package export

import (
	"encoding/binary"
	"math"
	"math/bits"
	"strings"
	"unicode/utf8"

	"goagent/internal/mix"
)

// buffer writes protobuf directly: appended bytes, no reflection, no intermediate messages. Field
// numbers are below 16, so that each tag is one byte; longTag writes others.
type buffer struct{ b []byte }

// The wire types.
const (
	wireVarint  = 0
	wireFixed64 = 1
	wireBytes   = 2
	wireFixed32 = 5
)

func (w *buffer) tag(field, wire int) { w.b = append(w.b, byte(field<<3|wire)) }

func (w *buffer) varint(v uint64) { w.b = appendVarint(w.b, v) }

func appendVarint(b []byte, v uint64) []byte {
	for v >= 0x80 {
		b = append(b, byte(v)|0x80)
		v >>= 7
	}
	return append(b, byte(v))
}

// number writes a varint field, nothing if it is zero.
func (w *buffer) number(field int, v uint64) {
	if v != 0 {
		w.tag(field, wireVarint)
		w.varint(v)
	}
}

func (w *buffer) fixed64(field int, v uint64) {
	w.b = appendFixed64(append(w.b, byte(field<<3|wireFixed64)), v)
}

func appendFixed64(b []byte, v uint64) []byte {
	var text [8]byte
	binary.LittleEndian.PutUint64(text[:], v)
	return append(b, text[:]...)
}

func (w *buffer) double(field int, v float64) { w.fixed64(field, math.Float64bits(v)) }

// longTag writes a tag for a field number from 16 to 2047, in two bytes.
func (w *buffer) longTag(field, wire int) {
	w.varint(uint64(field)<<3 | uint64(wire))
}

// bytes writes a field of raw bytes.
func (w *buffer) bytes(field int, v []byte) {
	w.tag(field, wireBytes)
	w.varint(uint64(len(v)))
	w.b = append(w.b, v...)
}

// text writes a string field.
func (w *buffer) text(field int, s string) {
	s = validUTF8(s)
	w.tag(field, wireBytes)
	w.varint(uint64(len(s)))
	w.b = append(w.b, s...)
}

// validUTF8 returns s as valid UTF-8. A receiver refuses the whole batch because of one invalid
// string, and headers come in any encoding.
func validUTF8(s string) string {
	if isASCII(s) || utf8.ValidString(s) {
		return s
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// isASCII reports whether s is ASCII, as nearly every string is; for a string of common length it
// takes a few comparisons.
func isASCII(s string) bool {
	const high = 0x8080808080808080
	n := len(s)
	switch {
	case n >= 8:
		all := mix.Load64(s[n-8:])
		for i := 0; i < n-8; i += 8 {
			all |= mix.Load64(s[i:])
		}
		return all&high == 0
	case n >= 4:
		return (mix.Load32(s)|mix.Load32(s[n-4:]))&(high>>32) == 0
	case n > 0:
		return s[0]|s[n/2]|s[n-1] < 0x80
	}
	return true
}

// varintSize returns the number of bytes that a length takes.
func varintSize(n int) int {
	if n < 0x80 {
		return 1
	}
	return (bits.Len(uint(n)) + 6) / 7
}

// open begins a message field whose length is not known yet, and close ends it. One byte is
// reserved for the length; if it needs more, close makes room for them.
func (w *buffer) open(field int) int {
	w.tag(field, wireBytes)
	w.b = append(w.b, 0)
	return len(w.b)
}

func (w *buffer) close(start int) {
	n := len(w.b) - start
	if n < 0x80 {
		w.b[start-1] = byte(n)
		return
	}
	var length [binary.MaxVarintLen64]byte
	extra := binary.PutUvarint(length[:], uint64(n)) - 1
	w.b = append(w.b, length[:extra]...) // makes room; the bytes do not matter
	copy(w.b[start+extra:], w.b[start:start+n])
	copy(w.b[start-1:], length[:extra+1])
}

// openLong is open for a message that is usually 128 to 16383 bytes long.
func (w *buffer) openLong(field int) int {
	w.b = append(w.b, byte(field<<3|wireBytes), 0, 0)
	return len(w.b)
}

// closeLong ends a message that openLong has begun.
func (w *buffer) closeLong(start int) {
	n := len(w.b) - start
	if n >= 0x80 && n < 0x4000 {
		w.b[start-2], w.b[start-1] = byte(n)|0x80, byte(n>>7)
		return
	}
	// Continue as if one byte had been reserved.
	copy(w.b[start-1:], w.b[start:])
	w.b = w.b[:len(w.b)-1]
	w.close(start - 1)
}
