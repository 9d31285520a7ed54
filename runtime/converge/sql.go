package converge

import (
	"bytes"
	"strings"
	"sync/atomic"
	"unsafe"

	"goagent/internal/mix"
)

// Statement is the part of a statement of SQL that may be exported.
type Statement struct {
	Text       string // without literals and comments
	Operation  string // SELECT, INSERT …; "" if it is unknown, or if there are several statements
	Collection string // the table, if there is exactly one
	Summary    string // operations and tables in their order
}

// Bounds of the input and the output, in bytes.
const (
	maxStatement = 16 << 10
	maxText      = 2048
	maxSummary   = 255
	maxCached    = 1024
	maxName      = 128
)

// cache is a direct-mapped cache of recent statements, as programs use few texts; a collision
// overwrites.
var cache [512]unsafe.Pointer // *cached; atomic

type cachedStatement struct {
	system, text string
	statement    Statement
}

// SQL reads a statement of the named system (db.system.name). The result contains no string, number
// or comment of the statement, nor anything that might be part of one.
func SQL(system, text string) Statement {
	if len(text) > maxCached {
		return parseStatement(system, text)
	}
	place := &cache[mix.String(mix.String(mix.Seed, text), system)%uint64(len(cache))]
	if c := (*cachedStatement)(atomic.LoadPointer(place)); c != nil && c.text == text && c.system == system {
		return c.statement
	}
	c := &cachedStatement{strings.Clone(system), strings.Clone(text), parseStatement(system, text)}
	atomic.StorePointer(place, unsafe.Pointer(c))
	return c.statement
}

// scanner reads a statement once, from left to right.
type scanner struct {
	dialect
	in    string
	at    int
	out   []byte
	space bool // there was something between the last token and the next
	done  bool // the rest is omitted
	names nameFinder
}

func parseStatement(system, text string) Statement {
	s := scanner{dialect: dialectOf(system), in: text}
	if len(text) > maxStatement {
		s.in = text[:maxStatement]
	}
	for s.at < len(s.in) && !s.done {
		s.token()
		if len(s.out) > maxText {
			s.out = append(s.out[:maxText-3], "..."...)
			s.done = true
		}
	}
	s.names.end()
	return s.names.statement(string(bytes.ToValidUTF8(s.out, nil)))
}

// stop omits the rest, including the present token.
func (s *scanner) stop() {
	s.literal()
	s.done = true
}

func (s *scanner) peek(ahead int) byte {
	if s.at+ahead < len(s.in) {
		return s.in[s.at+ahead]
	}
	return 0
}

func (s *scanner) token() {
	switch c := s.in[s.at]; {
	case c <= ' ' || c == 0x7f:
		s.at++
		s.space = true
	case c == '\'':
		s.quoted(c)
	case c == '"':
		if s.doubleQuoteNames {
			s.quotedName('"')
		} else {
			s.quoted(c)
		}
	case c == '`':
		if s.backtickNames {
			s.quotedName('`')
		} else {
			s.stop()
		}
	case c == '[':
		s.bracket()
	case c == '$':
		s.dollar()
	case c == '?':
		s.at++
		if isDigit(s.peek(0)) {
			s.number()
		} else {
			s.literal()
		}
	case s.isUUID():
		s.at += uuidLength
		s.endLiteral()
	case isDigit(c) || c == '.' && isDigit(s.peek(1)):
		s.number()
	case isWordByte(c) || c == '#' && s.hash == hashName:
		s.word()
	case s.comment():
	default:
		s.symbol(c)
	}
}

// write appends a token to the output.
func (s *scanner) write(text string) {
	if s.space && len(s.out) > 0 {
		s.out = append(s.out, ' ')
	}
	s.space = false
	s.out = append(s.out, text...)
}

// literalListEnds are endings of the output after which another question mark is omitted: a list of
// them becomes one.
var literalListEnds = [...][]byte{[]byte("?,"), []byte("?, "), []byte("? ,"), []byte("? , ")}

// literal writes a question mark in place of a literal or a parameter.
func (s *scanner) literal() {
	s.names.symbol('?')
	s.dropSign()
	for _, list := range literalListEnds {
		if bytes.HasSuffix(s.out, list) {
			s.out = s.out[:len(s.out)-len(list)+1]
			s.space = false
			return
		}
	}
	s.write("?")
}

