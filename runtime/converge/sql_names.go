package converge

import "strings"

// nameFinder finds operations and tables among the words of a statement.
type nameFinder struct {
	statements int
	operation  string // of the first statement
	table      string // the first one
	tables     int    // different ones, at most 2 are counted
	summary    []byte
	full       bool

	inStatement     bool          // the statement has had its first word
	expectTable     bool          // a table's name may follow
	commaContinues  bool          // another table may follow a comma
	expectProcedure bool          // CALL, EXEC: a procedure's name may follow
	exec            bool          // EXEC: values follow the name, and need no quotes
	name            []byte        // the name being read, with its dots
	dotted          bool          // its last token was a dot
	previous        string        // the previous word, in upper case
	stack           []parenthesis // the open parentheses
	overflowDepth   int           // open parentheses beyond the bound of stack
}

// parenthesis holds the state that is restored when a parenthesis is closed.
type parenthesis struct{ list, function bool }

const maxDepth = 32

// verbs are the words with which a statement may begin; the value is true if they also occur
// inside.
var verbs = map[string]bool{
	"SELECT": true, "INSERT": true, "UPDATE": true, "DELETE": true, "MERGE": true, "REPLACE": false, "UPSERT": false,
	"TRUNCATE": false, "CREATE": false, "ALTER": false, "DROP": false, "CALL": false, "EXEC": false, "EXECUTE": false,
	"BEGIN": false, "START": false, "COMMIT": false, "ROLLBACK": false, "SAVEPOINT": false, "RELEASE": false, "SET": false, "SHOW": false,
	"USE": false, "EXPLAIN": false, "ANALYZE": false, "GRANT": false, "REVOKE": false, "VACUUM": false, "COPY": false, "LOCK": false,
	"DECLARE": false, "FETCH": false, "PREPARE": false, "DEALLOCATE": false, "DESCRIBE": false, "PRAGMA": false, "VALUES": false,
	"REFRESH": false, "LISTEN": false, "NOTIFY": false, "COMMENT": false, "OPTIMIZE": false, "KILL": false, "RESET": false,
}

// notVerbAfter are words after which a verb does not begin a part of a statement: FOR UPDATE, ON
// DUPLICATE KEY UPDATE …
var notVerbAfter = map[string]bool{"FOR": true, "KEY": true, "DO": true, "ON": true, "THEN": true, "OR": true,
	"BEFORE": true, "AFTER": true, "OF": true, "INSTEAD": true}

// skippedBeforeName are words between FROM, INTO, TABLE … and a name.
var skippedBeforeName = map[string]bool{"ONLY": true, "LATERAL": true, "IF": true, "NOT": true, "EXISTS": true, "TABLE": true,
	"LOW_PRIORITY": true, "HIGH_PRIORITY": true, "DELAYED": true, "QUICK": true, "IGNORE": true, "OVERWRITE": true,
	"INTO": true, "FROM": true}

// tableListEnds are words after which no table follows a comma.
var tableListEnds = map[string]bool{"WHERE": true, "SET": true, "GROUP": true, "ORDER": true, "HAVING": true, "LIMIT": true, "VALUES": true,
	"UNION": true, "RETURNING": true, "WINDOW": true, "SELECT": true, "ADD": true}

// functionsWithFrom are functions with a FROM of their own.
var functionsWithFrom = map[string]bool{"EXTRACT": true, "TRIM": true, "SUBSTRING": true, "OVERLAY": true, "POSITION": true}

// word reads a word without quotes.
func (r *nameFinder) word(text string) {
	if r.dotted {
		r.addPart(text)
		return
	}
	r.endName()
	if len(text) > 20 {
		r.otherWord(text, "")
		return
	}
	upper := strings.ToUpper(text)
	inside, verb := verbs[upper]
	switch {
	case !r.inStatement && upper == "WITH":
		r.inStatement = true // the verb follows later
	case verb && (!r.inStatement || inside && !notVerbAfter[r.previous] && (!r.expectTable || upper == "SELECT")):
		r.verb(upper)
	case upper == "FROM":
		if r.previous != "DISTINCT" && !r.inFunction() {
			r.expectTable, r.commaContinues = true, true
		}
	case upper == "JOIN" || upper == "INTO" || upper == "TABLE":
		r.expectTable = true
	case tableListEnds[upper]:
		r.expectTable, r.commaContinues = false, false
	case r.expectTable && skippedBeforeName[upper]:
	default:
		r.otherWord(text, upper)
	}
	r.inStatement = true
	r.previous = upper
}

