package semconv

import (
	"context"
	"strconv"

	"goagent/agent"
	"goagent/converge"
)

// DBCall is what a database client knows about an operation. The caller fills in what it has; empty
// means unknown.
type DBCall struct {
	System    string // db.system.name: "mysql", "postgresql", "redis", "mongodb"; "other_sql"
	Namespace string // the database
	// Operation and Collection are the program's own words for the operation and its target: a
	// command of Redis, a collection of MongoDB. If there is a Query they are read from it.
	Operation, Collection string
	Procedure             string // a stored procedure
	Query                 string // a statement of SQL, as the program has written it
	Batch                 int    // number of operations sent as one, if more than one
	Host                  string // with or without a port
	Port                  int    // used if Host has none
}

// StartDB starts the span of a database operation and makes it current. Its name is what the
// statement does, and to which tables. No literal and no comment of the statement gets into the
// span.
func StartDB(ctx context.Context, c DBCall) agent.Span {
	var q converge.Statement
	if c.Query != "" {
		q = converge.SQL(c.System, c.Query)
		c.Operation, c.Collection = firstNonEmpty(c.Operation, q.Operation), firstNonEmpty(c.Collection, q.Collection)
	}
	if c.Batch > 1 && c.Operation != "BATCH" {
		if c.Operation = "BATCH " + c.Operation; c.Operation == "BATCH " {
			c.Operation = "BATCH"
		}
	}
	host, port := hostAndPort(c.Host, c.Port)
	if port == defaultDBPort(c.System) {
		port = 0 // the conventions omit the default port
	}
	s := agent.StartClient(ctx, dbName(&c, q.Summary, host))
	if set := s.Measure(dbClient, nil); set != nil {
		set[dbSystem].Str = c.System
		set[dbOperation].Str = c.Operation
		set[dbCollection].Str = c.Collection
		set[dbNamespace].Str = c.Namespace
		set[dbSummary].Str = q.Summary
		set[dbProcedure].Str = c.Procedure
		set[dbAddress].Str = host
		set[dbPort].Num = int64(port)
	}
	a := s.Fresh()
	if a == nil {
		return s
	}
	addText(a, "db.system.name", c.System)
	addText(a, "db.namespace", c.Namespace)
	addText(a, "db.operation.name", c.Operation)
	addText(a, "db.collection.name", c.Collection)
	addText(a, "db.stored_procedure.name", c.Procedure)
	addText(a, "db.query.text", q.Text)
	addText(a, "db.query.summary", q.Summary)
	if c.Batch > 1 {
		a.AddInt("db.operation.batch.size", int64(c.Batch))
	}
	addAddress(a, "server.address", host, "server.port", port)
	return s
}

// dbName returns the summary, or operation and target, or whatever is known.
func dbName(c *DBCall, summary, host string) string {
	if summary != "" {
		return summary
	}
	target := firstNonEmpty(firstNonEmpty(c.Collection, c.Procedure), firstNonEmpty(c.Namespace, host))
	switch {
	case c.Operation == "":
		return firstNonEmpty(target, firstNonEmpty(c.System, "database"))
	case target == "":
		return c.Operation
	}
	return c.Operation + " " + target
}

// EndDB ends the span, as agent.Span.End does. status is the database's own error code, if it has
// returned one.
func EndDB(s agent.Span, status string, err error) {
	o := agent.Outcome{}
	if err != nil {
		o.Error = firstNonEmpty(status, agent.ErrorType(err))
	}
	if status != "" {
		o.Attr = agent.String("db.response.status_code", status)
		o.Slot, o.Value.Str = dbStatus, status
	}
	s.EndWith(&o)
}

// defaultDBPort returns a system's default port.
func defaultDBPort(system string) int {
	switch system {
	case "mysql", "mariadb":
		return 3306
	case "postgresql":
		return 5432
	case "microsoft.sql_server":
		return 1433
	case "oracle.db":
		return 1521
	case "redis":
		return 6379
	case "mongodb":
		return 27017
	case "memcached":
		return 11211
	case "cassandra":
		return 9042
	case "elasticsearch":
		return 9200
	case "clickhouse":
		return 9000
	}
	return -1
}

// DBStatus returns a numeric code in the form that EndDB takes; 0 means none.
func DBStatus(code int) string {
	if code == 0 {
		return ""
	}
	return strconv.Itoa(code)
}