// dropSign removes the sign of a number.
func (s *scanner) dropSign() {
	n := len(s.out)
	if n == 0 || s.out[n-1] != '-' && s.out[n-1] != '+' {
		return
	}
	before := bytes.TrimRight(s.out[:n-1], " ")
	if len(before) == 0 || bytes.IndexByte([]byte(",(=<>?"), before[len(before)-1]) >= 0 {
		s.out = s.out[:n-1]
	}
}

// quoted skips text in quotes. A backslash before a quote escapes it in some systems, and in some
// depending on their configuration: then the end of the text is unknown. It is also unknown after
// three quotes, which are a different kind of quote in some systems (BigQuery).
func (s *scanner) quoted(quote byte) {
	if !s.known && s.peek(1) == quote && s.peek(2) == quote {
		s.stop()
		return
	}
	for i := s.at + 1; i < len(s.in); i++ {
		if s.in[i] != quote {
			continue
		}
		if s.backslashesBefore(i)%2 != 0 {
			break
		}
		if i+1 < len(s.in) && s.in[i+1] == quote {
			i++
			continue
		}
		s.at = i + 1
		s.literal()
		return
	}
	s.stop()
}

// backslashesBefore counts the backslashes before an index.
func (s *scanner) backslashesBefore(end int) (n int) {
	for end-n-1 > s.at && s.in[end-n-1] == '\\' {
		n++
	}
	return n
}

// quotedName reads a name in quotes, which are omitted.
func (s *scanner) quotedName(end byte) {
	if s.names.expectsArgument() {
		s.stop()
		return
	}
	for i := s.at + 1; i < len(s.in) && i-s.at <= maxName; i++ {
		c := s.in[i]
		if c == '\\' || c == '\'' || c < ' ' {
			break
		}
		if c != end {
			continue
		}
		if i == s.at+1 || i+1 < len(s.in) && s.in[i+1] == end {
			break // a doubled quote belongs to the name
		}
		text := s.in[s.at+1 : i]
		if !s.known && !isPlainName(text) {
			break
		}
		s.write(text)
		s.names.quotedName(text)
		s.at = i + 1
		return
	}
	s.stop()
}

// isPlainName reports whether a name needs no quotes.
func isPlainName(name string) bool {
	for i := 0; i < len(name); i++ {
		first := i == 0 || name[i-1] == '.'
		if c := name[i]; c == '.' && !first || c != '$' && isWordByte(c) && !(first && isDigit(c)) {
			continue
		}
		return false
	}
	return true
}

func (s *scanner) bracket() {
	end := strings.IndexByte(s.in[s.at:], ']')
	switch {
	case s.bracketIndexes:
		s.symbol('[')
	case s.bracketNames && end > 0:
		s.quotedName(']')
	case end > 0 && s.peek(end+1) != ']' && strings.IndexAny(s.in[s.at:s.at+end], "'\"`\\-/#$") < 0:
		s.symbol('[') // the same tokens, whatever it means
	default:
		s.stop()
	}
}

// dollar reads $1, a parameter, and $tag$text$tag$.
func (s *scanner) dollar() {
	i := s.at + 1
	for i < len(s.in) && isWordByte(s.in[i]) && s.in[i] != '$' {
		i++
	}
	if i < len(s.in) && s.in[i] == '$' {
		tag := s.in[s.at : i+1]
		end := strings.Index(s.in[i+1:], tag)
		if end < 0 || !s.bracketIndexes || isDigit(tag[1]) { // some other syntax
			s.stop()
			return
		}
		s.at = i + 1 + end + len(tag)
		s.literal()
		return
	}
	s.at = i
	s.endLiteral()
}

// endLiteral is literal, unless a quote follows immediately: then the text read so far is a prefix
// of a text, or ends in one.
func (s *scanner) endLiteral() {
	if c := s.peek(0); c == '\'' || c == '$' {
		s.stop()
		return
	}
	s.literal()
}

const uuidLength = 36

// isUUID reports whether a UUID without quotes is next, which is a literal in CQL. In other systems
// it would be a sum of strangely named columns: omitting it loses nothing.
func (s *scanner) isUUID() bool {
	if s.peek(8) != '-' || s.at+uuidLength > len(s.in) || isWordByte(s.peek(uuidLength)) {
		return false
	}
	for i := 0; i < uuidLength; i++ {
		c := s.in[s.at+i]
		if dash := i == 8 || i == 13 || i == 18 || i == 23; dash != (c == '-') || !dash && !isDigit(c) && (c|0x20 < 'a' || c|0x20 > 'f') {
			return false
		}
	}
	return true
}

