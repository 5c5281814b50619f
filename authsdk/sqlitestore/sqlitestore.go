// Package sqlitestore keeps sessions, users and keys in one SQLite file. It needs no
// C compiler and no server, and suits everything that runs on one machine.
//
// # What survives
//
// What a method has acknowledged is on the disk: the file is kept in WAL mode
// with synchronous=FULL. A process that is killed in the middle of a call has
// done all of it or nothing. The file must lie on a local disk, since WAL mode
// needs shared memory; a backup is made with SQLite's own means (VACUUM INTO,
// .backup), as a copy of the file alone lacks what still stands in its -wal.
//
// # Sharing the file
//
// Several processes may open one file, and the application may keep its own
// tables in it: this package's begin with authsdk_.
//
// While the file is open, no other code of the process should open and close
// it: the operating system drops SQLite's locks of a process when any
// descriptor of the file is closed.
package sqlitestore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"time"

	"github.com/authsdk/authsdk-go/authsdk/clientstore"
	"github.com/authsdk/authsdk-go/authsdk/session"
	"github.com/authsdk/authsdk-go/authsdk/userstore"
)

var (
	_ session.Store     = (*Store)(nil)
	_ userstore.Store   = (*Store)(nil)
	_ clientstore.Store = (*Store)(nil)
)

// patience is how long a call waits for a lock that another process holds,
// if its context does not end before.
const patience = 5 * time.Second

// Store is a [session.Store], a [userstore.Store], a
// [clientstore.Store] and a keyring.Store. It is safe
// for concurrent use, in several processes too. Each call is one transaction and waits at
// most five seconds for its turn, less if its context ends before.
//
// Errors that are not named by the interfaces mean that the file did not
// answer: it is locked by others for too long, it is gone, the disk is full.
// They name the cause and hold nothing secret. The store works again, without
// being opened anew, as soon as the cause has gone.
type Store struct {
	path string
	// file is what was opened, to be compared with what is there.
	file fs.FileInfo
	// writer has the one connection that writes; the calls of this process
	// queue for it in Go, where a context can end the wait.
	writer *sql.DB
	reader *sql.DB
	// get and rotate are the statements of every request and of every refresh,
	// which take as long to compile as to run.
	get, rotate *sql.Stmt

	now   func() time.Time
	probe probe
}

// Open opens the database at path and brings its tables up to date. A file
// that does not exist is made, for the owner alone, with its directory. What
// exists is never replaced: Open looks through the file, and refuses one that
// is empty, damaged, not a database, or was written by a newer version of this
// package. Several processes may call Open for one file at the same time.
//
// The path is a plain path and may contain any character; it is neither a URI
// nor ":memory:", for which there is the package memstore. The error is one
// line and names the path and the next step.
func Open(ctx context.Context, path string) (*Store, error) {
	path, err := absolute(path)
	if err != nil {
		return nil, fmt.Errorf("sqlitestore: %w", err)
	}
	s := &Store{path: path, now: time.Now}
	if err := s.open(ctx); err != nil {
		_ = s.Close() // err says what happened
		return nil, explain(path, err)
	}
	return s, nil
}

func (s *Store) open(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := provide(ctx, s.path); err != nil {
		return err
	}
	file, err := os.Stat(s.path)
	if err != nil {
		return err
	}
	s.file = file
	if s.writer, err = connect(s.path, 1, ""); err != nil {
		return err
	}
	if s.reader, err = connect(s.path, max(4, runtime.GOMAXPROCS(0)), "&_query_only=1"); err != nil {
		return err
	}
	if err := check(ctx, s.writer); err != nil {
		return err
	}
	if err := migrate(ctx, s.writer); err != nil {
		return err
	}
	if err := s.transact(ctx, writable); err != nil {
		return err
	}
	return try(ctx, func(ctx context.Context) (err error) {
		if s.get, err = s.reader.PrepareContext(ctx, selectSession); err != nil {
			return err
		}
		s.rotate, err = s.writer.PrepareContext(ctx, rotateSession)
		return err
	})
}

// Close waits for the calls that are under way and closes the file. Later
// calls return errors. Closing twice is no error.
func (s *Store) Close() error {
	var errs []error
	for _, db := range []*sql.DB{s.reader, s.writer} { // with their statements; the writer last, to tidy up the -wal
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}
