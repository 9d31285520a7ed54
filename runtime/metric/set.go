package metric

import (
	"strings"
	"unicode/utf8"

	"goagent/internal/mix"
)

// MaxKeys is the largest number of attributes that an instrument may have.
const MaxKeys = 12

// Value is the value of one attribute: Str or Num, as its key says. The zero Value means none.
type Value struct {
	Str string
	Num int64
}

// Set is a value for each key of an instrument.
type Set [MaxKeys]Value

// Key is an attribute's name; Number is true if its value is a number.
type Key struct {
	Name   string
	Number bool
}

// Keys makes keys of names; a name that begins with "#" has a number as its value.
func Keys(names ...string) []Key {
	keys := make([]Key, 0, len(names))
	for _, name := range names {
		number := strings.HasPrefix(name, "#")
		keys = append(keys, Key{strings.TrimPrefix(name, "#"), number})
	}
	return keys
}

// maxValue bounds a string value, in bytes.
const maxValue = 256

// otherValue replaces the values for which an attribute has no room.
const otherValue = "_OTHER"

func (s *Set) hash(keys []Key) uint64 {
	h := mix.Seed
	for i := range keys {
		if keys[i].Number {
			h = mix.Uint64(h, uint64(s[i].Num))
		} else {
			h = mix.String(h, s[i].Str)
		}
	}
	return h
}

// cleanText returns the reported form of a value: valid text of bounded length. Values that no
// exporter could distinguish must be one series: a scrape with two equal series is refused as a
// whole.
func cleanText(s string) string {
	if s = Cut(s, maxValue); utf8.ValidString(s) {
		return s
	}
	return Cut(strings.ToValidUTF8(s, "\uFFFD"), maxValue)
}

// copyText returns a copy of s for storage: bounded, and not a part of something large.
func copyText(s string) string { return strings.Clone(Cut(s, maxValue)) }

// Cut returns at most max bytes of s, without a part of a character at their end.
func Cut(s string, max int) string {
	if len(s) <= max {
		return s
	}
	end := max
	for end > max-utf8.UTFMax && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end]
}
