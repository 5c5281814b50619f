package pgstore_test

import (
	"testing"

	"github.com/authsdk/authsdk-go/authsdk/storetest"
	"github.com/authsdk/authsdk-go/internal/testservice"
)

func TestRevocations(t *testing.T) {
	storetest.RunRevocations(t, func(t *testing.T) storetest.Feed {
		dsn := testservice.Postgres(t)
		f := storetest.Feed{One: open(t, dsn), Other: open(t, dsn)}
		f.Wipe = func() {
			testservice.PostgresExec(t, dsn, "TRUNCATE authsdk_revocations, authsdk_revocation_head")
		}
		return f
	})
}

// dropLater leaves nothing but the tables of the first version, as they were.
const dropLater = `
DO $$ DECLARE later record; BEGIN
	FOR later IN SELECT tablename FROM pg_tables WHERE schemaname = current_schema()
		AND tablename NOT IN ('authsdk_sessions', 'authsdk_users', 'authsdk_keys', 'authsdk_migrations')
	LOOP EXECUTE 'DROP TABLE ' || quote_ident(later.tablename); END LOOP;
END $$`

// TestRevocationsOfBefore: tables that are made beside sessions know that
// nothing was revoked before them; others know nothing.
func TestRevocationsOfBefore(t *testing.T) {
	t.Parallel()
	for _, sessions := range []bool{false, true} {
		dsn := testservice.Postgres(t)
		store := open(t, dsn)
		now := newSession("alice").CreatedAt
		if sessions {
			create(t, store, newSession("alice"))
		}
		testservice.PostgresExec(t, dsn, dropLater, "DELETE FROM authsdk_migrations WHERE version_id > 1")
		head, _, err := open(t, dsn).Revocations(t.Context(), now, 0, 1)
		if err != nil || head.Epoch == "" || head.Created.IsZero() != sessions {
			t.Errorf("head of tables made beside sessions (%t): got %+v and error %v", sessions, head, err)
		}
	}
}
