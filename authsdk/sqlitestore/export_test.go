package sqlitestore

import (
	"context"
	"time"
)

// Settings returns what the connections were told, which shows only when the
// power fails: a PRAGMA of the writer and of a reader.
func (s *Store) Settings(ctx context.Context, pragma string) (writer, reader string, err error) {
	if err = s.writer.QueryRowContext(ctx, "PRAGMA "+pragma).Scan(&writer); err == nil {
		err = s.reader.QueryRowContext(ctx, "PRAGMA "+pragma).Scan(&reader)
	}
	return writer, reader, err
}

// Disconnect makes every later read connect anew.
func (s *Store) Disconnect() { s.reader.SetMaxIdleConns(-1) }

// SetNow sets the clock.
func (s *Store) SetNow(now func() time.Time) { s.now = now }

// Retry is what a call does while others hold the lock.
func Retry(waiting context.Context, do func() error) error { return retry(waiting, do) }
