package pgstore_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.uber.org/goleak"

	"github.com/authsdk/authsdk-go/authsdk/pgstore"
	"github.com/authsdk/authsdk-go/authsdk/session"
	"github.com/authsdk/authsdk-go/authsdk/storetest"
	"github.com/authsdk/authsdk-go/internal/testservice"
)

// TestMain finds goroutines that outlive the stores, all of which are closed by then.
func TestMain(m *testing.M) {
	storetest.Victim(func(ctx context.Context, dsn string) (session.Store, error) { return pgstore.Open(ctx, dsn) })
	goleak.VerifyTestMain(m)
}

func TestStore(t *testing.T) {
	storetest.Run(t, storetest.Features{Users: true, Keys: true, Throttle: true, Clients: true}, func(t *testing.T) session.Store { return open(t, testservice.Postgres(t)) })
}

func TestKill(t *testing.T) {
	t.Parallel()
	dsn := testservice.Postgres(t)
	storetest.RunKill(t, dsn, open(t, dsn))
}

func BenchmarkRotate(b *testing.B) {
	b.Run("postgres", func(b *testing.B) {
		storetest.BenchmarkRotate(b, func(b *testing.B) session.Store { return open(b, testservice.Postgres(b)) })
	})
}

// BenchmarkFloor is what PostgreSQL needs to change and return one row.
func BenchmarkFloor(b *testing.B) {
	const update = `UPDATE authsdk_sessions SET generation = generation + 1, rotated_at = $2, last_seen = $2 WHERE id = $1
		RETURNING id, subject, label, generation, rotated_at, csrf_secret`
	b.Run("postgres", func(b *testing.B) {
		storetest.BenchmarkFloor(b, func(b *testing.B) func(*testing.B) func() {
			dsn := testservice.With(b, testservice.Postgres(b), "pool_max_conns", "16")
			store := open(b, dsn)
			pool, err := pgxpool.New(b.Context(), dsn)
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(pool.Close)
			return func(b *testing.B) func() {
				s := newSession("alice")
				if _, err := store.CreateSession(b.Context(), s, 0); err != nil {
					b.Error(err)
				}
				return func() {
					var got session.Session
					var at int64
					if err := pool.QueryRow(b.Context(), update, s.ID, s.RotatedAt.UnixMilli()).
						Scan(&got.ID, &got.Subject, &got.Label, &got.Generation, &at, &got.CSRFSecret); err != nil {
						b.Error(err)
					}
				}
			}
		})
	})
}

func connect(tb testing.TB, dsn string) *pgx.Conn {
	tb.Helper()
	conn, err := pgx.Connect(context.WithoutCancel(tb.Context()), dsn)
	if err != nil {
		tb.Fatal(err)
	}
	return conn
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
