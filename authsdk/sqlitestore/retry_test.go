package sqlitestore_test

import (
	"context"
	"database/sql"
	"errors"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk/sqlitestore"
)

// TestRetryTold: the error names the lock even when the context ends while
// nothing but the context is looked at.
func TestRetryTold(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	shut(t, open(t, path))
	busy := busyError(t, path)
	ctx, cancel := context.WithCancel(t.Context())
	calls := 0
	err := sqlitestore.Retry(ctx, func() error {
		calls++
		if calls == 1 {
			return busy
		}
		cancel()
		return ctx.Err()
	})
	if calls != 2 || !errors.Is(err, busy) || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v after %d calls, want %v and that it was canceled, after 2", err, calls, busy)
	}
	if err := sqlitestore.Retry(ctx, func() error { return sql.ErrConnDone }); !errors.Is(err, sql.ErrConnDone) {
		t.Errorf("got %v, want what was returned", err)
	}
}

// TestRetryInterrupted: SQLite says only that it was interrupted, and a caller
// looks for the error of his context.
func TestRetryInterrupted(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	shut(t, open(t, path))
	db := raw(t, path)
	for _, waited := range []bool{false, true} {
		ctx, cancel := context.WithCancel(t.Context())
		busy := busyError(t, path)
		err := sqlitestore.Retry(ctx, func() error {
			if waited {
				waited = false
				return busy
			}
			time.AfterFunc(20*time.Millisecond, cancel)
			_, err := db.ExecContext(ctx, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) SELECT max(i) FROM n")
			return err
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want %v in it", err, context.Canceled)
		}
	}
}

// busyError returns what SQLite says while another has the lock.
func busyError(t *testing.T, path string) error {
	t.Helper()
	holder, other := raw(t, path), raw(t, path)
	execute(t, holder, "BEGIN IMMEDIATE")
	_, err := other.ExecContext(t.Context(), "BEGIN IMMEDIATE")
	if err == nil {
		t.Fatal("the lock was had twice")
	}
	execute(t, holder, "ROLLBACK")
	return err
}
