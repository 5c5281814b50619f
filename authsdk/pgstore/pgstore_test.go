package pgstore_test

import (
	"context"
	"crypto/rand"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"

	"github.com/authsdk/authsdk-go/authsdk/pgstore"
	"github.com/authsdk/authsdk-go/authsdk/session"
	"github.com/authsdk/authsdk-go/authsdk/storetest"
	"github.com/authsdk/authsdk-go/internal/testservice"
)

// TestMain finds goroutines that outlive the stores, all of which are closed by then.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestStore(t *testing.T) {
	testservice.Postgres(t)
	storetest.Run(t, storetest.Features{Users: true, Keys: true}, func(t *testing.T) session.Store { return open(t, newSchema(t)) })
}

func BenchmarkRotate(b *testing.B) {
	b.Run("postgres", func(b *testing.B) {
		storetest.BenchmarkRotate(b, func(b *testing.B) session.Store { return open(b, newSchema(b)) })
	})
}

// newSchema makes a schema, which is dropped in the end, and returns the URL
// that leads into it.
func newSchema(tb testing.TB) string {
	tb.Helper()
	server := testservice.Postgres(tb)
	name := "authsdk_test_" + strings.ToLower(rand.Text())
	execute(tb, server, "CREATE SCHEMA "+name)
	tb.Cleanup(func() { execute(tb, server, "DROP SCHEMA "+name+" CASCADE") })
	return with(tb, server, "search_path", name)
}

// with adds a setting to a URL.
func with(tb testing.TB, raw, name, value string) string {
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

func connect(tb testing.TB, dsn string) *pgx.Conn {
	tb.Helper()
	conn, err := pgx.Connect(context.WithoutCancel(tb.Context()), dsn)
	if err != nil {
		tb.Fatal(err)
	}
	return conn
}

// execute runs statements as another program would.
func execute(tb testing.TB, dsn string, statements ...string) {
	tb.Helper()
	ctx := context.WithoutCancel(tb.Context())
	conn := connect(tb, dsn)
	defer func() { _ = conn.Close(ctx) }()
	for _, statement := range statements {
		if _, err := conn.Exec(ctx, statement); err != nil {
			tb.Fatalf("%s: %v", statement, err)
		}
	}
}

func open(tb testing.TB, dsn string) *pgstore.Store {
	tb.Helper()
	store, err := pgstore.Open(tb.Context(), dsn)
	if err != nil {
		tb.Fatalf("Open: %v", err)
	}
	tb.Cleanup(func() { shut(tb, store) })
	return store
}

func shut(tb testing.TB, store *pgstore.Store) {
	tb.Helper()
	if err := store.Close(); err != nil {
		tb.Errorf("Close: %v", err)
	}
}
