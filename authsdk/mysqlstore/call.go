package mysqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/authsdk/authsdk-go/authsdk"
)

// Codes of the server: https://dev.mysql.com/doc/mysql-errors/8.0/en/server-error-reference.html
const (
	codeDuplicate = 1062
	codeDeadlock  = 1213
	// codeChanged is MariaDB's for a row that has changed since a transaction began,
	// with innodb_snapshot_isolation.
	codeChanged = 1020
)

// code returns the number in err, or 0.
func code(err error) uint16 {
	if e, ok := errors.AsType[*mysql.MySQLError](err); ok {
		return e.Number
	}
	return 0
}

const (
	// maxAttempts is more than a call ever needs that only has bad luck.
	maxAttempts = 16
	// maxPause is how long one of them waits for the next at most.
	maxPause = 100 * time.Millisecond
)

// undone reports whether the server has rolled a transaction back because of others,
// so that nothing was written.
func undone(err error) bool {
	c := code(err)
	return c == codeDeadlock || c == codeChanged
}

// write runs do in a transaction and commits it. It is repeated only where it
// is certain that nothing was done.
func (s *Store) write(ctx context.Context, do func(context.Context, *sql.Tx) error) error {
	return s.breaker.Do(ctx, func() error { return s.tryWrite(ctx, do) })
}

func (s *Store) tryWrite(ctx context.Context, do func(context.Context, *sql.Tx) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var err error
	for attempt := range maxAttempts {
		var committing bool
		committing, err = s.transact(ctx, do)
		again := undone(err) || !committing && broken(err)
		if !again || ctx.Err() != nil {
			break
		}
		pause := min(time.Millisecond<<attempt, maxPause)
		select { // so that those who met do not meet again
		case <-time.After(rand.N(pause)): //nolint:gosec // no secret
		case <-ctx.Done():
		}
	}
	return unknown(err)
}

func (s *Store) transact(ctx context.Context, do func(context.Context, *sql.Tx) error) (committing bool, err error) {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return false, err
	}
	if err := do(ctx, tx); err != nil {
		_ = tx.Rollback() // err says what happened
		return false, err
	}
	return true, tx.Commit()
}

// read runs do, which changes nothing, and again where a connection broke.
func (s *Store) read(ctx context.Context, do func(context.Context) error) error {
	return s.breaker.Do(ctx, func() error { return s.tryRead(ctx, do) })
}

func (s *Store) tryRead(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var err error
	for range maxAttempts {
		if err = do(ctx); !broken(err) || ctx.Err() != nil {
			break
		}
	}
	return unknown(err)
}

// broken reports whether a connection ended under a call.
func broken(err error) bool {
	return errors.Is(err, mysql.ErrInvalidConn) || errors.Is(err, driver.ErrBadConn)
}

// silent reports whether err is none that the server has sent.
func silent(err error) bool {
	return !errors.Is(err, sql.ErrNoRows) && code(err) == 0
}

// unknown marks an error that is no answer.
func unknown(err error) error {
	if err == nil || errors.Is(err, sql.ErrNoRows) {
		return err
	}
	return authsdk.Unknown("mysqlstore", err)
}
