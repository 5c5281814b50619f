package mysqlstore_test

import (
	"context"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk/mysqlstore"
	"github.com/authsdk/authsdk-go/authsdk/session"
	"github.com/authsdk/authsdk-go/internal/testservice"
)

// secret is a password, which no error may show.
const secret = "s3cr3t"

// refused wants Open to fail with one line that has all of want, and no password.
func refused(t *testing.T, dsn string, want ...string) {
	t.Helper()
	store, err := mysqlstore.Open(t.Context(), dsn)
	if err == nil {
		shut(t, store)
		t.Fatalf("Open(%q): got no error, want one with %q", dsn, want)
	}
	for _, w := range append(want, "mysqlstore: ") {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("Open(%q): got error %q, want %q in it", dsn, err, w)
		}
	}
	if strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), "\n") {
		t.Errorf("Open(%q): got error %q, want one line without the password", dsn, err)
	}
	if _, _, err := mysqlstore.Schema(t.Context(), dsn); err != nil && (strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), "\n")) {
		t.Errorf("Schema(%q): got error %q, want one line without the password", dsn, err)
	}
}

func TestOpenURL(t *testing.T) {
	t.Parallel()
	const form = "mysql://USER:PASSWORD@HOST:PORT/DATABASE"
	for _, dsn := range []string{
		"", "authsdk", "root:" + secret + "@tcp(127.0.0.1:3306)/test", "postgres://root:" + secret + "@127.0.0.1/test", "mysql:" + secret,
		"mysql://u:" + secret + "/@127.0.0.1/test", "mysql://u:" + secret + "%zz@127.0.0.1/test", "mysql://u:" + secret + "@127.0.0.1",
		"mysql://u:" + secret + "@127.0.0.1/",
	} {
		refused(t, dsn, form)
	}
	refused(t, "mysql://u@127.0.0.1/test?password="+secret, "would stand in logs")
	refused(t, "mysql://u:"+secret+"@127.0.0.1/test?timeout=soon", "u:xxxxx@127.0.0.1", "soon")
	refused(t, "mysql://u:"+secret+"@127.0.0.1/test?max_conns=many", "max_conns")
	refused(t, "mysql://u:"+secret+"@127.0.0.1/test?max_conns=1", "max_conns")
	refused(t, "mysql://u:"+secret+"@127.0.0.1:1/test", `database "test" at 127.0.0.1:1`, "refused")
}

func TestOpenServer(t *testing.T) {
	t.Parallel()
	dsn := testservice.MySQL(t)
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	name := strings.Trim(u.Path, "/")
	u.Path = "/authsdk_no_such_database"
	refused(t, u.String(), "authsdk_no_such_database", "create the database first")
	u.Path = "/" + name
	u.User = url.UserPassword("authsdk_nobody", secret)
	refused(t, u.String(), "check user and password")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := mysqlstore.Open(ctx, dsn); err == nil {
		t.Error("Open with an ended context: got no error, want one")
	}
}

// TestOpenTogether starts several replicas at once on an empty database.
func TestOpenTogether(t *testing.T) {
	t.Parallel()
	dsn := testservice.With(t, testservice.MySQL(t), "max_conns", "2")
	if current, latest, err := mysqlstore.Schema(t.Context(), dsn); err != nil || current != 0 || latest < 1 {
		t.Errorf("Schema of an empty database: got %d of %d and error %v, want 0", current, latest, err)
	}
	var starting sync.WaitGroup
	for range 8 {
		starting.Go(func() {
			store, err := mysqlstore.Open(t.Context(), dsn)
			if err != nil {
				t.Errorf("Open: %v", err)
				return
			}
			shut(t, store)
		})
	}
	starting.Wait()
	if current, latest, err := mysqlstore.Schema(t.Context(), dsn); err != nil || current != latest {
		t.Errorf("Schema after Open: got %d of %d and error %v, want them equal", current, latest, err)
	}
}

// TestOpenInterrupted: the server cannot undo half a step, so it is done again.
func TestOpenInterrupted(t *testing.T) {
	t.Parallel()
	dsn := testservice.MySQL(t)
	s := create(t, open(t, dsn), newSession("alice"))
	for _, gone := range [][]string{{"authsdk_keys"}, {"authsdk_users", "authsdk_keys"}, {"authsdk_locks", "authsdk_users", "authsdk_keys"}} {
		testservice.MySQLExec(t, dsn, "DELETE FROM authsdk_migrations WHERE version_id > 0", "DROP TABLE "+strings.Join(gone, ", "))
		open(t, dsn)
	}
	testservice.MySQLExec(t, dsn, "DELETE FROM authsdk_migrations") // made, and the first row was not
	open(t, dsn)
	testservice.MySQLExec(t, dsn, "DELETE FROM authsdk_migrations WHERE version_id > 0", "DELETE FROM authsdk_locks WHERE id > 7")
	store := open(t, dsn)
	rotate(t, store, s.ID, 0, session.VerdictRotated)
	for range 20 {
		if _, err := store.CreateSession(t.Context(), newSession(newSession("").ID), 1); err != nil {
			t.Errorf("CreateSession: %v", err)
		}
	}
}

// TestOpenWaits has another replica bring the tables up to date.
func TestOpenWaits(t *testing.T) {
	t.Parallel()
	dsn := testservice.MySQL(t)
	store := open(t, dsn)
	conn, err := store.DB().Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.ExecContext(t.Context(), `DO get_lock(concat('authsdk_', md5(database())), 0)`); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if other, err := mysqlstore.Open(ctx, dsn); err == nil {
		shut(t, other)
		t.Error("Open while another holds the lock: got no error, want one")
	}
	time.AfterFunc(100*time.Millisecond, func() {
		_ = conn.Raw(func(any) error { return errGone }) // closes it, as a process that is killed does
		_ = conn.Close()
	})
	open(t, dsn)
}

// TestOpenNewer opens tables that a newer version has made.
func TestOpenNewer(t *testing.T) {
	t.Parallel()
	dsn := testservice.MySQL(t)
	s := create(t, open(t, dsn), newSession("alice"))
	testservice.MySQLExec(t, dsn, "INSERT INTO authsdk_migrations (version_id, is_applied) VALUES (77, true)",
		"ALTER TABLE authsdk_sessions ADD COLUMN newer TEXT")
	store := open(t, dsn)
	rotate(t, store, s.ID, 0, session.VerdictRotated)
}

func TestSettings(t *testing.T) {
	t.Parallel()
	store := open(t, testservice.With(t, testservice.MySQL(t), "sql_mode", "''"))
	if got, err := store.Warnings(t.Context()); err != nil || len(got) > 0 {
		t.Errorf("Warnings: got %q and error %v, want none", got, err)
	}
	for setting, want := range map[string]string{
		"sql_mode": "STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION", "innodb_lock_wait_timeout": "5", "character_set_connection": "utf8mb4",
	} {
		if got, err := store.Setting(t.Context(), setting); err != nil || got != want {
			t.Errorf("%s: got %q and error %v, want %q", setting, got, err, want)
		}
	}
	// What does not fit is refused, not cut.
	s := newSession(strings.Repeat("x", 1025))
	if _, err := store.CreateSession(t.Context(), s, 0); err == nil {
		t.Error("CreateSession of a subject of 1025 bytes: got no error, want one")
	}
}
