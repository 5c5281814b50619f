package sqlitestore

import (
	"context"
	"database/sql"
	"errors"
	"math"
	"time"

	"github.com/authsdk/authsdk-go/authsdk/session"
)

// rotateSession says in SQL what session.Rotation.Decide says in Go, case by
// case. A session that is to be refused is not found.
const rotateSession = `
UPDATE authsdk_sessions AS s SET
	generation    = iif(verdict = 'rotated', :presented + 1, generation),
	rotated_at    = iif(verdict IN ('rotated', 'late'), :now, rotated_at),
	replays       = CASE verdict WHEN 'rotated' THEN 0 WHEN 'reused' THEN replays ELSE replays + 1 END,
	late_replays  = iif(verdict = 'late', late_replays + 1, late_replays),
	last_seen     = iif(verdict = 'rotated', :now, last_seen),
	idle_expires  = iif(verdict = 'rotated', min(:idle_expires, expires), idle_expires),
	revoked_at    = iif(verdict = 'reused', :now, NULL),
	revoke_reason = iif(verdict = 'reused', :reused, revoke_reason)
FROM (
	SELECT id AS decided, CASE
		WHEN generation <= :presented THEN 'rotated'
		WHEN generation - 1 = :presented AND rotated_at >= :grace_from THEN 'replayed'
		WHEN generation - 1 = :presented AND late_replays < :late_replays THEN 'late'
		ELSE 'reused'
	END AS verdict
	FROM authsdk_sessions
	WHERE id = :id AND ` + live + ` AND :presented - generation <= :store_lag)
WHERE s.id = decided
RETURNING ` + columns

// RotateSession implements [session.Store].
func (s *Store) RotateSession(
	ctx context.Context, r session.Rotation,
) (stored session.Session, verdict session.Verdict, err error) {
	r.Now = r.Now.Truncate(time.Millisecond) // so that what is added to it is rounded like everywhere
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		rotate := tx.StmtContext(ctx, s.rotate) //nolint:sqlclosecheck // ends with its transaction
		stored, err = scanSession(rotate.QueryRowContext(ctx,
			arg("id", r.SessionID), arg("presented", r.Generation), arg("now", r.Now),
			arg("grace_from", graceFrom(r)), arg("late_replays", r.LateReplays), arg("store_lag", r.StoreLag),
			arg("idle_expires", r.Now.Add(r.IdleTTL)), arg("reused", session.ReasonReuse)))
		switch {
		case errors.Is(err, sql.ErrNoRows):
			verdict = session.VerdictRefused
			stored, err = scanSession(tx.QueryRowContext(ctx, selectSession, arg("id", r.SessionID)))
			if errors.Is(err, sql.ErrNoRows) {
				err = nil // an unknown session is refused like any other
			}
		case !stored.RevokedAt.IsZero():
			verdict = session.VerdictReused
		case stored.Replays == 0:
			verdict = session.VerdictRotated
		default:
			verdict = session.VerdictReplayed
		}
		return err
	})
	if err != nil {
		return session.Session{}, session.VerdictRefused, err
	}
	return stored, verdict, nil
}

// graceFrom is the time, in milliseconds, since when a rotation must have
// happened for its grace to last. Without a grace it is never.
func graceFrom(r session.Rotation) int64 {
	if r.Grace <= 0 {
		return math.MaxInt64
	}
	return r.Now.UnixMilli() - r.Grace.Milliseconds()
}
