package semconv

import (
	"context"
	"strconv"

	"goagent/agent"
	"goagent/converge"
)

// DBCall is what a client of a database knows of an operation. The caller fills in
// what it has; empty means not known.
type DBCall struct {
	System    string // db.system.name: "mysql", "postgresql", "redis", "mongodb"; "other_sql"
	Namespace string // the database
	// Operation and Collection are the program's own words for what is done and to
	// what: a command of Redis, a collection of MongoDB. With a Query they are read from it.
	Operation, Collection string
	Procedure             string // a stored procedure
	Query                 string // a statement of SQL, as the program has written it
	Batch                 int    // operations that are sent as one, where there is more than one
	Host                  string // with or without a port
	Port                  int    // where Host has none
}

// StartDB starts the span of an operation on a database and makes it current. Its
// name is what the statement does and to which tables. Of the statement the span gets
// no literal and no comment.
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
		port = 0 // the conventions leave the usual one out
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

// dbName is the summary, or operation and target, or whatever there is.
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

// EndDB leaves and ends the span. status is the database's own code of an error,
// where it has given one.
func EndDB(s agent.Span, status string, err error) {
	o := agent.Outcome{}
	if err != nil {
		o.Error = firstNonEmpty(status, agent.ErrorType(err))
	}
	if status != "" {
		o.Attr = agent.String("db.response.status_code", status)
		o.Slot, o.Value.Str = dbStatus, status
	}
	s.Leave()
	s.EndWith(&o)
}

// dbPortOf is the port that a system uses unless told otherwise.
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

// DBStatus is a numeric code as EndDB takes it; 0 is none.
func DBStatus(code int) string {
	if code == 0 {
		return ""
	}
	return strconv.Itoa(code)
}
