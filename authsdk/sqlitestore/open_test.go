package sqlitestore_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk/session"
	"github.com/authsdk/authsdk-go/authsdk/sqlitestore"
)

// refused wants Open to fail with one line that has all of want.
func refused(t *testing.T, path string, want ...string) {
	t.Helper()
	store, err := sqlitestore.Open(t.Context(), path)
	if err == nil {
		shut(t, store)
		t.Fatalf("Open(%q): got no error, want one with %q", path, want)
	}
	for _, w := range append(want, "sqlitestore: ") {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("Open(%q): got error %q, want %q in it", path, err, w)
		}
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("Open(%q): got error %q, want one line", path, err)
	}
}

func TestOpenNoPath(t *testing.T) {
	t.Parallel()
	for _, path := range []string{":memory:", "file::memory:", "file:auth.db?mode=memory"} {
		refused(t, path, path, "memstore")
	}
	refused(t, "", "path")
	refused(t, "nul\x00byte", "path")
	dir := t.TempDir()
	refused(t, dir, dir, "is a directory")
}

func TestOpenMakesFile(t *testing.T) {
	t.Parallel()
	names := []string{"auth.db", "with space.db", "a?b=c&d.db", "#1.db", "100%.db", "%41.db", "'quoted'.db", "Ω 📱.db"}
	if runtime.GOOS == "windows" {
		names = []string{"auth.db", "with space.db", "#1.db", "100%.db", "%41.db", "Ω.db"}
	}
	for _, name := range names {
		dir := filepath.Join(t.TempDir(), "made", "in "+name)
		path := filepath.Join(dir, name)
		store := open(t, path)
		s := create(t, store, newSession("alice"))
		if runtime.GOOS != "windows" {
			for path, want := range map[string]os.FileMode{path: 0o600, path + "-wal": 0o600, dir: 0o700 | os.ModeDir} {
				info, err := os.Stat(path)
				if err != nil {
					t.Fatal(err)
				}
				if info.Mode() != want {
					t.Errorf("mode of %s: got %s, want %s", path, info.Mode(), want)
				}
			}
		}
		shut(t, store)
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		if len(entries) != 1 || entries[0].Name() != name {
			t.Errorf("files after Close: got %v, want %q alone", entries, name)
		}
		rotate(t, open(t, path), s.ID, 0, session.VerdictRotated)
	}
}

func TestOpenRelative(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	store := open(t, "auth.db")
	t.Chdir(t.TempDir()) // later connections must find the same file
	s := create(t, store, newSession("alice"))
	rotate(t, store, s.ID, 0, session.VerdictRotated)
	if _, err := os.Stat(filepath.Join(dir, "auth.db")); err != nil {
		t.Error(err)
	}
}

func TestOpenEndedContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	path := filepath.Join(t.TempDir(), "made", "auth.db")
	if _, err := sqlitestore.Open(ctx, path); err == nil {
		t.Error("Open with an ended context: got no error, want one")
	}
	if _, err := os.Stat(filepath.Dir(path)); err == nil {
		t.Error("Open with an ended context made something")
	}
}

// TestOpenBroken gives Open files that are no good, which it must leave alone.
func TestOpenBroken(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	store := open(t, path)
	for range 200 {
		create(t, store, newSession("alice"))
	}
	shut(t, store)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	scratched := bytes.Clone(good)
	for i := len(good) / 4; i < len(good)/2; i++ {
		scratched[i] ^= 0x5a
	}
	for _, c := range []struct {
		name    string
		content []byte
		want    string
	}{
		{"empty", nil, "is empty"},
		{"text", bytes.Repeat([]byte("this is no database\n"), 1000), "is not an SQLite database"},
		{"short", []byte("x"), "is not an SQLite database"},
		{"no header", append(make([]byte, 100), good[100:]...), "is not an SQLite database"},
		{"cut", good[:len(good)/2], "is damaged"},
		{"cut within a page", good[:len(good)-1000], "is damaged"},
		{"scratched", scratched, "is damaged"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			path := newPath(t)
			if err := os.WriteFile(path, c.content, 0o600); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				refused(t, path, path, c.want)
			}
			if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, c.content) {
				t.Errorf("the file after Open: got %d bytes and error %v, want it unchanged", len(got), err)
			}
		})
	}
}

