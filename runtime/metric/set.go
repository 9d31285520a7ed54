package metric

import (
	"strings"
	"unicode/utf8"

	"goagent/internal/mix"
)

// MaxKeys is how many attributes an instrument may have.
const MaxKeys = 12

// Value is the value of one attribute: that of its key's kind. The zero Value is none.
type Value struct {
	Str string
	Num int64
}

// Set is a value for each key of an instrument.
type Set [MaxKeys]Value

// Key is an attribute's name, and whether its value is a number.
type Key struct {
	Name   string
	Number bool
}

// Keys makes keys of names; one that begins with "#" is a number's.
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

// other stands for the values for which an attribute has no room.
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

// valid returns what of a value is told: text of bounded length. What no exporter could tell
// apart must be one series: a scrape that has the same one twice is refused whole.
func cleanText(s string) string {
	if s = Cut(s, maxValue); utf8.ValidString(s) {
		return s
	}
	return Cut(strings.ToValidUTF8(s, "\uFFFD"), maxValue)
}

// keep returns a copy of s that may stay: bounded, and not a part of something large.
func copyText(s string) string { return strings.Clone(Cut(s, maxValue)) }

// Cut returns at most so many bytes of s, and no part of a character at their end.
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
