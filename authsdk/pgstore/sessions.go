package pgstore

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/authsdk/authsdk-go/authsdk/session"
)

const (
	// columns are what scanSession reads.
	columns = `id, subject, label, generation, rotated_at, replays, late_replays, created_at, auth_time,
		last_seen, idle_expires, expires, revoked_at, revoke_reason, csrf_secret`

	// live says in SQL what session.Session.Live says in Go, of the time $1.
	live = `revoked_at IS NULL AND idle_expires > $1 AND expires > $1`
)

const insertSession = `
INSERT INTO authsdk_sessions (` + columns + `)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`

// lockSubject lets creations of one subject's sessions wait for each other, as
// they could not count each other's otherwise.
const lockSubject = `SELECT pg_advisory_xact_lock(hashtextextended('authsdk_sessions ' || $1, 0))`

const evictSessions = `
UPDATE authsdk_sessions SET revoked_at = $1, revoke_reason = '` + session.ReasonEvicted + `'
WHERE revoked_at IS NULL AND id IN (
	SELECT id FROM authsdk_sessions
	WHERE subject = $2 AND id <> $3 AND ` + live + `
	ORDER BY last_seen DESC, id DESC
	OFFSET $4)
RETURNING id, last_seen`

type evicted struct {
	id       string
	lastSeen int64
}

// CreateSession implements [session.Store]. An ID that is taken is an error.
// Of sessions seen last at the same time, the one with the smaller ID goes first.
func (s *Store) CreateSession(ctx context.Context, created session.Session, most int) ([]string, error) {
	others := most // may stay beside the one that is created
	if created.Live(created.CreatedAt) {
		others--
	}
	var gone []evicted
	err := s.write(ctx, func(ctx context.Context) error {
		gone = nil
		var batch pgx.Batch // one round trip, one transaction
		if most > 0 {
			batch.Queue(lockSubject, created.Subject)
		}
		batch.Queue(insertSession, created.ID, created.Subject, created.Label, created.Generation,
			created.RotatedAt.UnixMilli(), int64(created.Replays), int64(created.LateReplays),
			created.CreatedAt.UnixMilli(), created.AuthTime.UnixMilli(), created.LastSeen.UnixMilli(),
			created.IdleExpires.UnixMilli(), created.Expires.UnixMilli(), orNull(created.RevokedAt),
			created.RevokeReason, append([]byte{}, created.CSRFSecret...)) // nil would be NULL
		if most > 0 {
			batch.Queue(evictSessions, created.CreatedAt.UnixMilli(), created.Subject, created.ID, int64(others)).
				Query(func(rows pgx.Rows) (err error) {
					gone, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (e evicted, err error) {
						err = r.Scan(&e.id, &e.lastSeen)
						return e, err
					})
					return err
				})
		}
		return s.pool.SendBatch(ctx, &batch).Close()
	})
	if code(err) == codeUniqueViolation {
		return nil, fmt.Errorf("pgstore: session %s exists", created.ID)
	}
	if err != nil {
		return nil, err
	}
	slices.SortFunc(gone, func(a, b evicted) int {
		return cmp.Or(cmp.Compare(a.lastSeen, b.lastSeen), strings.Compare(a.id, b.id))
	})
	var ids []string
	for _, e := range gone {
		ids = append(ids, e.id)
	}
	return ids, nil
}

const selectSession = `SELECT ` + columns + ` FROM authsdk_sessions WHERE id = $1`

// Session implements [session.Store].
func (s *Store) Session(ctx context.Context, id string) (session.Session, error) {
	found, err := s.session(ctx, id)
	return found, sessionNotFound(err)
}

func (s *Store) session(ctx context.Context, id string) (found session.Session, err error) {
	err = s.read(ctx, func(ctx context.Context) error {
		found, err = scanSession(s.pool.QueryRow(ctx, selectSession, id))
		return err
	})
	return found, err
}

const selectSessions = `
SELECT ` + columns + ` FROM authsdk_sessions
WHERE subject = $2 AND ` + live + `
ORDER BY last_seen DESC, id DESC`

// Sessions implements [session.Store].
func (s *Store) Sessions(ctx context.Context, subject string, now time.Time) (found []session.Session, err error) {
	err = s.read(ctx, func(ctx context.Context) error {
		rows, err := s.pool.Query(ctx, selectSessions, now.UnixMilli(), subject)
		if err != nil {
			return err
		}
		found, err = pgx.CollectRows(rows, rowToSession)
		return err
	})
	return found, err
}

// One by its ID, or those of a subject: two statements, so that each uses its
// index. Rows are locked in the order of their IDs, so that two who revoke the
// same do not wait for each other in a circle.
const (
	revoke = `
WITH chosen AS (
	SELECT id FROM authsdk_sessions WHERE ` + live + ` AND id <> $4 AND `
	revokeChosen = ` ORDER BY id FOR UPDATE)
UPDATE authsdk_sessions s SET revoked_at = $1, revoke_reason = $2
FROM chosen WHERE s.id = chosen.id
RETURNING s.id`

	revokeSession  = revoke + `id = $5 AND ($3 = '' OR subject = $3)` + revokeChosen
	revokeSessions = revoke + `subject = $3 AND $5 = ''` + revokeChosen
)

// RevokeSessions implements [session.Store].
func (s *Store) RevokeSessions(
	ctx context.Context, match session.Match, at time.Time, reason string,
) (revoked []string, err error) {
	if match.ID == "" && match.Subject == "" {
		return nil, unknown(ctx.Err())
	}
	statement := revokeSession
	if match.ID == "" {
		statement = revokeSessions
	}
	err = s.write(ctx, func(ctx context.Context) error {
		rows, err := s.pool.Query(ctx, statement, at.UnixMilli(), reason, match.Subject, match.Except, match.ID)
		if err != nil {
			return err
		}
		revoked, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	return revoked, err
}

const markAuthenticated = `
UPDATE authsdk_sessions SET auth_time = $1, last_seen = $1
WHERE id = $2 AND ` + live + `
RETURNING ` + columns

// MarkAuthenticated implements [session.Store].
func (s *Store) MarkAuthenticated(ctx context.Context, id string, at time.Time) (marked session.Session, err error) {
	err = s.write(ctx, func(ctx context.Context) error {
		marked, err = scanSession(s.pool.QueryRow(ctx, markAuthenticated, at.UnixMilli(), id))
		return err
	})
	return marked, sessionNotFound(err)
}

// pruneSessions leaves out what another prunes just now.
const pruneSessions = `
DELETE FROM authsdk_sessions WHERE id IN (
	SELECT id FROM authsdk_sessions
	WHERE expires < $1 OR (idle_day <= $1 / 86400000 AND idle_expires < $1) OR revoked_at < $1
	LIMIT $2 FOR UPDATE SKIP LOCKED)`

// PruneSessions implements [session.Store].
func (s *Store) PruneSessions(ctx context.Context, before time.Time, limit int) (deleted int, err error) {
	err = s.write(ctx, func(ctx context.Context) error {
		done, err := s.pool.Exec(ctx, pruneSessions, before.UnixMilli(), int64(max(limit, 0)))
		deleted = int(done.RowsAffected())
		return err
	})
	return deleted, err
}
