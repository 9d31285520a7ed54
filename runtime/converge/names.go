package converge

import "strings"

// reader finds operations and tables among the words of a statement.
type reader struct {
	statements int
	operation  string // of the first statement
	table      string // the first one
	tables     int    // different ones, up to 2
	summary    []byte
	full       bool

	began    bool     // the statement has had its first word
	wanted   bool     // a table's name may come
	list     bool     // a comma is followed by another one
	called   bool     // CALL, EXEC: a procedure's name may come
	exec     bool     // EXEC: behind the name are values, which need no quotes
	held     []byte   // the name at hand, with its dots
	dotted   bool     // a dot was its last token
	previous string   // word, in upper case
	stack    []within // the parentheses that are open
	deep     int      // those beyond what the stack holds
}

// within is what holds again once a parenthesis is closed.
type within struct{ list, function bool }

const maxDepth = 32

// verbs are what a statement may begin with; true: also what is in it.
var verbs = map[string]bool{
	"SELECT": true, "INSERT": true, "UPDATE": true, "DELETE": true, "MERGE": true, "REPLACE": false, "UPSERT": false,
	"TRUNCATE": false, "CREATE": false, "ALTER": false, "DROP": false, "CALL": false, "EXEC": false, "EXECUTE": false,
	"BEGIN": false, "START": false, "COMMIT": false, "ROLLBACK": false, "SAVEPOINT": false, "RELEASE": false, "SET": false, "SHOW": false,
	"USE": false, "EXPLAIN": false, "ANALYZE": false, "GRANT": false, "REVOKE": false, "VACUUM": false, "COPY": false, "LOCK": false,
	"DECLARE": false, "FETCH": false, "PREPARE": false, "DEALLOCATE": false, "DESCRIBE": false, "PRAGMA": false, "VALUES": false,
	"REFRESH": false, "LISTEN": false, "NOTIFY": false, "COMMENT": false, "OPTIMIZE": false, "KILL": false, "RESET": false,
}

// after are words behind which a verb is none: FOR UPDATE, ON DUPLICATE KEY UPDATE …
var after = map[string]bool{"FOR": true, "KEY": true, "DO": true, "ON": true, "THEN": true, "OR": true, "BEFORE": true, "AFTER": true, "OF": true, "INSTEAD": true}

// passed are words between FROM, INTO, TABLE … and a name.
var passed = map[string]bool{"ONLY": true, "LATERAL": true, "IF": true, "NOT": true, "EXISTS": true, "TABLE": true,
	"LOW_PRIORITY": true, "HIGH_PRIORITY": true, "DELAYED": true, "QUICK": true, "IGNORE": true, "OVERWRITE": true, "INTO": true, "FROM": true}

// ends are words behind which a comma is followed by no other table.
var ends = map[string]bool{"WHERE": true, "SET": true, "GROUP": true, "ORDER": true, "HAVING": true, "LIMIT": true, "VALUES": true,
	"UNION": true, "RETURNING": true, "WINDOW": true, "SELECT": true, "ADD": true}

// functions have a FROM of their own.
var functions = map[string]bool{"EXTRACT": true, "TRIM": true, "SUBSTRING": true, "OVERLAY": true, "POSITION": true}

// word is told of each word without quotes.
func (r *reader) word(text string) {
	if r.dotted {
		r.part(text)
		return
	}
	r.named()
	if len(text) > 20 {
		r.other(text, "")
		return
	}
	upper := strings.ToUpper(text)
	inside, verb := verbs[upper]
	switch {
	case !r.began && upper == "WITH":
		r.began = true // the verb comes behind
	case verb && (!r.began || inside && !after[r.previous] && (!r.wanted || upper == "SELECT")):
		r.verb(upper)
	case upper == "FROM":
		if r.previous != "DISTINCT" && !r.function() {
			r.wanted, r.list = true, true
		}
	case upper == "JOIN" || upper == "INTO" || upper == "TABLE":
		r.wanted = true
	case ends[upper]:
		r.wanted, r.list = false, false
	case r.wanted && passed[upper]:
	default:
		r.other(text, upper)
	}
	r.began = true
	r.previous = upper
}

