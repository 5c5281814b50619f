package sqlitestore_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"strings"
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
	busy, interrupted := busyError(t, path), interruptedError(t, path)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := sqlitestore.Retry(ctx, func() error { return interrupted })
	if !errors.Is(err, interrupted) || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v and that it was canceled", err, interrupted)
	}
	ctx, cancel = context.WithCancel(t.Context())
	left := []error{busy, interrupted}
	err = sqlitestore.Retry(ctx, func() error {
		err := left[0]
		if left = left[1:]; len(left) == 0 {
			cancel()
		}
		return err
	})
	if !errors.Is(err, busy) || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v and that it was canceled", err, busy)
	}
}

// interruptedError returns what the driver says of a BEGIN whose context ends
// in the middle, which takes some attempts to hit.
func interruptedError(t *testing.T, path string) error {
	t.Helper()
	conn, err := raw(t, path).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	var interrupted error
	for began := time.Now(); interrupted == nil && time.Since(began) < time.Minute; {
		interrupted = conn.Raw(func(c any) error {
			tx, err := c.(driver.ConnBeginTx).BeginTx(ended, driver.TxOptions{})
			if err != nil {
				return err
			}
			return tx.Rollback()
		})
	}
	if interrupted == nil || !strings.Contains(interrupted.Error(), "interrupted") {
		t.Fatalf("got %v, want that it was interrupted", interrupted)
	}
	return interrupted
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
