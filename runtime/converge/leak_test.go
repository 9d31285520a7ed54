package converge

import (
	"math/rand"
	"strings"
	"testing"
)

// lexer finds literals and comments as one system does in one of its modes. It is independent of
// the scanner, and right about one mode only.
type lexer struct {
	backslash                                           bool // escapes in text
	double, dollar, nested, hash, brackets, q, backtick bool
	dashesNeedSpace                                     bool // two dashes need a space
	hashInWords                                         bool // a # is a part of words
	tripleQuotes                                        bool // three quotes enclose text, too
	slashComments                                       bool // two slashes are a comment
}

// lexing is the progress of a lexer.
type lexing struct {
	lexer
	s string
	m []bool // true for literals and comments
}

// markSecrets marks the bytes of literals and comments.
func (l lexer) markSecrets(s string) []bool {
	r := lexing{l, s, make([]bool, len(s))}
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case l.tripleQuotes && (strings.HasPrefix(s[i:], "'''") || strings.HasPrefix(s[i:], `"""`)):
			i = r.tripled(i)
		case c == '\'':
			i = r.quoted(i, c, l.backslash, true)
		case c == '"':
			i = r.quoted(i, c, l.double && l.backslash, l.double)
		case c == '`' && l.backtick:
			i = r.quoted(i, c, false, false)
		case c == '[' && l.brackets:
			i = r.quoted(i, ']', false, false)
		case c == '-' && r.at(i+1) == '-' && (!l.dashesNeedSpace || r.at(i+2) <= ' '), c == '#' && l.hash, c == '/' && r.at(i+1) == '/' && l.slashComments:
			end := strings.IndexByte(s[i:], '\n')
			if end < 0 {
				end = len(s) - i
			}
			i = r.until(i, i+end)
		case c == '/' && r.at(i+1) == '*':
			i = r.comment(i)
		case c == '$' && l.dollar:
			i = r.dollar(i)
		case c >= '0' && c <= '9':
			for i < len(s) && s[i] >= '0' && s[i] <= '9' {
				r.m[i] = true
				i++
			}
		case r.word(c):
			i = r.readWord(i)
		default:
			i++
		}
	}
	return r.m
}

func (r *lexing) at(i int) byte {
	if i < len(r.s) {
		return r.s[i]
	}
	return 0
}

func (r *lexing) until(i, end int) int {
	for ; i < end && i < len(r.s); i++ {
		r.m[i] = true
	}
	return end
}

func (r *lexing) quoted(i int, q byte, escapes, hidden bool) int {
	for i++; i < len(r.s); i++ {
		switch {
		case escapes && r.s[i] == '\\':
			r.m[i] = hidden
			i++
		case r.s[i] == q && r.at(i+1) == q:
			i++
		case r.s[i] == q:
			return i + 1
		}
		if i < len(r.s) {
			r.m[i] = hidden
		}
	}
	return i
}

func (r *lexing) tripled(i int) int {
	end := i + 3
	for ; end < len(r.s) && !strings.HasPrefix(r.s[end:], r.s[i:i+3]); end++ {
		if r.s[end] == '\\' {
			end++
		}
	}
	return r.until(i, end) + 3
}

func (r *lexing) word(c byte) bool {
	return c == '_' || c == '#' && r.hashInWords || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80
}

func (r *lexing) comment(i int) int {
	depth, end := 1, i+2
	for ; end < len(r.s) && depth > 0; end++ {
		if r.s[end] == '*' && r.at(end+1) == '/' {
			depth--
			end++
		} else if r.nested && r.s[end] == '/' && r.at(end+1) == '*' {
			depth++
			end++
		}
	}
	return r.until(i, end)
}

func (r *lexing) dollar(i int) int {
	end := i + 1
	for end < len(r.s) && r.word(r.s[end]) {
		end++
	}
	if r.at(end) != '$' || end > i+1 && r.s[i+1] >= '0' && r.s[i+1] <= '9' {
		return i + 1
	}
	tag := r.s[i : end+1]
	stop := strings.Index(r.s[end+1:], tag)
	if stop < 0 {
		return r.until(end+1, len(r.s))
	}
	r.until(end+1, end+1+stop)
	return end + 1 + stop + len(tag)
}

