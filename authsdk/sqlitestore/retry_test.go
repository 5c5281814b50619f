package sqlitestore_test

import (
	"context"
	"database/sql"
	"errors"
	"testing"

	"github.com/authsdk/authsdk-go/authsdk/sqlitestore"
)

// TestRetryTold: the error names the lock even when the context ends while
// nothing but the context is looked at.
func TestRetryTold(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	shut(t, open(t, path))
	holder, other := raw(t, path), raw(t, path)
	execute(t, holder, "BEGIN IMMEDIATE")
	_, busy := other.ExecContext(t.Context(), "BEGIN IMMEDIATE")
	if busy == nil {
		t.Fatal("the lock was had twice")
	}
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
