package mysqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/session"
)

const (
	// columns are what scanSession reads.
	columns = `id, subject, label, generation, rotated_at, replays, late_replays, created_at, auth_time,
		last_seen, idle_expires, expires, revoked_at, revoke_reason, csrf_secret`

	// live says in SQL what session.Session.Live says in Go.
	live = `revoked_at IS NULL AND idle_expires > ? AND expires > ?`

	// Rows are always locked by the same way to them, so that no two calls wait
	// for each other in a circle: the server would at times take the index on
	// revoked_at, because that is asked for too.
	byID      = ` authsdk_sessions FORCE INDEX (PRIMARY) `
	bySubject = ` authsdk_sessions FORCE INDEX (authsdk_sessions_subject) `
)

const insertSession = `
INSERT INTO authsdk_sessions (` + columns + `)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

const (
	lockSubject = `SELECT id FROM authsdk_locks WHERE id = ? FOR UPDATE`

	// surplus are the sessions beyond those that may stay, the least recently
	// seen last. The greatest number stands for no limit.
	surplus = `
SELECT id FROM` + bySubject + `
WHERE subject = ? AND id <> ? AND ` + live + `
ORDER BY last_seen DESC, id DESC
LIMIT 18446744073709551615 OFFSET ? FOR UPDATE`
)

// locks is how many rows authsdk_locks has.
const locks = 64

// lockOf is the row that creations of a subject's sessions lock.
func lockOf(subject string) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(subject))
	return int(h.Sum32() % locks)
}

// CreateSession implements [session.Store]. An ID that is taken is an error.
// Of sessions seen last at the same time, the one with the smaller ID goes first.
func (s *Store) CreateSession(ctx context.Context, created session.Session, most int) (evicted []string, err error) {
	others := most // may stay beside the one that is created
	if created.Live(created.CreatedAt) {
		others--
	}
	at := created.CreatedAt.UnixMilli()
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if most > 0 {
			var id int
			err := tx.QueryRowContext(ctx, lockSubject, lockOf(created.Subject)).Scan(&id)
			if errors.Is(err, sql.ErrNoRows) {
				return errors.New("the table authsdk_locks lacks rows")
			}
			if err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, insertSession, created.ID, created.Subject, created.Label, created.Generation,
			created.RotatedAt.UnixMilli(), created.Replays, created.LateReplays, at, created.AuthTime.UnixMilli(),
			created.LastSeen.UnixMilli(), created.IdleExpires.UnixMilli(), created.Expires.UnixMilli(),
			orNull(created.RevokedAt), created.RevokeReason, append([]byte{}, created.CSRFSecret...)) // nil would be NULL
		if err != nil || most <= 0 {
			return err
		}
		evicted, err = list(ctx, tx, scanText, surplus, created.Subject, created.ID, at, at, others)
		if err != nil {
			return err
		}
		slices.Reverse(evicted)
		return revokeAll(ctx, tx, evicted, created.CreatedAt, session.ReasonEvicted)
	})
	if code(err) == codeDuplicate {
		return nil, fmt.Errorf("mysqlstore: session %s exists", created.ID)
	}
	if err != nil {
		return nil, err
	}
	return evicted, nil
}

const selectSession = `SELECT ` + columns + ` FROM` + byID + `WHERE id = ?`

// Session implements [session.Store].
func (s *Store) Session(ctx context.Context, id string) (found session.Session, err error) {
	err = s.read(ctx, func(ctx context.Context) error {
		found, err = scanSession(s.get.QueryRowContext(ctx, id))
		return err
	})
	if err == nil {
		s.see(found) // a refresh begins with this
	}
	return found, sessionNotFound(err)
}

const selectSessions = `
SELECT ` + columns + ` FROM` + bySubject + `
WHERE subject = ? AND ` + live + `
ORDER BY last_seen DESC, id DESC`

// Sessions implements [session.Store].
func (s *Store) Sessions(ctx context.Context, subject string, now time.Time) (found []session.Session, err error) {
	err = s.read(ctx, func(ctx context.Context) error {
		found, err = list(ctx, s.db, scanSession, selectSessions, subject, now.UnixMilli(), now.UnixMilli())
		return err
	})
	return found, err
}

const markAuthenticated = `UPDATE` + byID + `SET auth_time = ?, last_seen = ? WHERE id = ?`

// MarkAuthenticated implements [session.Store].
func (s *Store) MarkAuthenticated(ctx context.Context, id string, at time.Time) (marked session.Session, err error) {
	at = at.UTC().Truncate(time.Millisecond)
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		lock := tx.StmtContext(ctx, s.lock) //nolint:sqlclosecheck // ends with its transaction
		marked, err = scanSession(lock.QueryRowContext(ctx, id))
		if err != nil {
			return err
		}
		if !marked.Live(at) {
			return sql.ErrNoRows
		}
		marked.AuthTime, marked.LastSeen = at, at
		_, err = tx.ExecContext(ctx, markAuthenticated, at.UnixMilli(), at.UnixMilli(), id)
		return err
	})
	if errors.Is(err, sql.ErrNoRows) {
		return session.Session{}, authsdk.ErrSessionNotFound
	}
	return marked, err
}