func (r *nameFinder) verb(upper string) {
	if len(r.stack) == 0 && r.statements <= 1 && (r.operation == "" || !r.inStatement) {
		if r.operation == "" {
			r.operation = upper
		}
	}
	r.inStatement = true
	r.commaContinues = false
	r.addToSummary(upper)
	r.expectTable = upper == "UPDATE" || upper == "TRUNCATE"
	r.exec = upper == "EXEC" || upper == "EXECUTE"
	r.expectProcedure = upper == "CALL" || r.exec
}

// expectsArgument reports whether the next word may be a value.
func (r *nameFinder) expectsArgument() bool {
	return r.exec && (!r.expectProcedure || len(r.name) > 0 && !r.dotted)
}

// otherWord reads a word that is not a known keyword.
func (r *nameFinder) otherWord(text, upper string) {
	r.inStatement = true
	r.previous = upper
	if r.expectTable || r.expectProcedure {
		r.addPart(text)
	}
}

// quotedName reads a name in quotes.
func (r *nameFinder) quotedName(text string) {
	if r.dotted {
		r.addPart(text)
		return
	}
	r.endName()
	r.otherWord(text, "")
}

// addPart adds a part to the name being read.
func (r *nameFinder) addPart(text string) {
	if len(r.name)+len(text) <= maxName {
		r.name = append(r.name, text...)
	}
	r.dotted = false
}

// endName completes the name being read.
func (r *nameFinder) endName() {
	r.dotted = false
	if len(r.name) == 0 {
		return
	}
	name := string(r.name)
	r.name = r.name[:0]
	r.addToSummary(name)
	if r.expectTable && name != r.table {
		if r.tables++; r.tables == 1 {
			r.table = name
		}
	}
	r.expectTable, r.expectProcedure = false, false
}

// symbol reads any other token.
func (r *nameFinder) symbol(c byte) {
	if c == '.' && len(r.name) > 0 && !r.dotted {
		r.name = append(r.name, '.')
		r.dotted = true
		return
	}
	if c == '(' && len(r.name) > 0 && r.previousIsFrom() {
		r.name = r.name[:0] // a function instead of a table
	}
	r.endName()
	switch c {
	case '(':
		if len(r.stack) < maxDepth {
			r.stack = append(r.stack, parenthesis{r.commaContinues, functionsWithFrom[r.previous]})
		} else {
			r.overflowDepth++
		}
		r.expectTable, r.commaContinues = false, false
	case ')':
		r.expectTable, r.commaContinues = false, false
		if r.overflowDepth > 0 {
			r.overflowDepth--
		} else if n := len(r.stack); n > 0 {
			r.commaContinues = r.stack[n-1].list
			r.stack = r.stack[:n-1]
		}
	case ',':
		r.expectTable = r.commaContinues
	case ';':
		r.statements++
		r.inStatement, r.commaContinues, r.expectTable, r.expectProcedure, r.exec = false, false, false, false, false
		r.stack, r.overflowDepth = r.stack[:0], 0
	default:
		r.expectTable, r.expectProcedure = false, false
	}
	r.previous = ""
}

// previousIsFrom reports whether the name being read is in a list of FROM, where a parenthesis
// makes it a function. After INTO a parenthesis begins the columns.
func (r *nameFinder) previousIsFrom() bool { return r.expectTable && r.commaContinues }

func (r *nameFinder) inFunction() bool {
	n := len(r.stack)
	return n > 0 && r.overflowDepth == 0 && r.stack[n-1].function
}

// addToSummary adds a word to the summary, unless it is full.
func (r *nameFinder) addToSummary(word string) {
	if r.full = r.full || len(r.summary)+1+len(word) > maxSummary; r.full {
		return
	}
	if len(r.summary) > 0 {
		r.summary = append(r.summary, ' ')
	}
	r.summary = append(r.summary, word...)
}

func (r *nameFinder) end() { r.endName() }

// statement returns the result.
func (r *nameFinder) statement(text string) Statement {
	s := Statement{Text: text, Summary: strings.ToValidUTF8(string(r.summary), "")}
	// There is a single statement, with or without a semicolon.
	if r.statements == 0 || r.statements == 1 && !r.inStatement {
		s.Operation = r.operation
		if r.tables == 1 {
			s.Collection = strings.ToValidUTF8(r.table, "")
		}
	}
	return s
}
