package mysqlstore_test

import (
	"testing"

	"github.com/authsdk/authsdk-go/authsdk/storetest"
	"github.com/authsdk/authsdk-go/internal/testservice"
)

func TestRevocations(t *testing.T) {
	storetest.RunRevocations(t, func(t *testing.T) storetest.Feed {
		dsn := testservice.MySQL(t)
		f := storetest.Feed{One: open(t, dsn), Other: open(t, dsn)}
		f.Wipe = func() {
			testservice.MySQLExec(t, dsn, "DELETE FROM authsdk_revocations", "DELETE FROM authsdk_revocation_head")
		}
		return f
	})
}

// laterTables are those that the first version did not have.
const laterTables = `SELECT table_name FROM information_schema.tables WHERE table_schema = database()
	AND table_name NOT IN ('authsdk_sessions', 'authsdk_users', 'authsdk_keys', 'authsdk_locks', 'authsdk_migrations')`

// TestRevocationsOfBefore: tables that are made beside sessions know that
// nothing was revoked before them; others know nothing.
func TestRevocationsOfBefore(t *testing.T) {
	t.Parallel()
	for _, sessions := range []bool{false, true} {
		dsn := testservice.MySQL(t)
		store := open(t, dsn)
		now := newSession("alice").CreatedAt
		if sessions {
			create(t, store, newSession("alice"))
		}
		testservice.MySQLExec(t, dsn, "DELETE FROM authsdk_migrations WHERE version_id > 1")
		for _, table := range testservice.MySQLQuery(t, dsn, laterTables) {
			testservice.MySQLExec(t, dsn, "DROP TABLE "+table)
		}
		head, _, err := open(t, dsn).Revocations(t.Context(), now, 0, 1)
		if err != nil || head.Epoch == "" || head.Created.IsZero() != sessions {
			t.Errorf("head of tables made beside sessions (%t): got %+v and error %v", sessions, head, err)
		}
	}
}
