package pgstore

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/authsdk/authsdk-go/authsdk/session"
)

// The cases of session.Rotation.Decide, in its order. Where one is looked at,
// those before it have been ruled out.
const (
	current  = `generation <= $2`
	replayed = `generation - 1 = $2 AND rotated_at >= $4`
	late     = `generation - 1 = $2 AND late_replays < $5`
	reused   = `NOT (` + current + ` OR ` + replayed + ` OR ` + late + `)`
)

// rotateSession says in SQL what session.Rotation.Decide says in Go. A session
// that is to be refused is not found.
//
// The verdict is taken from the columns of the row that is updated, and from
// nothing else: after the wait for another refresh of the same session, the
// server evaluates these expressions, and the WHERE, on what that has written.
// What a subquery had found would be of the time before.
const rotateSession = `
UPDATE authsdk_sessions SET
	generation    = CASE WHEN ` + current + ` THEN $2 + 1 ELSE generation END,
	rotated_at    = CASE WHEN ` + current + ` THEN $3 WHEN ` + replayed + ` THEN rotated_at WHEN ` + late + ` THEN $3 ELSE rotated_at END,
	replays       = CASE WHEN ` + current + ` THEN 0 WHEN ` + reused + ` THEN replays ELSE replays + 1 END,
	late_replays  = late_replays + CASE WHEN ` + current + ` OR ` + replayed + ` THEN 0 WHEN ` + late + ` THEN 1 ELSE 0 END,
	last_seen     = CASE WHEN ` + current + ` THEN $3 ELSE last_seen END,
	idle_expires  = CASE WHEN ` + current + ` THEN least($7, expires) ELSE idle_expires END,
	revoked_at    = CASE WHEN ` + reused + ` THEN $3 END,
	revoke_reason = CASE WHEN ` + reused + ` THEN '` + session.ReasonReuse + `' ELSE revoke_reason END
WHERE id = $1 AND revoked_at IS NULL AND idle_expires > $3 AND expires > $3 AND $2 - generation <= $6
RETURNING ` + columns

// RotateSession implements [session.Store].
func (s *Store) RotateSession(
	ctx context.Context, r session.Rotation,
) (stored session.Session, verdict session.Verdict, err error) {
	now := r.Now.Truncate(time.Millisecond) // so that what is added to it is rounded like everywhere
	err = s.write(ctx, func(ctx context.Context) error {
		stored, err = scanSession(s.pool.QueryRow(ctx, rotateSession,
			r.SessionID, r.Generation, now.UnixMilli(), graceFrom(r, now), int64(r.LateReplays), r.StoreLag,
			now.Add(r.IdleTTL).UnixMilli()))
		return err
	})
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		stored, err = s.session(ctx, r.SessionID)
		if errors.Is(err, pgx.ErrNoRows) {
			err = nil // an unknown session is refused like any other
		}
		verdict = session.VerdictRefused
	case !stored.RevokedAt.IsZero():
		verdict = session.VerdictReused
	case stored.Replays == 0:
		verdict = session.VerdictRotated
	default:
		verdict = session.VerdictReplayed
	}
	if err != nil {
		return session.Session{}, session.VerdictRefused, err
	}
	return stored, verdict, nil
}

// graceFrom is the time, in milliseconds, since when a rotation must have
// happened for its grace to last. Without a grace it is never.
func graceFrom(r session.Rotation, now time.Time) int64 {
	if r.Grace <= 0 {
		return math.MaxInt64
	}
	return now.UnixMilli() - r.Grace.Milliseconds()
}
