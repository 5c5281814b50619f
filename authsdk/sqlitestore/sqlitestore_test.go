package sqlitestore_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/session"
	"github.com/authsdk/authsdk-go/authsdk/sqlitestore"
	"github.com/authsdk/authsdk-go/authsdk/storetest"
	"github.com/authsdk/authsdk-go/authsdk/userstore"
)

// TestMain finds goroutines that outlive the stores, all of which are closed
// by then. The program is also every other process of these tests.
func TestMain(m *testing.M) {
	if role := os.Getenv(roleVariable); role != "" {
		roles[role]()
		return
	}
	goleak.VerifyTestMain(m)
}

func TestStore(t *testing.T) {
	storetest.Run(t, storetest.Features{Users: true, Keys: true, Throttle: true, Clients: true}, func(t *testing.T) session.Store { return open(t, newPath(t)) })
}

func BenchmarkRotate(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) {
		storetest.BenchmarkRotate(b, func(b *testing.B) session.Store { return open(b, newPath(b)) })
	})
}

// BenchmarkFloor is what SQLite needs to change and return one row, durably.
func BenchmarkFloor(b *testing.B) {
	const update = `UPDATE authsdk_sessions SET generation = generation + 1, rotated_at = :at, last_seen = :at WHERE id = :id
		RETURNING id, subject, label, generation, rotated_at`
	b.Run("sqlite", func(b *testing.B) {
		storetest.BenchmarkFloor(b, func(b *testing.B) func(*testing.B) func() {
			path := newPath(b)
			store := open(b, path)
			db, err := sql.Open("sqlite", "file:"+path+"?_txlock=immediate&_busy_timeout=5000&_synchronous=FULL")
			if err != nil {
				b.Fatal(err)
			}
			db.SetMaxOpenConns(1)
			statement, err := db.PrepareContext(b.Context(), update)
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { _, _ = statement.Close(), db.Close() })
			return func(b *testing.B) func() {
				s := newSession("alice")
				if _, err := store.CreateSession(b.Context(), s, 0); err != nil {
					b.Error(err)
				}
				return func() {
					var got session.Session
					var at int64
					if err := statement.QueryRowContext(b.Context(), sql.Named("at", s.RotatedAt.UnixMilli()), sql.Named("id", s.ID)).
						Scan(&got.ID, &got.Subject, &got.Label, &got.Generation, &at); err != nil {
						b.Error(err)
					}
				}
			}
		})
	})
}

func newPath(tb testing.TB) string {
	tb.Helper()
	return filepath.Join(tb.TempDir(), "auth.db")
}

func open(tb testing.TB, path string) *sqlitestore.Store {
	tb.Helper()
	store, err := sqlitestore.Open(tb.Context(), path)
	if err != nil {
		tb.Fatalf("Open: %v", err)
	}
	tb.Cleanup(func() { shut(tb, store) })
	return store
}

func shut(tb testing.TB, store *sqlitestore.Store) {
	tb.Helper()
	if err := store.Close(); err != nil {
		tb.Errorf("Close: %v", err)
	}
}

