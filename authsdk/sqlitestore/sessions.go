package sqlitestore

import (
	"context"
	"database/sql"
	"time"

	"github.com/authsdk/authsdk-go/authsdk/session"
)

const (
	// columns are what scanSession reads.
	columns = `id, subject, label, generation, rotated_at, replays, late_replays, created_at, auth_time,
		last_seen, idle_expires, expires, revoked_at, revoke_reason, csrf_secret`

	// live says in SQL what session.Session.Live says in Go.
	live = `revoked_at IS NULL AND idle_expires > :now AND expires > :now`
)

const insertSession = `
INSERT INTO authsdk_sessions (` + columns + `)
VALUES (:id, :subject, :label, :generation, :rotated_at, :replays, :late_replays, :created_at, :auth_time,
	:last_seen, :idle_expires, :expires, :revoked_at, :revoke_reason, :csrf_secret)`

const evictSessions = `
UPDATE authsdk_sessions SET revoked_at = :now, revoke_reason = :reason
WHERE id IN (
	SELECT id FROM authsdk_sessions
	WHERE subject = :subject AND id <> :id AND ` + live + `
	ORDER BY last_seen DESC, id DESC
	LIMIT -1 OFFSET :others)
RETURNING id`

// CreateSession implements [session.Store]. An ID that is taken is an error.
// Of sessions seen last at the same time, the one with the smaller ID goes first.
func (s *Store) CreateSession(ctx context.Context, created session.Session, most int) (evicted []string, err error) {
	others := most // may stay beside the one that is created
	if created.Live(created.CreatedAt) {
		others--
	}
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, insertSession,
			arg("id", created.ID), arg("subject", created.Subject), arg("label", created.Label),
			arg("generation", created.Generation), arg("rotated_at", created.RotatedAt),
			arg("replays", created.Replays), arg("late_replays", created.LateReplays),
			arg("created_at", created.CreatedAt), arg("auth_time", created.AuthTime), arg("last_seen", created.LastSeen),
			arg("idle_expires", created.IdleExpires), arg("expires", created.Expires),
			arg("revoked_at", orNull(created.RevokedAt)), arg("revoke_reason", created.RevokeReason),
			arg("csrf_secret", append([]byte{}, created.CSRFSecret...))) // nil would be NULL
		if err != nil || most <= 0 {
			return err
		}
		evicted, err = list(ctx, tx, scanText, evictSessions,
			arg("subject", created.Subject), arg("id", created.ID), arg("others", others),
			arg("now", created.CreatedAt), arg("reason", session.ReasonEvicted))
		return err
	})
	return evicted, err
}

const selectSession = `SELECT ` + columns + ` FROM authsdk_sessions WHERE id = :id`

// Session implements [session.Store].
func (s *Store) Session(ctx context.Context, id string) (found session.Session, err error) {
	err = s.read(ctx, func(ctx context.Context, _ *sql.DB) error {
		found, err = scanSession(s.get.QueryRowContext(ctx, arg("id", id)))
		return err
	})
	return found, sessionNotFound(err)
}

const selectSessions = `
SELECT ` + columns + ` FROM authsdk_sessions
WHERE subject = :subject AND ` + live + `
ORDER BY last_seen DESC, id DESC`

// Sessions implements [session.Store].
func (s *Store) Sessions(ctx context.Context, subject string, now time.Time) (found []session.Session, err error) {
	err = s.read(ctx, func(ctx context.Context, db *sql.DB) error {
		found, err = list(ctx, db, scanSession, selectSessions, arg("subject", subject), arg("now", now))
		return err
	})
	return found, err
}

// One by its ID, or those of a subject: two statements, so that each uses its index.
const (
	revoke = `UPDATE authsdk_sessions SET revoked_at = :now, revoke_reason = :reason WHERE `

	revokeSession  = revoke + `id = :id AND (:subject = '' OR subject = :subject) AND id <> :except AND ` + live + ` RETURNING id`
	revokeSessions = revoke + `subject = :subject AND id <> :except AND ` + live + ` RETURNING id`
)

// RevokeSessions implements [session.Store].
func (s *Store) RevokeSessions(
	ctx context.Context, match session.Match, at time.Time, reason string,
) (revoked []string, err error) {
	statement := revokeSession
	if match.ID == "" {
		statement = revokeSessions
	}
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if match.ID == "" && match.Subject == "" {
			return nil
		}
		revoked, err = list(ctx, tx, scanText, statement,
			arg("id", match.ID), arg("subject", match.Subject), arg("except", match.Except),
			arg("now", at), arg("reason", reason))
		return err
	})
	return revoked, err
}

const markAuthenticated = `
UPDATE authsdk_sessions SET auth_time = :now, last_seen = :now
WHERE id = :id AND ` + live + `
RETURNING ` + columns

// MarkAuthenticated implements [session.Store].
func (s *Store) MarkAuthenticated(ctx context.Context, id string, at time.Time) (marked session.Session, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		marked, err = scanSession(tx.QueryRowContext(ctx, markAuthenticated, arg("id", id), arg("now", at)))
		return err
	})
	return marked, sessionNotFound(err)
}

const pruneSessions = `
DELETE FROM authsdk_sessions
WHERE id IN (SELECT id FROM authsdk_sessions WHERE ends_at < :before LIMIT :limit)`

// PruneSessions implements [session.Store].
func (s *Store) PruneSessions(ctx context.Context, before time.Time, limit int) (int, error) {
	var deleted int64
	err := s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, pruneSessions, arg("before", before), arg("limit", max(limit, 0)))
		if err != nil {
			return err
		}
		deleted, err = result.RowsAffected()
		return err
	})
	return int(deleted), err
}
