package sqlitestore_test

import (
	"testing"

	"github.com/authsdk/authsdk-go/authsdk/storetest"
)

func TestRevocations(t *testing.T) {
	storetest.RunRevocations(t, func(t *testing.T) storetest.Feed {
		path := newPath(t)
		f := storetest.Feed{One: open(t, path), Other: open(t, path)}
		f.Wipe = func() {
			execute(t, raw(t, path), "PRAGMA busy_timeout = 5000", "DELETE FROM authsdk_revocations", "DELETE FROM authsdk_revocation_head")
		}
		return f
	})
}

// TestRevocationsOfBefore: tables that are made beside sessions know that
// nothing was revoked before them; others know nothing.
func TestRevocationsOfBefore(t *testing.T) {
	t.Parallel()
	for _, sessions := range []bool{false, true} {
		path := newPath(t)
		store := open(t, path)
		now := newSession("alice").CreatedAt
		if sessions {
			create(t, store, newSession("alice"))
		}
		shut(t, store)
		db := raw(t, path)
		for _, table := range later(t, db) {
			execute(t, db, "DROP TABLE "+table)
		}
		execute(t, db, "DELETE FROM authsdk_migrations WHERE version_id > 1")
		head, _, err := open(t, path).Revocations(t.Context(), now, 0, 1)
		if err != nil || head.Epoch == "" || head.Created.IsZero() != sessions {
			t.Errorf("head of tables made beside sessions (%t): got %+v and error %v", sessions, head, err)
		}
	}
}
