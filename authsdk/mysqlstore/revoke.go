package mysqlstore

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"

	"github.com/authsdk/authsdk-go/authsdk/session"
)

// One by its ID, or those of a subject: two statements, so that each uses its
// index. Rows are locked in the order of their IDs, so that two who revoke the
// same do not wait for each other in a circle.
const (
	lockSession  = `SELECT id FROM` + byID + `WHERE id = ? AND (? = '' OR subject = ?) AND id <> ? AND ` + live + ` FOR UPDATE`
	lockSessions = `SELECT id FROM` + bySubject + `WHERE subject = ? AND id <> ? AND ` + live + ` ORDER BY id FOR UPDATE`
)

// RevokeSessions implements [session.Store].
func (s *Store) RevokeSessions(
	ctx context.Context, match session.Match, at time.Time, reason string,
) (revoked []string, err error) {
	if match.ID == "" && match.Subject == "" {
		return nil, unknown(ctx.Err())
	}
	now := at.UnixMilli()
	statement, args := lockSessions, []any{match.Subject, match.Except, now, now}
	if match.ID != "" {
		statement, args = lockSession, []any{match.ID, match.Subject, match.Subject, match.Except, now, now}
	}
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if revoked, err = list(ctx, tx, scanText, statement, args...); err != nil {
			return err
		}
		return revokeAll(ctx, tx, revoked, at, reason)
	})
	if err != nil {
		return nil, err
	}
	return revoked, nil
}

// most is how many IDs go into one statement.
const most = 500

const revoke = `UPDATE` + byID + `SET revoked_at = ?, revoke_reason = ? WHERE id IN `

// revokeAll revokes sessions that the transaction has locked.
func revokeAll(ctx context.Context, tx *sql.Tx, ids []string, at time.Time, reason string) error {
	for some := range slices.Chunk(ids, most) {
		args := append(make([]any, 0, 2+len(some)), at.UnixMilli(), reason)
		for _, id := range some {
			args = append(args, id)
		}
		marks := "?" + strings.Repeat(", ?", len(some)-1)
		if _, err := tx.ExecContext(ctx, revoke+`(`+marks+`)`, args...); err != nil {
			return err
		}
	}
	return nil
}

// Each way to end has its index, and its statement.
const (
	pruneExpired = `DELETE FROM authsdk_sessions WHERE expires < ? LIMIT ?`
	pruneIdle    = `DELETE FROM authsdk_sessions WHERE idle_day <= ? AND idle_expires < ? LIMIT ?`
	pruneRevoked = `DELETE FROM authsdk_sessions WHERE revoked_at < ? LIMIT ?`
)

const day = 24 * time.Hour

// PruneSessions implements [session.Store].
func (s *Store) PruneSessions(ctx context.Context, before time.Time, limit int) (deleted int, err error) {
	if limit <= 0 {
		return 0, unknown(ctx.Err())
	}
	at := before.UnixMilli()
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		deleted = 0
		for _, prune := range []struct {
			statement string
			args      []any
		}{
			{pruneExpired, []any{at}},
			{pruneIdle, []any{at / day.Milliseconds(), at}},
			{pruneRevoked, []any{at}},
		} {
			if deleted == limit {
				break
			}
			result, err := tx.ExecContext(ctx, prune.statement, append(prune.args, limit-deleted)...)
			if err != nil {
				return err
			}
			rows, err := result.RowsAffected()
			if err != nil {
				return err
			}
			deleted += int(rows)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return deleted, nil
}
