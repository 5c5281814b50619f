package testservice

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"net"
	"net/url"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"
)

// MySQL makes an empty database, which is dropped in the end, and returns the
// URL that leads to it.
func MySQL(tb testing.TB) string {
	tb.Helper()
	server := find(tb, "AUTHSDK_TEST_MYSQL", "mysql://root@127.0.0.1:3306/test", "3306")
	u, err := url.Parse(server)
	if err != nil {
		tb.Fatal(err)
	}
	name := newName()
	MySQLExec(tb, server, "CREATE DATABASE "+name)
	tb.Cleanup(func() { MySQLExec(tb, server, "DROP DATABASE "+name) })
	u.Path = "/" + name
	return u.String()
}

// MySQLExec runs statements as another program would. A connection that has
// gone in the meantime is no mistake.
func MySQLExec(tb testing.TB, dsn string, statements ...string) {
	tb.Helper()
	db := connect(tb, dsn)
	defer func() { _ = db.Close() }()
	for _, statement := range statements {
		_, err := db.ExecContext(context.WithoutCancel(tb.Context()), statement)
		if e, ok := errors.AsType[*mysql.MySQLError](err); ok && e.Number == 1094 {
			continue
		}
		if err != nil {
			tb.Fatalf("%s: %v", statement, err)
		}
	}
}

// MySQLQuery returns the only column of a query.
func MySQLQuery(tb testing.TB, dsn, query string, args ...any) (found []string) {
	tb.Helper()
	db := connect(tb, dsn)
	defer func() { _ = db.Close() }()
	rows, err := db.QueryContext(tb.Context(), query, args...)
	if err != nil {
		tb.Fatalf("%s: %v", query, err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var one string
		if err := rows.Scan(&one); err != nil {
			tb.Fatal(err)
		}
		found = append(found, one)
	}
	if err := rows.Err(); err != nil {
		tb.Fatal(err)
	}
	return found
}

func connect(tb testing.TB, dsn string) *sql.DB {
	tb.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		tb.Fatal(err)
	}
	cfg := mysql.NewConfig()
	cfg.User, cfg.Net, cfg.DBName = u.User.Username(), "tcp", strings.Trim(u.Path, "/")
	cfg.Passwd, _ = u.User.Password()
	cfg.Addr = net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), "3306"))
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	return sql.OpenDB(connector)
}
