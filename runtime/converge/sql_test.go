package converge

import "testing"

// my and the others are the systems of sqlCases.
const my, pg, ms, lite, ora = "mysql", "postgresql", "microsoft.sql_server", "sqlite", "oracle.db"

var sqlCases = []struct{ system, in, text, operation, table, summary string }{
	{ms, "EXEC sp_addlogin bob, hunter2", "EXEC sp_addlogin ?", "EXEC", "", "EXEC sp_addlogin"},
	{ms, "exec dbo.pay @id = 1, @name = bob; SELECT a FROM t", "exec dbo.pay @id = ?, @name = ?", "EXEC", "", "EXEC dbo.pay"},
	{ms, "EXEC dbo.[pay] [bob]", "EXEC dbo.pay ?", "EXEC", "", "EXEC dbo.pay"},
	{ms, "EXECUTE @rc = pay bob", "EXECUTE @rc = ?", "EXECUTE", "", "EXECUTE"},
	{"", "EXEC pay 1; SELECT a FROM t", "EXEC pay ?; SELECT a FROM t", "", "", "EXEC pay SELECT t"},
	{my, "SELECT * FROM orders WHERE id = 17 AND name='it''s'", "SELECT * FROM orders WHERE id = ? AND name=?",
		"SELECT", "orders", "SELECT orders"},
	{pg, `select "a" from "public"."Orders" o where x = $1`, "select a from public.Orders o where x = ?", "SELECT",
		"public.Orders", "SELECT public.Orders"},
	{my, "SELECT a FROM t WHERE b IN (1, 2,3 , -4)", "SELECT a FROM t WHERE b IN (?)", "SELECT", "t", "SELECT t"},
	{my, "insert into `shop`.`orders` (a,b) values (1,'x'), (2,\"y\"),(3, null)",
		"insert into shop.orders (a,b) values (?),(?, null)", "INSERT", "shop.orders", "INSERT shop.orders"},
	{pg, "INSERT INTO a SELECT x FROM b, c JOIN d ON b.i=d.i", "INSERT INTO a SELECT x FROM b, c JOIN d ON b.i=d.i",
		"INSERT", "", "INSERT a SELECT b c d"},
	{my, "UPDATE t SET a=a-1, b=-1 WHERE c > +1.5e-3 -- secret\n LIMIT 5",
		"UPDATE t SET a=a-?, b=? WHERE c > ? LIMIT ?", "UPDATE", "t", "UPDATE t"},
	{my, "DELETE FROM t # secret", "DELETE FROM t", "DELETE", "t", "DELETE t"},
	{pg, "SELECT /* secret */ 1::text, a#>'{b}' FROM t", "SELECT ?::text, a#>? FROM t", "SELECT", "t", "SELECT t"},
	{pg, "SELECT $$secret$$, $a$ $$secret$$ $a$ FROM t", "SELECT ? FROM t", "SELECT", "t", "SELECT t"},
	{pg, `SELECT E'a\'secret' FROM t`, "SELECT ?", "SELECT", "", "SELECT"},
	{my, `SELECT 'a\\' FROM t`, "SELECT ? FROM t", "SELECT", "t", "SELECT t"},
	{my, `SELECT _utf8'secret', N'secret', X'ff', 0xff, b'1' FROM t`, "SELECT ? FROM t", "SELECT", "t", "SELECT t"},
	{ora, `SELECT q'[it's secret]' FROM t`, "SELECT ?", "SELECT", "", "SELECT"},
	{ms, "SELECT [a b] FROM [dbo].[Orders] WHERE #x.y = @p1", "SELECT a b FROM dbo.Orders WHERE #x.y = @p1", "SELECT",
		"dbo.Orders", "SELECT dbo.Orders"},
	{ms, "SELECT [a]]'b] FROM t WHERE c = 'secret'", "SELECT ?", "SELECT", "", "SELECT"},
	{lite, `SELECT "a" FROM [t]`, "SELECT ? FROM t", "SELECT", "t", "SELECT t"},
	{"", "SELECT 1 # secret", "SELECT ? ?", "SELECT", "", "SELECT"},
	{"", "SELECT 5--'secret'", "SELECT ??", "SELECT", "", "SELECT"},
	{my, "SELECT 5--'a\nsecret'", "SELECT ?--?", "SELECT", "", "SELECT"},
	{my, "/*!50000 SELECT '*/ secret */ '", "?", "", "", ""},
	{pg, "/* a /* b */ secret */ SELECT 1", "?", "", "", ""},
	{ora, "ALTER USER scott IDENTIFIED BY tiger", "ALTER USER scott IDENTIFIED ?", "ALTER", "", "ALTER"},
	{pg, "WITH x AS (SELECT 1 FROM a) UPDATE b SET c = (SELECT d FROM x)",
		"WITH x AS (SELECT ? FROM a) UPDATE b SET c = (SELECT d FROM x)", "UPDATE", "", "SELECT a UPDATE b SELECT x"},
	{pg, "SELECT EXTRACT(YEAR FROM created), TRIM(LEADING 'x' FROM y) FROM t WHERE a IS DISTINCT FROM b FOR UPDATE OF t",
		"SELECT EXTRACT(YEAR FROM created), TRIM(LEADING ? FROM y) FROM t WHERE a IS DISTINCT FROM b FOR UPDATE OF t",
		"SELECT", "t", "SELECT t"},
	{my, "INSERT INTO t (a) VALUES (?) ON DUPLICATE KEY UPDATE a = VALUES(a)",
		"INSERT INTO t (a) VALUES (?) ON DUPLICATE KEY UPDATE a = VALUES(a)", "INSERT", "t", "INSERT t"},
	{pg, "SELECT * FROM (SELECT 1 FROM a) q, b", "SELECT * FROM (SELECT ? FROM a) q, b", "SELECT", "", "SELECT SELECT a b"},
	{pg, "SELECT * FROM generate_series(1, 3) WHERE a['k'] = 1", "SELECT * FROM generate_series(?) WHERE a[?] = ?", "SELECT", "", "SELECT"},
	{my, "CREATE TABLE IF NOT EXISTS t (id INT)", "CREATE TABLE IF NOT EXISTS t (id INT)", "CREATE", "t", "CREATE t"},
	{my, "CALL shop.pay(1)", "CALL shop.pay(?)", "CALL", "", "CALL shop.pay"},
	{my, "SELECT 1; DELETE FROM t", "SELECT ?; DELETE FROM t", "", "", "SELECT DELETE t"},
	{my, " begin; ", "begin;", "BEGIN", "", "BEGIN"},
	{my, "secret", "secret", "", "", ""},
	{my, "", "", "", "", ""},
	{"", `SELECT "a" FROM t WHERE b = :name AND c = ?1 AND d = :2`,
		"SELECT ? FROM t WHERE b = :name AND c = ? AND d = :?", "SELECT", "t", "SELECT t"},
	{"", "SELECT a[1] FROM t WHERE x['secret", "SELECT a[?] FROM t WHERE x?", "SELECT", "t", "SELECT t"},
	{pg, "SELECT 1$$it's$$ FROM t", "SELECT ?", "SELECT", "", "SELECT"},
	{"cassandra", "SELECT a FROM t WHERE id = 5132b130-ae79-11e4-ab27-0800200c9a66 AND b IN " +
		"(e132b130-ae79-11e4-ab27-0800200c9a66,e132b130-ae79-11e4-ab27-0800200c9a67)",
		"SELECT a FROM t WHERE id = ? AND b IN (?)", "SELECT", "t", "SELECT t"},
	{"cassandra", "SELECT a FROM t // secret", "SELECT a FROM t ?", "SELECT", "t", "SELECT t"},
	{pg, "SELECT 1 // 2", "SELECT ? // ?", "SELECT", "", "SELECT"}, // an operator, if anything
	{"clickhouse", "INSERT INTO t FORMAT TabSeparated\nsecret\tpassword", "INSERT INTO t FORMAT TabSeparated ?", "INSERT", "t", "INSERT t"},
	{"clickhouse", "SELECT a FROM t FORMAT JSON", "SELECT a FROM t FORMAT JSON", "SELECT", "t", "SELECT t"},
	{my, "INSERT INTO t SELECT format x FROM u", "INSERT INTO t SELECT format x FROM u", "INSERT", "", "INSERT t SELECT u"},
	{my, "SELECT abcdabcd-abcd FROM t", "SELECT abcdabcd-abcd FROM t", "SELECT", "t", "SELECT t"},
	{"gcp.bigquery", "SELECT a FROM t WHERE b = '''it's secret'''", "SELECT a FROM t WHERE b = ?", "SELECT", "t", "SELECT t"},
	{"", "SELECT '' FROM t", "SELECT ? FROM t", "SELECT", "t", "SELECT t"},
	{my, "SELECT '''a''' FROM t", "SELECT ? FROM t", "SELECT", "t", "SELECT t"},
	{my, "SELECT 'unfinished secret", "SELECT ?", "SELECT", "", "SELECT"},
}

func TestSQL(t *testing.T) {
	for _, c := range sqlCases {
		want := Statement{c.text, c.operation, c.table, c.summary}
		for i := 0; i < 2; i++ { // from the cache, too
			if got := SQL(c.system, c.in); got != want {
				t.Errorf("%s: %s\n got  %+v\n want %+v", c.system, c.in, got, want)
			}
		}
	}
}