func (r *reader) verb(upper string) {
	if len(r.stack) == 0 && r.statements <= 1 && (r.operation == "" || !r.began) {
		if r.operation == "" {
			r.operation = upper
		}
	}
	r.began = true
	r.list = false
	r.add(upper)
	r.wanted = upper == "UPDATE" || upper == "TRUNCATE"
	r.exec = upper == "EXEC" || upper == "EXECUTE"
	r.called = upper == "CALL" || r.exec
}

// argument reports whether a word that comes now may be a value.
func (r *reader) argument() bool {
	return r.exec && (!r.called || len(r.held) > 0 && !r.dotted)
}

// other is told of a word that is none of the language's, as far as one sees.
func (r *reader) other(text, upper string) {
	r.began = true
	r.previous = upper
	if r.wanted || r.called {
		r.part(text)
	}
}

// name is told of each name in quotes.
func (r *reader) name(text string) {
	if r.dotted {
		r.part(text)
		return
	}
	r.named()
	r.other(text, "")
}

// part adds to the name at hand.
func (r *reader) part(text string) {
	if len(r.held)+len(text) <= maxName {
		r.held = append(r.held, text...)
	}
	r.dotted = false
}

// named says that the name at hand is whole.
func (r *reader) named() {
	r.dotted = false
	if len(r.held) == 0 {
		return
	}
	name := string(r.held)
	r.held = r.held[:0]
	r.add(name)
	if r.wanted && name != r.table {
		if r.tables++; r.tables == 1 {
			r.table = name
		}
	}
	r.wanted, r.called = false, false
}

// symbol is told of each other token.
func (r *reader) symbol(c byte) {
	if c == '.' && len(r.held) > 0 && !r.dotted {
		r.held = append(r.held, '.')
		r.dotted = true
		return
	}
	if c == '(' && len(r.held) > 0 && r.previousIsFrom() {
		r.held = r.held[:0] // a function in place of a table
	}
	r.named()
	switch c {
	case '(':
		if len(r.stack) < maxDepth {
			r.stack = append(r.stack, within{r.list, functions[r.previous]})
		} else {
			r.deep++
		}
		r.wanted, r.list = false, false
	case ')':
		r.wanted, r.list = false, false
		if r.deep > 0 {
			r.deep--
		} else if n := len(r.stack); n > 0 {
			r.list = r.stack[n-1].list
			r.stack = r.stack[:n-1]
		}
	case ',':
		r.wanted = r.list
	case ';':
		r.statements++
		r.began, r.list, r.wanted, r.called, r.exec = false, false, false, false, false
		r.stack, r.deep = r.stack[:0], 0
	default:
		r.wanted, r.called = false, false
	}
	r.previous = ""
}

// previousIsFrom reports whether the name at hand stands in a list of FROM, where a
// parenthesis makes a function of it. Behind INTO it begins the columns.
func (r *reader) previousIsFrom() bool { return r.wanted && r.list }

func (r *reader) function() bool {
	n := len(r.stack)
	return n > 0 && r.deep == 0 && r.stack[n-1].function
}

// add puts a word into the summary, unless it is full.
func (r *reader) add(word string) {
	if r.full = r.full || len(r.summary)+1+len(word) > maxSummary; r.full {
		return
	}
	if len(r.summary) > 0 {
		r.summary = append(r.summary, ' ')
	}
	r.summary = append(r.summary, word...)
}

func (r *reader) end() { r.named() }

// statement puts together what was found.
func (r *reader) statement(text string) Statement {
	s := Statement{Text: text, Summary: strings.ToValidUTF8(string(r.summary), "")}
	if r.statements == 0 || r.statements == 1 && !r.began { // one, with or without a semicolon
		s.Operation = r.operation
		if r.tables == 1 {
			s.Collection = strings.ToValidUTF8(r.table, "")
		}
	}
	return s
}
