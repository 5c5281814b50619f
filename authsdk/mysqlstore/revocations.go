package mysqlstore

import (
	"context"
	"crypto/rand"
	"database/sql"
	"slices"
	"strings"
	"time"

	"github.com/authsdk/authsdk-go/authsdk/revocation"
)

var _ revocation.Store = (*Store)(nil)

const (
	insertHead = `INSERT INTO authsdk_revocation_head (id, epoch, created, seq) VALUES (1, ?, ?, 0)`

	// The lock on the head is held until the commit: whoever comes later gets
	// later numbers, and is seen later.
	countRevocations = `UPDATE authsdk_revocation_head SET seq = seq + ? WHERE id = 1`
	lastRevocation   = `SELECT seq FROM authsdk_revocation_head WHERE id = 1`

	insertRevocations = `INSERT INTO authsdk_revocations (seq, kind, value, at, expires) VALUES `
)

// AppendRevocations implements [revocation.Store].
func (s *Store) AppendRevocations(ctx context.Context, now time.Time, entries ...revocation.Entry) error {
	for range 2 { // again where there was no head
		missing := false
		err := s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
			missing = false
			result, err := tx.ExecContext(ctx, countRevocations, len(entries))
			if err != nil {
				return err
			}
			if rows, err := result.RowsAffected(); err != nil || rows == 0 {
				missing = true
				return err
			}
			return insertAll(ctx, tx, entries)
		})
		if err != nil || !missing {
			return err
		}
		_, err = s.execute(ctx, insertHead, rand.Text(), now.UnixMilli())
		if err != nil && code(err) != codeDuplicate { // somebody else was first
			return err
		}
	}
	return nil
}

// insertAll inserts entries with the numbers that the head was counted up by.
func insertAll(ctx context.Context, tx *sql.Tx, entries []revocation.Entry) error {
	if len(entries) == 0 {
		return nil
	}
	var seq int64
	if err := tx.QueryRowContext(ctx, lastRevocation).Scan(&seq); err != nil {
		return err
	}
	seq -= int64(len(entries))
	for some := range slices.Chunk(entries, most) {
		args := make([]any, 0, 5*len(some))
		for _, e := range some {
			seq++
			args = append(args, seq, int(e.Kind), e.Value, e.At.UnixMilli(), e.Expires.UnixMilli())
		}
		marks := "(?, ?, ?, ?, ?)" + strings.Repeat(", (?, ?, ?, ?, ?)", len(some)-1)
		if _, err := tx.ExecContext(ctx, insertRevocations+marks, args...); err != nil {
			return err
		}
	}
	return nil
}

// selectRevocations is one statement, so that head and entries are of one moment.
const selectRevocations = `
SELECT h.epoch, nullif(h.created, 0), h.seq, ifnull(e.seq, 0), ifnull(e.kind, 0), ifnull(e.value, ''), e.at, e.expires
FROM authsdk_revocation_head h LEFT JOIN (
	SELECT seq, kind, value, at, expires FROM authsdk_revocations WHERE seq > ? ORDER BY seq LIMIT ?) e ON true
ORDER BY e.seq`

// headed is an entry, which may be none, beside the head.
type headed struct {
	head  revocation.Head
	entry revocation.Entry
}

func scanHeaded(r row) (h headed, err error) {
	err = r.Scan(&h.head.Epoch, milli{&h.head.Created}, &h.head.Seq,
		&h.entry.Seq, &h.entry.Kind, &h.entry.Value, milli{&h.entry.At}, milli{&h.entry.Expires})
	return h, err
}

// Revocations implements [revocation.Store].
func (s *Store) Revocations(
	ctx context.Context, now time.Time, after int64, limit int,
) (head revocation.Head, entries []revocation.Entry, err error) {
	for range 2 { // again where there was no head
		var found []headed
		err = s.read(ctx, func(ctx context.Context) error {
			found, err = list(ctx, s.db, scanHeaded, selectRevocations, after, max(limit, 0))
			return err
		})
		if err != nil {
			return revocation.Head{}, nil, err
		}
		for _, h := range found {
			if head = h.head; h.entry.Seq > 0 {
				entries = append(entries, h.entry)
			}
		}
		if len(found) > 0 {
			break
		}
		if err := s.AppendRevocations(ctx, now); err != nil {
			return revocation.Head{}, nil, err
		}
	}
	return head, entries, nil
}

// PruneRevocations implements [revocation.Store].
func (s *Store) PruneRevocations(ctx context.Context, before time.Time, limit int) (int, error) {
	if limit <= 0 {
		return 0, unknown(ctx.Err())
	}
	rows, err := s.execute(ctx, `DELETE FROM authsdk_revocations WHERE expires < ? LIMIT ?`, before.UnixMilli(), limit)
	if err != nil {
		return 0, err
	}
	return int(rows), nil
}

const renewRevocations = `UPDATE authsdk_revocation_head SET epoch = ?, created = ? WHERE id = 1 AND epoch = ?`

// RenewRevocations implements [revocation.Store].
func (s *Store) RenewRevocations(ctx context.Context, epoch string, created time.Time) error {
	at := int64(0)
	if !created.IsZero() {
		at = created.UnixMilli()
	}
	_, err := s.execute(ctx, renewRevocations, rand.Text(), at, epoch)
	return err
}
