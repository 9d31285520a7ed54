package converge

// dialect says what characters mean where systems differ. What is not known for
// certain ends the statement that is kept.
type dialect struct {
	doubleQuoteNames bool // double quotes are around names; else around text, to be sure
	bracketNames     bool // [ and ] are around names
	backtickNames    bool // backticks are around names
	hash             hashMeaning
	dashesNeedSpace  bool // two dashes are a comment only in front of a blank
	bracketIndexes   bool // [ and ] are around the index of an array
	known            bool
}

type hashMeaning uint8

const (
	hashUnknown hashMeaning = iota
	hashComment
	hashOperator
	hashName
)

// dialectOf knows a system by its db.system.name.
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
