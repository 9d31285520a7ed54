package converge

// dialect says what characters mean where systems differ. What is not known for
// certain ends the statement that is kept.
type dialect struct {
	identifiers bool // double quotes are around names; else around text, to be sure
	brackets    bool // [ and ] are around names
	ticks       bool // backticks are around names
	hash        hashMeaning
	dashes      bool // two dashes are a comment only in front of a blank
	arrays      bool // [ and ] are around the index of an array
	known       bool
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
		return dialect{identifiers: true, hash: hashOperator, arrays: true, known: true}
	case "mysql", "mariadb":
		return dialect{ticks: true, hash: hashComment, dashes: true, known: true}
	case "microsoft.sql_server":
		return dialect{brackets: true, hash: hashName, known: true}
	case "sqlite":
		return dialect{brackets: true, ticks: true, known: true}
	case "oracle.db":
		return dialect{identifiers: true, hash: hashName, known: true}
	}
	return dialect{ticks: true}
}