// raw opens the file as another program would.
func raw(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func execute(t *testing.T, db *sql.DB, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

func newSession(subject string) session.Session {
	now := time.Now().UTC().Truncate(time.Millisecond)
	return session.Session{
		ID: rand.Text(), Subject: subject, RotatedAt: now, CreatedAt: now, AuthTime: now, LastSeen: now,
		IdleExpires: now.Add(time.Hour), Expires: now.Add(24 * time.Hour),
	}
}

func create(t *testing.T, store *sqlitestore.Store, s session.Session) session.Session {
	t.Helper()
	if _, err := store.CreateSession(t.Context(), s, 0); err != nil {
		t.Fatalf("CreateSession: %v", err)
	}
	return s
}

// newRotation presents a generation, with a grace that no test outlasts.
func newRotation(id string, generation int64) session.Rotation {
	return session.Rotation{SessionID: id, Generation: generation, Now: time.Now(), Grace: time.Hour, IdleTTL: time.Hour}
}

func rotate(t *testing.T, store *sqlitestore.Store, id string, generation int64, want ...session.Verdict) session.Verdict {
	t.Helper()
	stored, verdict, err := store.RotateSession(t.Context(), newRotation(id, generation))
	if err != nil {
		t.Fatalf("RotateSession(generation %d): %v", generation, err)
	}
	for _, w := range want {
		if verdict == w && stored.Generation == generation+1 {
			return verdict
		}
	}
	t.Fatalf("RotateSession(generation %d): got %s, generation %d; want one of %v, generation %d",
		generation, verdict, stored.Generation, want, generation+1)
	return verdict
}

func TestReopen(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	store := open(t, path)
	s := create(t, store, newSession("alice"))
	gone := create(t, store, newSession("bob"))
	rotate(t, store, s.ID, 0, session.VerdictRotated)
	if _, err := store.RevokeSessions(t.Context(), session.Match{ID: gone.ID}, time.Now(), session.ReasonLogout); err != nil {
		t.Fatalf("RevokeSessions: %v", err)
	}
	u := userstore.User{ID: rand.Text(), Name: "alice", PasswordHash: "hash", Scopes: []string{"read"}, CreatedAt: s.CreatedAt}
	if err := store.AddUser(t.Context(), u); err != nil {
		t.Fatalf("AddUser: %v", err)
	}
	shut(t, store)

	store = open(t, path)
	rotate(t, store, s.ID, 0, session.VerdictReplayed)
	rotate(t, store, s.ID, 1, session.VerdictRotated)
	if got, err := store.Session(t.Context(), gone.ID); err != nil || got.RevokeReason != session.ReasonLogout {
		t.Errorf("Session after reopening: got %+v and error %v, want it revoked for logout", got, err)
	}
	if got, err := store.UserByName(t.Context(), "alice"); err != nil || got.ID != u.ID || len(got.Scopes) != 1 {
		t.Errorf("UserByName after reopening: got %+v and error %v, want %+v", got, err, u)
	}
}

// TestTwoStores lets two stores, which share nothing but the file, race for a token.
func TestTwoStores(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	stores := []*sqlitestore.Store{open(t, path), open(t, path)}
	for range 5 {
		s := create(t, stores[0], newSession("alice"))
		var (
			racing sync.WaitGroup
			mu     sync.Mutex
			got    = map[session.Verdict]int{}
		)
		for i := range 64 {
			racing.Go(func() {
				stored, verdict, err := stores[i%2].RotateSession(t.Context(), newRotation(s.ID, 0))
				if err != nil || stored.Generation != 1 {
					t.Errorf("RotateSession: got generation %d and error %v, want 1", stored.Generation, err)
				}
				mu.Lock()
				defer mu.Unlock()
				got[verdict]++
			})
		}
		racing.Wait()
		if got[session.VerdictRotated] != 1 || got[session.VerdictReplayed] != 63 {
			t.Fatalf("64 callers: got %v, want 1 rotated and 63 replayed", got)
		}
	}
}

// noAnswer wants an error that none can take for an answer.
func noAnswer(t *testing.T, what string, err error) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: got no error, want one", what)
	}
	for _, answer := range []error{authsdk.ErrSessionNotFound, userstore.ErrNotFound, userstore.ErrExists, sql.ErrNoRows} {
		if errors.Is(err, answer) {
			t.Errorf("%s: got %v, want an error that is no answer", what, err)
		}
	}
}

func TestClosed(t *testing.T) {
	t.Parallel()
	store := open(t, newPath(t))
	s := create(t, store, newSession("alice"))
	shut(t, store)
	ctx := t.Context()
	_, err := store.CreateSession(ctx, newSession("alice"), 1)
	noAnswer(t, "CreateSession", err)
	_, err = store.Session(ctx, s.ID)
	noAnswer(t, "Session", err)
	_, err = store.Sessions(ctx, "alice", s.CreatedAt)
	noAnswer(t, "Sessions", err)
	_, verdict, err := store.RotateSession(ctx, newRotation(s.ID, 0))
	noAnswer(t, "RotateSession", err)
	if verdict != session.VerdictRefused {
		t.Errorf("RotateSession: got %s, want refused", verdict)
	}
	_, err = store.RevokeSessions(ctx, session.Match{ID: s.ID}, s.CreatedAt, session.ReasonLogout)
	noAnswer(t, "RevokeSessions", err)
	_, err = store.MarkAuthenticated(ctx, s.ID, s.CreatedAt)
	noAnswer(t, "MarkAuthenticated", err)
	_, err = store.PruneSessions(ctx, s.CreatedAt, 1)
	noAnswer(t, "PruneSessions", err)
	noAnswer(t, "AddUser", store.AddUser(ctx, userstore.User{ID: "id", Name: "name"}))
	_, err = store.User(ctx, "id")
	noAnswer(t, "User", err)
	_, err = store.UserByName(ctx, "name")
	noAnswer(t, "UserByName", err)
	_, err = store.Users(ctx)
	noAnswer(t, "Users", err)
	noAnswer(t, "RemoveUser", store.RemoveUser(ctx, "id"))
	noAnswer(t, "Ping", store.Ping(ctx))
}

