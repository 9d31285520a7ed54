package export

import (
	"encoding/binary"
	"math"
	"strings"
	"unicode/utf8"
)

// buffer writes protobuf by hand: appended bytes, no reflection, no intermediate
// messages. Field numbers are below 16, so that each tag is one byte; longTag is for others.
type buffer struct{ b []byte }

// The wire types.
const (
	wireVarint  = 0
	wireFixed64 = 1
	wireBytes   = 2
	wireFixed32 = 5
)

func (w *buffer) tag(field, wire int) { w.b = append(w.b, byte(field<<3|wire)) }

func (w *buffer) varint(v uint64) {
	for v >= 0x80 {
		w.b = append(w.b, byte(v)|0x80)
		v >>= 7
	}
	w.b = append(w.b, byte(v))
}

// number writes a varint field, nothing if it is zero.
func (w *buffer) number(field int, v uint64) {
	if v != 0 {
		w.tag(field, wireVarint)
		w.varint(v)
	}
}

func (w *buffer) fixed64(field int, v uint64) {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], v)
	w.tag(field, wireFixed64)
	w.b = append(w.b, b[:]...)
}

func (w *buffer) double(field int, v float64) { w.fixed64(field, math.Float64bits(v)) }

// longTag is a tag for a field number from 16 to 2047, in two bytes.
func (w *buffer) longTag(field, wire int) {
	w.varint(uint64(field)<<3 | uint64(wire))
}

// bytes writes a field of raw bytes.
func (w *buffer) bytes(field int, v []byte) {
	w.tag(field, wireBytes)
	w.varint(uint64(len(v)))
	w.b = append(w.b, v...)
}

// text writes a string field. A receiver refuses the whole batch for one string
// that is not UTF-8, and headers come in any encoding.
func (w *buffer) text(field int, s string) {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	w.tag(field, wireBytes)
	w.varint(uint64(len(s)))
	w.b = append(w.b, s...)
}

// open begins a message field whose length is not known yet, and close ends it:
// one byte is kept free for the length, more are made room for when it is longer.
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
	w.b = append(w.b, length[:extra]...) // any bytes: makes room
	copy(w.b[start+extra:], w.b[start:start+n])
	copy(w.b[start-1:], length[:extra+1])
}
