package converge

// dialect holds the meaning of characters that differ between systems. If the meaning is uncertain
// the statement is cut off there.
type dialect struct {
	// doubleQuoteNames: double quotes enclose names; if false they are taken to enclose text, to be
	// safe.
	doubleQuoteNames bool
	bracketNames     bool // [ and ] enclose names
	backtickNames    bool // backticks enclose names
	hash             hashMeaning
	dashesNeedSpace  bool // two dashes are a comment only if a space follows
	bracketIndexes   bool // [ and ] enclose the index of an array
	known            bool
}

type hashMeaning uint8

const (
	hashUnknown hashMeaning = iota
	hashComment
	hashOperator
	hashName
)

// dialectOf returns the dialect of a system, by its db.system.name.
func dialectOf(system string) dialect {
	switch system {
	case "postgresql", "cockroachdb", "aws.redshift":
		return dialect{doubleQuoteNames: true, hash: hashOperator, bracketIndexes: true, known: true}
	case "mysql", "mariadb":
		return dialect{backtickNames: true, hash: hashComment, dashesNeedSpace: true, known: true}
	case "microsoft.sql_server":
		return dialect{bracketNames: true, hash: hashName, known: true}
	case "sqlite":
		return dialect{bracketNames: true, backtickNames: true, known: true}
	case "oracle.db":
		return dialect{doubleQuoteNames: true, hash: hashName, known: true}
	}
	return dialect{backtickNames: true}
}
