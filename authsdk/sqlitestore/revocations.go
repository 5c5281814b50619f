package sqlitestore

import (
	"context"
	"crypto/rand"
	"database/sql"
	"time"

	"github.com/authsdk/authsdk-go/authsdk/revocation"
)

var _ revocation.Store = (*Store)(nil)

const (
	insertHead = `
INSERT INTO authsdk_revocation_head (id, epoch, created, seq) VALUES (1, :epoch, :created, 0) ON CONFLICT DO NOTHING`

	countRevocations = `UPDATE authsdk_revocation_head SET seq = seq + :count RETURNING seq`

	insertRevocation = `
INSERT INTO authsdk_revocations (seq, kind, value, at, expires) VALUES (:seq, :kind, :value, :at, :expires)`
)

// AppendRevocations implements [revocation.Store].
func (s *Store) AppendRevocations(ctx context.Context, now time.Time, entries ...revocation.Entry) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, insertHead, arg("epoch", rand.Text()), arg("created", now)); err != nil || len(entries) == 0 {
			return err
		}
		var seq int64
		if err := tx.QueryRowContext(ctx, countRevocations, arg("count", len(entries))).Scan(&seq); err != nil {
			return err
		}
		insert, err := tx.PrepareContext(ctx, insertRevocation)
		if err != nil {
			return err
		}
		defer func() { _ = insert.Close() }()
		for i, e := range entries {
			_, err := insert.ExecContext(ctx, arg("seq", seq-int64(len(entries)-1-i)), arg("kind", int(e.Kind)),
				arg("value", e.Value), arg("at", e.At), arg("expires", e.Expires))
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// selectRevocations is one statement, so that head and entries are of one moment.
const selectRevocations = `
SELECT h.epoch, nullif(h.created, 0), h.seq, ifnull(e.seq, 0), ifnull(e.kind, 0), ifnull(e.value, ''), e.at, e.expires
FROM authsdk_revocation_head h LEFT JOIN (
	SELECT seq, kind, value, at, expires FROM authsdk_revocations WHERE seq > :after ORDER BY seq LIMIT :limit) e ON true
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
		err = s.read(ctx, func(ctx context.Context, db *sql.DB) error {
			found, err = list(ctx, db, scanHeaded, selectRevocations, arg("after", after), arg("limit", max(limit, 0)))
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

const pruneRevocations = `
DELETE FROM authsdk_revocations
WHERE seq IN (SELECT seq FROM authsdk_revocations WHERE expires < :before LIMIT :limit)`

// PruneRevocations implements [revocation.Store].
func (s *Store) PruneRevocations(ctx context.Context, before time.Time, limit int) (int, error) {
	var deleted int64
	err := s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, pruneRevocations, arg("before", before), arg("limit", max(limit, 0)))
		if err != nil {
			return err
		}
		deleted, err = result.RowsAffected()
		return err
	})
	if err != nil {
		return 0, err
	}
	return int(deleted), nil
}

const renewRevocations = `UPDATE authsdk_revocation_head SET epoch = :new, created = :created WHERE epoch = :epoch`

// RenewRevocations implements [revocation.Store].
func (s *Store) RenewRevocations(ctx context.Context, epoch string, created time.Time) error {
	if created.IsZero() {
		created = time.UnixMilli(0)
	}
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, renewRevocations, arg("epoch", epoch), arg("new", rand.Text()), arg("created", created))
		return err
	})
}
