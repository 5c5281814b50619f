package testservice

import (
	"context"
	"crypto/rand"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// Postgres makes an empty schema, which is dropped in the end, and returns the
// URL that leads into it.
func Postgres(tb testing.TB) string {
	tb.Helper()
	server := find(tb, "AUTHSDK_TEST_POSTGRES", "postgres://postgres@127.0.0.1:5432/test?sslmode=disable", "5432")
	name := newName()
	PostgresExec(tb, server, "CREATE SCHEMA "+name)
	tb.Cleanup(func() { PostgresExec(tb, server, "DROP SCHEMA "+name+" CASCADE") })
	return With(tb, server, "search_path", name)
}

// PostgresExec runs statements as another program would.
func PostgresExec(tb testing.TB, dsn string, statements ...string) {
	tb.Helper()
	ctx := context.WithoutCancel(tb.Context())
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	for _, statement := range statements {
		if _, err := conn.Exec(ctx, statement); err != nil {
			tb.Fatalf("%s: %v", statement, err)
		}
	}
}

// newName is what nothing else is called.
func newName() string { return "authsdk_test_" + strings.ToLower(rand.Text()) }

// With adds a setting to a URL.
func With(tb testing.TB, raw, name, value string) string {
	tb.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		tb.Fatal(err)
	}
	query := u.Query()
	query.Set(name, value)
	u.RawQuery = query.Encode()
	return u.String()
}
