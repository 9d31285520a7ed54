// Package mix computes hashes for tables of a bounded size: fast, without a pattern, and only for
// uses in which collisions do no harm.
package mix

import (
	"math/bits"
	"time"
)

// Two odd numbers without a pattern.
const (
	hashMask  = 0x9e3779b97f4a7c15
	valueMask = 0xe7037ed1a0b428db
)

// Seed makes the order in tables differ between processes.
var Seed = Uint64(uint64(time.Now().UnixNano()), hashMask)

// Uint64 mixes a number into a hash.
func Uint64(h, n uint64) uint64 {
	high, low := bits.Mul64(h^hashMask, n^valueMask)
	return high ^ low
}

// String mixes a string into a hash.
func String(h uint64, s string) uint64 {
	n := len(s)
	if n > 8 {
		i := 0
		for ; i < n-8; i += 8 {
			h = Uint64(h, Load64(s[i:]))
		}
		return Uint64(h+uint64(n), Load64(s[n-8:]))
	}
	var rest uint64
	switch {
	case n >= 4:
		rest = uint64(Load32(s)) | uint64(Load32(s[n-4:]))<<32
	case n > 0:
		rest = uint64(s[0]) | uint64(s[n/2])<<8 | uint64(s[n-1])<<16
	}
	return Uint64(h+uint64(n), rest)
}

// Load64 returns the first eight bytes; the compiler makes one load of it.
func Load64(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// Load32 returns the first four bytes.
func Load32(s string) uint32 {
	_ = s[3]
	return uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
}