func TestOpenNewerSchema(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	shut(t, open(t, path))
	db := raw(t, path)
	execute(t, db, "INSERT INTO authsdk_migrations (version_id, is_applied) VALUES (77, 1)")
	refused(t, path, path, "schema 77", "newer")
	execute(t, db, "DELETE FROM authsdk_migrations WHERE version_id = 77")
	open(t, path)
}

func TestOpenLocked(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	shut(t, open(t, path))
	other := raw(t, path)
	execute(t, other, "BEGIN IMMEDIATE")
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := sqlitestore.Open(ctx, path)
	if err == nil || !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), path+": is locked by another program") {
		t.Errorf("Open of a locked database: got error %v, want that it is locked", err)
	}
	execute(t, other, "ROLLBACK")
	open(t, path)
}

// TestOpenOrphan finds the -wal of a database that is gone, which must not be
// mixed into a new one.
func TestOpenOrphan(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	if err := os.WriteFile(path+"-wal", []byte("the last transactions"), 0o600); err != nil {
		t.Fatal(err)
	}
	refused(t, path, path, "-wal")
	if err := os.Remove(path + "-wal"); err != nil {
		t.Fatal(err)
	}
	open(t, path)
}

// TestUpgrade opens a file as the first version of the tables had it.
func TestUpgrade(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	store := open(t, path)
	s := create(t, store, newSession("alice"))
	shut(t, store)
	db := raw(t, path)
	for _, table := range later(t, db) {
		execute(t, db, "DROP TABLE "+table)
	}
	execute(t, db, "DELETE FROM authsdk_migrations WHERE version_id > 1")
	steps, err := filepath.Glob("migrations/0*.sql")
	if err != nil || len(steps) < 2 {
		t.Fatalf("got the migrations %v and error %v", steps, err)
	}
	latestStep := stepOf(t, steps[len(steps)-1])
	version := func(want int64) {
		t.Helper()
		if current, latest, err := sqlitestore.Schema(t.Context(), path); err != nil || current != want || latest != latestStep {
			t.Errorf("Schema: got %d of %d and error %v, want %d of %d", current, latest, err, want, latestStep)
		}
	}
	version(1)
	store = open(t, path)
	version(latestStep)
	if got, err := store.Session(t.Context(), s.ID); err != nil || got.Subject != "alice" {
		t.Errorf("Session after the upgrade: got %+v and error %v, want that of alice", got, err)
	}
	if saved, err := store.SaveKeys(t.Context(), []byte("keys"), 0); err != nil || !saved {
		t.Errorf("SaveKeys after the upgrade: got %t and error %v, want true", saved, err)
	}
	missing := newPath(t)
	if _, _, err := sqlitestore.Schema(t.Context(), missing); err == nil {
		t.Error("Schema of a file that is not there: got no error, want one")
	}
	if _, err := os.Stat(missing); err == nil {
		t.Error("Schema made a file")
	}
}

// later returns the tables that the first version had not.
func later(t *testing.T, db *sql.DB) (names []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), `SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'authsdk_%'
		AND name NOT IN ('authsdk_sessions', 'authsdk_users', 'authsdk_migrations')`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	if err := rows.Err(); err != nil || len(names) == 0 {
		t.Fatalf("got the tables %v and error %v", names, err)
	}
	return names
}

// stepOf returns the number of a migration.
func stepOf(t *testing.T, path string) int64 {
	t.Helper()
	number, _, _ := strings.Cut(filepath.Base(path), "_")
	step, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return step
}
