package mysqlstore

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/authsdk/authsdk-go/authsdk/session"
)

// updateRotated writes all that session.Rotation.Decide may change.
const updateRotated = `
UPDATE` + byID + `SET generation = ?, rotated_at = ?, replays = ?, late_replays = ?, last_seen = ?,
	idle_expires = ?, revoked_at = ?, revoke_reason = ?
WHERE id = ?`

// updateUnchanged does so if the row is what was decided on: nothing that ever
// changes has changed.
const updateUnchanged = updateRotated + ` AND generation = ? AND rotated_at = ? AND replays = ? AND late_replays = ?
	AND last_seen = ? AND auth_time = ? AND idle_expires = ? AND revoked_at IS NULL`

// RotateSession implements [session.Store]. The server cannot return what it
// updates, so [session.Rotation.Decide] decides on the row as it was seen last,
// and the verdict is written on the condition that the row is still the same.
// Where it is not, as others refresh the session at the same moment, it is
// locked and decided on again.
func (s *Store) RotateSession(ctx context.Context, r session.Rotation) (session.Session, session.Verdict, error) {
	r.Now = r.Now.Truncate(time.Millisecond) // so that what is added to it is rounded like everywhere
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	stored, verdict, same, err := s.rotateSeen(ctx, r)
	if err == nil && !same {
		stored, verdict, err = s.rotateLocked(ctx, r)
	}
	if err != nil {
		return session.Session{}, session.VerdictRefused, err
	}
	s.see(stored)
	return stored, verdict, nil
}

// rotateSeen reports whether the row was still the same when the verdict was
// written; if it was not, nothing was. A refusal is not written, so it is only
// given for what was read just now.
func (s *Store) rotateSeen(
	ctx context.Context, r session.Rotation,
) (next session.Session, verdict session.Verdict, same bool, err error) {
	found, seen := s.seen.Get(r.SessionID)
	if next, verdict = decide(r, found); !seen || verdict == session.VerdictRefused {
		err = s.read(ctx, func(ctx context.Context) error {
			found, err = scanSession(s.get.QueryRowContext(ctx, r.SessionID))
			return err
		})
		if errors.Is(err, sql.ErrNoRows) {
			return session.Session{}, session.VerdictRefused, true, nil // an unknown session is refused like any other
		}
		if err != nil {
			return session.Session{}, session.VerdictRefused, false, err
		}
		if next, verdict = decide(r, found); verdict == session.VerdictRefused {
			return next, verdict, true, nil
		}
	}
	next.CSRFSecret = bytes.Clone(next.CSRFSecret)
	var result sql.Result
	err = s.breaker.Do(ctx, func() (err error) {
		result, err = s.swap.ExecContext(ctx, append(changes(next),
			found.Generation, found.RotatedAt.UnixMilli(), found.Replays, found.LateReplays,
			found.LastSeen.UnixMilli(), found.AuthTime.UnixMilli(), found.IdleExpires.UnixMilli())...)
		return err
	})
	if undone(err) {
		return next, verdict, false, nil
	}
	if err != nil {
		return next, verdict, false, unknown(err)
	}
	rows, err := result.RowsAffected()
	return next, verdict, rows == 1, unknown(err)
}

// see remembers a row, for the next verdict on it.
func (s *Store) see(row session.Session) {
	if row.ID != "" {
		row.CSRFSecret = bytes.Clone(row.CSRFSecret)
		s.seen.Add(row.ID, row)
	}
}

func (s *Store) rotateLocked(
	ctx context.Context, r session.Rotation,
) (next session.Session, verdict session.Verdict, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		lock := tx.StmtContext(ctx, s.lock) //nolint:sqlclosecheck // ends with its transaction
		found, err := scanSession(lock.QueryRowContext(ctx, r.SessionID))
		if errors.Is(err, sql.ErrNoRows) {
			next, verdict = session.Session{}, session.VerdictRefused
			return nil
		}
		if err != nil {
			return err
		}
		if next, verdict = decide(r, found); verdict == session.VerdictRefused {
			return nil
		}
		update := tx.StmtContext(ctx, s.rotated) //nolint:sqlclosecheck // ends with its transaction
		_, err = update.ExecContext(ctx, changes(next)...)
		return err
	})
	return next, verdict, err
}

// decide decides, and rounds as everything that is stored is.
func decide(r session.Rotation, found session.Session) (session.Session, session.Verdict) {
	next, verdict := r.Decide(found)
	next.IdleExpires = next.IdleExpires.Truncate(time.Millisecond)
	return next, verdict
}

// changes are the arguments of updateRotated.
func changes(s session.Session) []any {
	return []any{
		s.Generation, s.RotatedAt.UnixMilli(), s.Replays, s.LateReplays, s.LastSeen.UnixMilli(),
		s.IdleExpires.UnixMilli(), orNull(s.RevokedAt), s.RevokeReason, s.ID,
	}
}
