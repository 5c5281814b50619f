package pgstore_test

import (
	"context"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk/pgstore"
	"github.com/authsdk/authsdk-go/authsdk/session"
	"github.com/authsdk/authsdk-go/internal/testservice"
)

// secret is a password, which no error may show.
const secret = "s3cr3t"

// refused wants Open to fail with one line that has all of want, and no password.
func refused(t *testing.T, dsn string, want ...string) {
	t.Helper()
	store, err := pgstore.Open(t.Context(), dsn)
	if err == nil {
		shut(t, store)
		t.Fatalf("Open(%q): got no error, want one with %q", dsn, want)
	}
	for _, w := range append(want, "pgstore: ") {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("Open(%q): got error %q, want %q in it", dsn, err, w)
		}
	}
	if strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), "\n") {
		t.Errorf("Open(%q): got error %q, want one line without the password", dsn, err)
	}
	if _, _, err := pgstore.Schema(t.Context(), dsn); err != nil && (strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), "\n")) {
		t.Errorf("Schema(%q): got error %q, want one line without the password", dsn, err)
	}
}

func TestOpenURL(t *testing.T) {
	t.Parallel()
	const form = "postgres://USER:PASSWORD@HOST:PORT/DATABASE"
	for _, dsn := range []string{
		"", "authsdk", "host=127.0.0.1 password=" + secret, "mysql://root:" + secret + "@127.0.0.1/test", "postgres:" + secret,
		"postgres://u:" + secret + "/@127.0.0.1/test", "postgres://u:" + secret + "%zz@127.0.0.1/test", "postgres://u:" + secret + "\n@127.0.0.1/test",
	} {
		refused(t, dsn, form)
	}
	refused(t, "postgres://u@127.0.0.1/test?password="+secret, "PGPASSWORD")
	refused(t, "postgres://u:"+secret+"@127.0.0.1/test?sslmode=maybe", "u:xxxxx@127.0.0.1", "sslmode")
	refused(t, "postgres://u:"+secret+"@127.0.0.1/test?pool_max_conns=many", "u:xxxxx@127.0.0.1")
	refused(t, "postgres://u:"+secret+"@127.0.0.1:1/test?sslmode=disable", `database "test" at 127.0.0.1:1`, "refused")
	refused(t, "postgres://u:"+secret+"@127.0.0.1:1,127.0.0.1:2/test?sslmode=disable", "refused")
}

func TestOpenServer(t *testing.T) {
	t.Parallel()
	server := testservice.Postgres(t)
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/authsdk_no_such_database"
	refused(t, u.String(), "authsdk_no_such_database", "create the database first")
	refused(t, testservice.With(t, server, "search_path", "authsdk_no_such_schema"), "")
	refused(t, testservice.With(t, testservice.Postgres(t), "default_transaction_read_only", "on"), "read only")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := pgstore.Open(ctx, server); err == nil {
		t.Error("Open with an ended context: got no error, want one")
	}
}

// TestOpenTogether starts several replicas at once on an empty database.
func TestOpenTogether(t *testing.T) {
	t.Parallel()
	dsn := testservice.With(t, testservice.Postgres(t), "pool_max_conns", "2")
	if current, latest, err := pgstore.Schema(t.Context(), dsn); err != nil || current != 0 || latest < 1 {
		t.Errorf("Schema of an empty database: got %d of %d and error %v, want 0", current, latest, err)
	}
	var starting sync.WaitGroup
	for range 8 {
		starting.Go(func() {
			store, err := pgstore.Open(t.Context(), dsn)
			if err != nil {
				t.Errorf("Open: %v", err)
				return
			}
			shut(t, store)
		})
	}
	starting.Wait()
	if current, latest, err := pgstore.Schema(t.Context(), dsn); err != nil || current != latest {
		t.Errorf("Schema after Open: got %d of %d and error %v, want them equal", current, latest, err)
	}
}

// TestOpenWaits has another replica bring the tables up to date.
func TestOpenWaits(t *testing.T) {
	t.Parallel()
	dsn := testservice.Postgres(t)
	conn := connect(t, dsn)
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	lock := `SELECT pg_advisory_lock(hashtextextended('authsdk_migrations ' || current_schema(), 0))`
	if _, err := conn.Exec(t.Context(), lock); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if store, err := pgstore.Open(ctx, dsn); err == nil {
		shut(t, store)
		t.Error("Open while another holds the lock: got no error, want one")
	}
	time.AfterFunc(100*time.Millisecond, func() { _ = conn.PgConn().Conn().Close() }) // as a process that is killed
	open(t, dsn)
}

// TestOpenNewer opens tables that a newer version has made.
func TestOpenNewer(t *testing.T) {
	t.Parallel()
	dsn := testservice.Postgres(t)
	s := create(t, open(t, dsn), newSession("alice"))
	testservice.PostgresExec(t, dsn, "INSERT INTO authsdk_migrations (version_id, is_applied) VALUES (77, true)",
		"ALTER TABLE authsdk_sessions ADD COLUMN newer text")
	store := open(t, dsn)
	rotate(t, store, s.ID, 0, session.VerdictRotated)
}

// TestOpenWithoutRights: one user makes the tables, another uses them.
func TestOpenWithoutRights(t *testing.T) {
	t.Parallel()
	owner := testservice.Postgres(t)
	u, err := url.Parse(owner)
	if err != nil {
		t.Fatal(err)
	}
	schema := u.Query().Get("search_path")
	role := schema // is as unique
	testservice.PostgresExec(t, owner, "CREATE ROLE "+role+" LOGIN PASSWORD '"+secret+"'", "GRANT USAGE ON SCHEMA "+schema+" TO "+role)
	t.Cleanup(func() { testservice.PostgresExec(t, owner, "DROP OWNED BY "+role, "DROP ROLE "+role) })
	u.User = url.UserPassword(role, secret)
	user := u.String()
	refused(t, user, "migrate up")
	open(t, owner)
	refused(t, user, "permission denied")
	testservice.PostgresExec(t, owner, "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA "+schema+" TO "+role)
	create(t, open(t, user), newSession("alice"))
}

// TestSettings: a server that acknowledges before it has written is told not to.
func TestSettings(t *testing.T) {
	t.Parallel()
	dsn := testservice.Postgres(t)
	dsn = testservice.With(t, dsn, "synchronous_commit", "off")
	dsn = testservice.With(t, dsn, "default_transaction_isolation", "serializable")
	store := open(t, dsn)
	if got, err := store.Warnings(t.Context()); err != nil || len(got) > 0 {
		t.Errorf("Warnings: got %q and error %v, want none", got, err)
	}
	for setting, want := range map[string]string{
		"synchronous_commit": "on", "default_transaction_isolation": "read committed", "statement_timeout": "5s",
	} {
		if got, err := store.Setting(t.Context(), setting); err != nil || got != want {
			t.Errorf("%s: got %q and error %v, want %q", setting, got, err, want)
		}
	}
}