// number reads digits and characters attached to them: 1.5e-3, 0xFF, 1_000.
func (s *scanner) number() {
	for s.at < len(s.in) {
		c := s.in[s.at]
		exponent := (c == '+' || c == '-') && s.in[s.at-1]|0x20 == 'e' && isDigit(s.peek(1))
		if c == '$' || !isWordByte(c) && c != '.' && !exponent {
			break
		}
		s.at++
	}
	s.endLiteral()
}

func (s *scanner) word() {
	start := s.at
	for s.at < len(s.in) && (isWordByte(s.in[s.at]) || s.in[s.at] == '#' && s.hash == hashName) {
		s.at++
	}
	text := s.in[start:s.at]
	// It is a text, or the beginning of another statement.
	if s.names.expectsArgument() && s.in[start-1] != '@' {
		s.space = true
		s.stop()
		return
	}
	if c := s.peek(0); c == '\'' || c == '&' && s.peek(1) == '\'' || c == '"' && !s.doubleQuoteNames {
		s.prefixedText(text)
		return
	}
	s.write(text)
	if strings.EqualFold(text, "identified") { // BY a password, which needs no quotes
		s.space = true
		s.stop()
		return
	}
	// In ClickHouse data follows.
	if !s.known && s.names.operation == "INSERT" && s.names.previous == "FORMAT" {
		s.space = true
		s.stop()
		return
	}
	s.names.word(text)
}

// prefixedText reads text in quotes after a prefix, as in N'text', X'ff' or _utf8'text'.
func (s *scanner) prefixedText(word string) {
	if strings.EqualFold(word, "q") || strings.EqualFold(word, "nq") {
		s.stop() // Oracle's q'[text]', or any other quote
		return
	}
	if s.peek(0) == '&' {
		s.at++
	}
	s.quoted(s.in[s.at])
}

// comment skips a comment, or returns false if there is none.
func (s *scanner) comment() bool {
	switch c, d := s.in[s.at], s.peek(1); {
	case c == '-' && d == '-':
		if space := s.peek(2) <= ' '; !space && s.dashesNeedSpace {
			return false // minus minus
		} else if !space && !s.known {
			s.stop()
			return true
		}
		s.lineComment()
	case c == '#' && s.hash == hashComment:
		s.lineComment()
	case c == '#' && s.hash == hashUnknown:
		s.stop()
	case c == '/' && d == '*':
		s.blockComment()
	case c == '/' && d == '/' && !s.known: // a comment in CQL and Snowflake, a division elsewhere
		s.stop()
	default:
		return false
	}
	return true
}

func (s *scanner) lineComment() {
	s.space = true
	end := strings.IndexByte(s.in[s.at:], '\n')
	if end < 0 || strings.IndexByte(s.in[s.at:s.at+end], '\r') >= 0 {
		s.at = len(s.in) // some systems end the comment earlier
		return
	}
	s.at += end + 1
}

// blockComment skips a comment in /* and */. Some systems nest them, and some execute their
// content: the end is not always known.
func (s *scanner) blockComment() {
	s.space = true
	body := s.in[s.at+2:]
	end := strings.Index(body, "*/")
	if end < 0 {
		s.at = len(s.in)
		return
	}
	body = body[:end+1] // with the star: it may also be that of "/*"
	runs := strings.HasPrefix(body, "!") || strings.HasPrefix(body, "M!")
	if strings.Contains(body, "/*") || runs && strings.IndexAny(body, "'\"`-#") >= 0 {
		s.stop()
		return
	}
	s.at += 2 + end + 2
}

func (s *scanner) symbol(c byte) {
	if c == '\\' || c == '{' || c == '}' { // not understood here
		s.stop()
		return
	}
	s.write(s.in[s.at : s.at+1])
	s.at++
	s.names.symbol(c)
	if c == ')' {
		for _, list := range rowListEnds {
			if bytes.HasSuffix(s.out, list) {
				s.out = s.out[:len(s.out)-len(list)+len("(?)")]
			}
		}
	}
}

// rowListEnds are endings with two rows of VALUES, of which one is kept.
var rowListEnds = [...][]byte{[]byte("(?), (?)"), []byte("(?),(?)")}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// isWordByte reports whether c may be part of a word, after its first byte.
func isWordByte(c byte) bool {
	return c == '_' || c == '$' || isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80
}
