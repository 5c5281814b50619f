package sqlitestore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"modernc.org/sqlite" // also registers the driver "sqlite"
)

// Primary result codes of SQLite, the low byte of an error's code.
const (
	codeError      = 1
	codeBusy       = 5
	codeReadOnly   = 8
	codeInterrupt  = 9
	codeCorrupt    = 11
	codeCantOpen   = 14
	codeConstraint = 19
	codeNotADB     = 26

	// An extended code: the -wal cannot be made.
	codeReadOnlyDirectory = codeReadOnly | 6<<8
)

// smallest is the size of the smallest page, and so of the smallest database.
const smallest = 512

var (
	errDamaged = errors.New("is damaged: restore it from a backup")
	errNotADB  = errors.New("is not an SQLite database: give another path, or restore it from a backup")
)

// code returns the primary result code of SQLite in err, or 0.
func code(err error) int {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code() & 0xff
	}
	return 0
}

// absolute returns path so that it still means the same file after a change of
// the working directory. It refuses what SQLite, but not this package, takes
// for something else than a path.
func absolute(path string) (string, error) {
	switch {
	case path == "":
		return "", errors.New("the path is empty: give the path of the database file")
	case path == ":memory:" || strings.HasPrefix(path, "file:"):
		return "", fmt.Errorf("%q is not a path: give the path of a file, or use the package memstore to keep everything in memory", path)
	case strings.ContainsRune(path, 0):
		return "", fmt.Errorf("%q is not a path", path)
	}
	return filepath.Abs(path)
}

// provide makes the database if there is none.
//
// It is made under another name and linked to its own when it is complete:
// whoever opens it never sees half a database, of several processes one wins,
// and an empty file at path is always one that lost its content. The file at
// path itself is never opened but by SQLite, which would lose its locks.
func provide(ctx context.Context, path string) error {
	// In this order: a -wal that another process made just now has its database.
	_, walErr := os.Stat(path + "-wal")
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return errors.New("is a directory: give the path of a file in it")
	case err == nil && info.Size() == 0:
		return errors.New("is empty, which no database of this package ever is: restore it from a backup, or remove it to begin anew")
	case err == nil && info.Size() < smallest:
		return errNotADB // SQLite would begin a new one in it
	case err == nil:
		return nil
	case !errors.Is(err, fs.ErrNotExist):
		return err
	case walErr == nil:
		return errors.New("is missing, but its -wal is there: put the database back, or remove the -wal to begin anew")
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("its directory cannot be made: %w", err)
	}
	blank, err := os.CreateTemp(dir, ".authsdk-*.new") // for the owner alone, and SQLite gives -wal the same mode
	if err != nil {
		return fmt.Errorf("does not exist, and its directory cannot be written to: %w", err)
	}
	defer func() {
		for _, suffix := range []string{"", "-wal", "-shm"} {
			_ = os.Remove(blank.Name() + suffix)
		}
	}()
	if err := errors.Join(blank.Close(), fill(ctx, blank.Name())); err != nil {
		return err
	}
	if err := os.Link(blank.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// fill makes a database of an empty file.
func fill(ctx context.Context, path string) error {
	db, err := connect(path, 1, "")
	if err != nil {
		return err
	}
	if err = check(ctx, db); err == nil {
		err = migrate(ctx, db)
	}
	return errors.Join(err, db.Close())
}

// connect makes a pool of connections. SQLite must not make the file again
// (mode=rw) if it is removed while the pool is in use. It is told to wait only
// briefly for locks: the rest of the waiting is done where a context ends it.
func connect(path string, most int, options string) (*sql.DB, error) {
	slashed := filepath.ToSlash(path)
	if !strings.HasPrefix(slashed, "/") {
		slashed = "/" + slashed // the drive of Windows
	}
	uri := url.URL{Scheme: "file", OmitHost: true, Path: slashed}
	db, err := sql.Open("sqlite", uri.String()+
		"?mode=rw&_txlock=immediate&_busy_timeout=50&_foreign_keys=1&_synchronous=FULL"+
		"&_pragma=fullfsync(1)&_pragma=checkpoint_fullfsync(1)"+options) // fsync alone is not enough on macOS
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(most)
	db.SetMaxIdleConns(most)
	return db, nil
}

// check puts the database into WAL mode, which it keeps, and looks for damage.
func check(ctx context.Context, db *sql.DB) error {
	return tryLong(ctx, func(ctx context.Context) error {
		var mode, verdict string
		if err := db.QueryRowContext(ctx, "PRAGMA journal_mode = WAL").Scan(&mode); err != nil {
			return err
		}
		if mode != "wal" {
			return fmt.Errorf("cannot be used in WAL mode, only in %q: put it on a local disk", mode)
		}
		if err := db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&verdict); err != nil {
			return err
		}
		if verdict != "ok" {
			return errDamaged
		}
		return nil
	})
}

// explain makes one line of an error of Open: what is wrong with which file,
// and what to do.
func explain(path string, err error) error {
	var hint string
	switch code(err) {
	case codeNotADB:
		hint = errNotADB.Error()
	case codeCorrupt:
		hint = errDamaged.Error()
	case codeReadOnly:
		hint = "can only be read: make it writable"
		if e, ok := errors.AsType[*sqlite.Error](err); ok && e.Code() == codeReadOnlyDirectory {
			hint = "is in a directory that can only be read: make the directory writable"
		}
	case codeCantOpen:
		hint = "cannot be opened: make the file and its directory readable and writable"
	case codeBusy:
		hint = "is locked by another program: stop that, or wait for it"
	default:
		return fmt.Errorf("sqlitestore: %s: %w", path, err)
	}
	return fmt.Errorf("sqlitestore: %s: %s: %w", path, hint, err)
}
