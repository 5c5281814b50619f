package sqlitestore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"time"
)

// write runs do in a transaction and commits it: when it returns nil, what do
// has done is on the disk; else nothing is done.
func (s *Store) write(ctx context.Context, do func(context.Context, *sql.Tx) error) error {
	return named(s.transact(ctx, do))
}

// read runs do, which sees all that was committed before.
func (s *Store) read(ctx context.Context, do func(context.Context, *sql.DB) error) error {
	return named(try(ctx, func(ctx context.Context) error {
		if err := s.inPlace(); err != nil {
			return err
		}
		return do(ctx, s.reader)
	}))
}

func named(err error) error {
	if err != nil {
		return fmt.Errorf("sqlitestore: %w", err)
	}
	return nil
}

func (s *Store) transact(ctx context.Context, do func(context.Context, *sql.Tx) error) error {
	return try(ctx, func(ctx context.Context) error {
		if err := s.inPlace(); err != nil {
			return err
		}
		tx, err := s.writer.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		if err := do(ctx, tx); err != nil {
			_ = tx.Rollback() // err says what happened
			return err
		}
		return tx.Commit()
	})
}

// inPlace fails if the file was removed or replaced. What is written into such a one
// is gone with the last process that has it open, what others write into the next one
// is not in it, and SQLite does not tell.
func (s *Store) inPlace() error {
	file, err := os.Stat(s.path)
	if err != nil {
		return err
	}
	if !os.SameFile(file, s.file) {
		return fmt.Errorf("%s was replaced while it was in use: start again", s.path)
	}
	return nil
}

// try repeats do while others hold the lock, until patience or ctx ends, which
// ends do as well. A transaction takes its lock when it begins, so nothing is
// done twice.
func try(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return retry(ctx, func() error { return do(ctx) })
}

// tryLong is try for what takes longer the more is stored: patience ends only
// the waiting.
func tryLong(ctx context.Context, do func(context.Context) error) error {
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return retry(waiting, func() error { return do(ctx) })
}

// retry does in Go what SQLite can do itself only without looking at a context.
func retry(waiting context.Context, do func() error) error {
	var busy error
	for {
		err := do()
		switch ended := waiting.Err(); {
		case code(err) == codeBusy:
			busy = err
		case ended == nil || !errors.Is(err, ended) && code(err) != codeInterrupt:
			return err
		case busy != nil: // do saw only the end, and not what was waited for
			return fmt.Errorf("%w: %w", busy, ended)
		default:
			return fmt.Errorf("%w: %w", err, ended) // SQLite does not say who interrupted it
		}
		select {
		case <-waiting.Done():
			return fmt.Errorf("%w: %w", busy, waiting.Err())
		case <-time.After(time.Millisecond): // for the few locks that SQLite does not wait for
		}
	}
}
