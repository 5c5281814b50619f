package sqlitestore

import (
	"context"
	"database/sql"
	"sync"
	"time"
)

// probeEvery is how long the outcome of a probe counts: who asks, and how
// often, should not decide how much is written to the disk.
const probeEvery = 10 * time.Second

// probe is what was learned by the last write that was made only to try.
type probe struct {
	mu  sync.Mutex
	at  time.Time
	err error
}

// Ping reports whether the store could read and write now: the file is where
// it was, its lock can be had, and, tried at most every ten seconds, the disk
// takes what is written and the tables can be read from it. It changes nothing.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.write(ctx, writable); err != nil {
		return err
	}
	due, err := s.probe.begin(s.now())
	if !due {
		return err
	}
	err = s.write(ctx, tryOut)
	s.probe.end(err, ctx.Err() != nil || code(err) == codeBusy)
	return err
}

// begin reports whether it is the caller's turn to try, and else what came of
// the last time.
func (p *probe) begin(now time.Time) (due bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if age := now.Sub(p.at); age >= 0 && age < probeEvery {
		return false, p.err
	}
	p.at = now
	return true, nil
}

// end keeps err. What was given up says nothing of the disk: the next call tries again.
func (p *probe) end(err error, givenUp bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil && givenUp {
		p.at = time.Time{}
		return
	}
	p.err = err
}

// writable fails on a file that can only be read. It touches no row, so that
// there is nothing to be written to the disk.
func writable(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, "UPDATE authsdk_sessions SET label = label WHERE id IS NULL")
	return err
}

// tryOut writes a session that nobody ever sees, as it is gone when the
// transaction ends. An UPDATE to the same value would write nothing. The pages
// are read from the disk, since those in memory outlive a damaged file.
func tryOut(ctx context.Context, tx *sql.Tx) error {
	for _, statement := range []string{
		"PRAGMA shrink_memory",
		`INSERT INTO authsdk_sessions (` + columns + `)
		VALUES ('authsdk.probe', '', '', 0, 0, 0, 0, 0, 0, 0, 0, 0, NULL, '', x'')`,
		"DELETE FROM authsdk_sessions WHERE id = 'authsdk.probe'",
	} {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	// A login begins with a user, whose pages are others.
	var users int
	return tx.QueryRowContext(ctx, "SELECT count(*) FROM (SELECT * FROM authsdk_users LIMIT 1)").Scan(&users)
}