func TestSettings(t *testing.T) {
	t.Parallel()
	store := open(t, newPath(t))
	for pragma, want := range map[string][2]string{
		"journal_mode": {"wal", "wal"}, "synchronous": {"2", "2"}, "fullfsync": {"1", "1"},
		"foreign_keys": {"1", "1"}, "query_only": {"0", "1"},
	} {
		writer, reader, err := store.Settings(t.Context(), pragma)
		if got := [2]string{writer, reader}; err != nil || got != want {
			t.Errorf("PRAGMA %s: got %q and error %v, want %q", pragma, got, err, want)
		}
	}
}

// TestLocked has another program hold the lock.
func TestLocked(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	store := open(t, path)
	s := create(t, store, newSession("alice"))
	other := raw(t, path)
	execute(t, other, "BEGIN IMMEDIATE", "UPDATE authsdk_sessions SET label = 'theirs'")

	// Canceled, unlike a deadline, cannot be the patience of the store.
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(time.Second, cancel)
	_, verdict, err := store.RotateSession(ctx, newRotation(s.ID, 0))
	noAnswer(t, "RotateSession of a locked database", err)
	if verdict != session.VerdictRefused || !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "locked") {
		t.Errorf("RotateSession of a locked database: got %s and error %v, want that it is locked, and canceled", verdict, err)
	}
	ctx, cancel = context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	noAnswer(t, "Ping of a locked database", store.Ping(ctx))

	// Readers do not wait for writers.
	if got, err := store.Session(t.Context(), s.ID); err != nil || got.Generation != 0 || got.Label != "" {
		t.Errorf("Session of a locked database: got %+v and error %v, want %+v", got, err, s)
	}
	// Whoever can wait gets his turn.
	freed := make(chan struct{})
	time.AfterFunc(100*time.Millisecond, func() {
		defer close(freed)
		_, err := other.Exec("ROLLBACK")
		if err != nil {
			t.Error(err)
		}
	})
	rotate(t, store, s.ID, 0, session.VerdictRotated)
	<-freed
	if err := store.Ping(t.Context()); err != nil {
		t.Errorf("Ping: %v", err)
	}
}

// TestMovedFile takes the file away from a store that is in use. What others revoke in
// the next file is not in the one that is still open, so that nothing is known.
func TestMovedFile(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	store := open(t, path)
	s := create(t, store, newSession("alice"))
	move := func(from, to string) {
		t.Helper()
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}
	lost := func(what string) {
		t.Helper()
		_, verdict, err := store.RotateSession(t.Context(), newRotation(s.ID, 0))
		noAnswer(t, "RotateSession, "+what, err)
		if err != nil && !strings.Contains(err.Error(), path) {
			t.Errorf("RotateSession, %s: got %s and error %v, want an error with the path", what, verdict, err)
		}
		noAnswer(t, "Ping, "+what, store.Ping(t.Context()))
		_, err = store.Session(t.Context(), s.ID)
		noAnswer(t, "Session, "+what, err)
		_, _, err = store.Revocations(t.Context(), time.Now(), 0, 1)
		noAnswer(t, "Revocations, "+what, err)
	}
	if _, _, err := store.Revocations(t.Context(), time.Now(), 0, 1); err != nil {
		t.Fatal(err)
	}
	move(path, path+".away")
	lost("file missing")
	store.Disconnect()
	lost("file missing, a new connection")
	if _, err := os.Stat(path); err == nil {
		t.Error("the file was made anew")
	}
	if err := os.WriteFile(path, []byte("something else"), 0o600); err != nil {
		t.Fatal(err)
	}
	lost("file replaced")
	move(path+".away", path)
	if err := store.Ping(t.Context()); err != nil {
		t.Errorf("Ping after the file was put back: %v", err)
	}
	rotate(t, store, s.ID, 0, session.VerdictRotated)
}

// TestSharedFile keeps an application's own tables in the file.
func TestSharedFile(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	db := raw(t, path)
	execute(t, db, "CREATE TABLE users (name TEXT)", "INSERT INTO users VALUES ('theirs')")
	store := open(t, path)
	s := create(t, store, newSession("alice"))
	rotate(t, store, s.ID, 0, session.VerdictRotated)
	execute(t, db, "INSERT INTO users VALUES ('more')")
	var count int
	if err := db.QueryRow("SELECT count(*) FROM users").Scan(&count); err != nil || count != 2 {
		t.Errorf("rows of the application: got %d and error %v, want 2", count, err)
	}
}
