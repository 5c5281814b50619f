package mysqlstore_test

import (
	"context"
	"database/sql"
	"testing"

	"go.uber.org/goleak"

	"github.com/authsdk/authsdk-go/authsdk/mysqlstore"
	"github.com/authsdk/authsdk-go/authsdk/session"
	"github.com/authsdk/authsdk-go/authsdk/storetest"
	"github.com/authsdk/authsdk-go/internal/testservice"
)

// TestMain finds goroutines that outlive the stores, all of which are closed by then.
func TestMain(m *testing.M) {
	storetest.Victim(func(ctx context.Context, dsn string) (session.Store, error) { return mysqlstore.Open(ctx, dsn) })
	goleak.VerifyTestMain(m)
}

func TestStore(t *testing.T) {
	storetest.Run(t, storetest.Features{Users: true, Keys: true, Throttle: true, Clients: true}, func(t *testing.T) session.Store { return open(t, testservice.MySQL(t)) })
}

func TestKill(t *testing.T) {
	t.Parallel()
	dsn := testservice.MySQL(t)
	storetest.RunKill(t, dsn, open(t, dsn))
}

func BenchmarkRotate(b *testing.B) {
	b.Run("mysql", func(b *testing.B) {
		storetest.BenchmarkRotate(b, func(b *testing.B) session.Store { return open(b, testservice.MySQL(b)) })
	})
}

// BenchmarkFloor is what the server needs to change one row.
func BenchmarkFloor(b *testing.B) {
	b.Run("mysql", func(b *testing.B) {
		storetest.BenchmarkFloor(b, func(b *testing.B) func(*testing.B) func() {
			store := open(b, testservice.MySQL(b))
			update, err := store.DB().PrepareContext(b.Context(),
				`UPDATE authsdk_sessions SET generation = generation + 1, rotated_at = ?, last_seen = ? WHERE id = ?`)
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { _ = update.Close() })
			return func(b *testing.B) func() {
				s := newSession("alice")
				if _, err := store.CreateSession(b.Context(), s, 0); err != nil {
					b.Error(err)
				}
				return func() {
					var result sql.Result
					if result, err = update.ExecContext(b.Context(), s.RotatedAt.UnixMilli(), s.RotatedAt.UnixMilli(), s.ID); err != nil {
						b.Error(err, result)
					}
				}
			}
		})
	})
}

func open(tb testing.TB, dsn string) *mysqlstore.Store {
	tb.Helper()
	store, err := mysqlstore.Open(tb.Context(), dsn)
	if err != nil {
		tb.Fatalf("Open: %v", err)
	}
	tb.Cleanup(func() { shut(tb, store) })
	return store
}

func shut(tb testing.TB, store *mysqlstore.Store) {
	tb.Helper()
	if err := store.Close(); err != nil {
		tb.Errorf("Close: %v", err)
	}
}