// readWord reads a word, and the text whose prefix it is.
func (r *lexing) readWord(i int) int {
	start := i
	for i < len(r.s) && (r.word(r.s[i]) || r.s[i] == '$') {
		i++
	}
	word := strings.ToLower(r.s[start:i])
	switch {
	case r.q && (word == "q" || word == "nq") && r.at(i) == '\'' && i+1 < len(r.s):
		end := r.at(i + 1)
		if p := strings.IndexByte("[{(<", end); p >= 0 {
			end = "]})>"[p]
		}
		stop := strings.Index(r.s[i+2:], string([]byte{end, '\''}))
		if stop < 0 {
			return r.until(i, len(r.s))
		}
		return r.until(i, i+2+stop) + 2
	case r.lexer.dollar && word == "e" && r.at(i) == '\'':
		return r.quoted(i, '\'', true, true)
	}
	return i
}

// replaceSecrets replaces letters and digits in secret places by others.
func replaceSecrets(s string, secret []bool, letter, digit byte) string {
	b := []byte(s)
	for i, c := range b {
		switch {
		case !secret[i]:
		case c >= '0' && c <= '9':
			b[i] = digit
		case c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80:
			b[i] = letter
		}
	}
	return string(b)
}

// lexerModes are the ways in which each system may read a statement.
func lexerModes() map[string][]lexer {
	m := map[string][]lexer{
		"postgresql":           {{dollar: true, nested: true}, {dollar: true, nested: true, backslash: true}},
		"microsoft.sql_server": {{brackets: true, nested: true, hashInWords: true}, {brackets: true, nested: true, double: true, hashInWords: true}},
		"sqlite":               {{brackets: true, backtick: true, double: true}},
		"oracle.db":            {{q: true, hashInWords: true}},
	}
	for _, backslash := range []bool{false, true} {
		for _, double := range []bool{false, true} {
			m["mysql"] = append(m["mysql"], lexer{backslash: backslash, double: double, hash: true, dashesNeedSpace: true, backtick: true})
		}
	}
	for _, all := range []string{"postgresql", "microsoft.sql_server", "sqlite", "oracle.db", "mysql"} {
		m[""] = append(m[""], m[all]...)
	}
	// BigQuery
	m[""] = append(m[""], lexer{tripleQuotes: true, backslash: true, double: true, hash: true, backtick: true})
	// CQL, Snowflake
	m[""] = append(m[""], lexer{slashComments: true, dollar: true, double: true}, lexer{slashComments: true, dollar: true, backslash: true})
	return m
}

// checkNoInfluence checks that secret text has no influence on the result.
func checkNoInfluence(t *testing.T, text string) {
	t.Helper()
	for system, all := range lexerModes() {
		for _, l := range all {
			secret := l.markSecrets(text)
			a, b := parseStatement(system, replaceSecrets(text, secret, 'k', '3')), parseStatement(system, replaceSecrets(text, secret, 'w', '7'))
			if a != b {
				t.Fatalf("%q of %q, read as %+v, tells what is secret: %+v, %+v", text, system, l, a, b)
			}
		}
	}
}

// hardPieces are parts from which statements that are hard to read are made.
var hardPieces = []string{"'", "'", "''", "\"", "`", "[", "]", "\\", "\\\\", "--", "-- ", "#", "//", "/*", "*/", "/*!", "$", "$$", "$a$", "\n", "\r", " ", ",", "(", ")", ";", "=",
	"abc", "x", "E", "N", "q", "nq", "U&", "12", "1.5e-3", "0x", "e", "SELECT ", "FROM ", "INTO ", "UPDATE", "JOIN ",
	".", "?", ":", "@", "{", "}", "!", "\xbf\\", "\u00e9", "+", "-", "identified by ", "e132b130-ae79-11e4-ab27-0800200c9a66"}

// TestNoLiteralSurvives tries statements of random pieces in all systems and modes.
func TestNoLiteralSurvives(t *testing.T) {
	random := rand.New(rand.NewSource(7))
	rounds := 60000
	if testing.Short() {
		rounds = 5000
	}
	for i := 0; i < rounds; i++ {
		var b strings.Builder
		for n := random.Intn(16); n >= 0; n-- {
			b.WriteString(hardPieces[random.Intn(len(hardPieces))])
		}
		checkNoInfluence(t, b.String())
	}
}

func FuzzSQL(f *testing.F) {
	for _, s := range []string{"SELECT 'a' FROM b -- c", "E'\\'' $$x$$ /* /* */ */ #", "[a]]'b] `c` q'[d]'"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		checkNoInfluence(t, text)
		s := SQL("", text)
		if len(s.Text) > maxText || len(s.Summary) > maxSummary || len(s.Collection) > 2*maxName {
			t.Fatalf("%+v", s)
		}
	})
}
