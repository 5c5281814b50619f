package pgstore

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/authsdk/authsdk-go/authsdk/revocation"
)

var (
	_ revocation.Store    = (*Store)(nil)
	_ revocation.Listener = (*Store)(nil)
)

const (
	insertHead = `
INSERT INTO authsdk_revocation_head (id, epoch, created, seq) VALUES (1, $1, $2, 0) ON CONFLICT DO NOTHING`

	// The lock on the head is held until the commit: whoever comes later gets
	// later numbers, and is seen later.
	appendRevocations = `
WITH head AS (
	UPDATE authsdk_revocation_head SET seq = seq + cardinality($1::smallint[]) RETURNING seq - cardinality($1::smallint[]) AS before)
INSERT INTO authsdk_revocations (seq, kind, value, at, expires)
SELECT head.before + e.place, e.kind, e.value, e.at, e.expires
FROM head, unnest($1::smallint[], $2::text[], $3::bigint[], $4::bigint[]) WITH ORDINALITY AS e (kind, value, at, expires, place)`

	// channel is of the whole database; what is sent is the schema.
	channel           = `authsdk_revocations`
	notifyRevocations = `SELECT pg_notify('` + channel + `', current_schema())`
)

// AppendRevocations implements [revocation.Store].
func (s *Store) AppendRevocations(ctx context.Context, now time.Time, entries ...revocation.Entry) error {
	kinds, values := make([]int16, len(entries)), make([]string, len(entries))
	ats, ends := make([]int64, len(entries)), make([]int64, len(entries))
	for i, e := range entries {
		kinds[i] = int16(e.Kind) //nolint:gosec // one of three
		values[i], ats[i], ends[i] = e.Value, e.At.UnixMilli(), e.Expires.UnixMilli()
	}
	return s.write(ctx, func(ctx context.Context) error {
		var batch pgx.Batch // one round trip, one transaction
		batch.Queue(insertHead, rand.Text(), now.UnixMilli())
		if len(entries) > 0 {
			batch.Queue(appendRevocations, kinds, values, ats, ends)
			batch.Queue(notifyRevocations)
		}
		return s.pool.SendBatch(ctx, &batch).Close()
	})
}

// selectRevocations is one statement, so that head and entries are of one moment.
const selectRevocations = `
SELECT h.epoch, nullif(h.created, 0), h.seq, coalesce(e.seq, 0), coalesce(e.kind, 0), coalesce(e.value, ''), e.at, e.expires
FROM authsdk_revocation_head h LEFT JOIN (
	SELECT seq, kind, value, at, expires FROM authsdk_revocations WHERE seq > $1 ORDER BY seq LIMIT $2) e ON true
ORDER BY e.seq`

// Revocations implements [revocation.Store].
func (s *Store) Revocations(
	ctx context.Context, now time.Time, after int64, limit int,
) (head revocation.Head, entries []revocation.Entry, err error) {
	for range 2 { // again where there was no head
		head, entries, err = s.revocations(ctx, after, limit)
		if err != nil || head.Epoch != "" {
			break
		}
		if err = s.AppendRevocations(ctx, now); err != nil {
			break
		}
	}
	if err != nil {
		return revocation.Head{}, nil, err
	}
	return head, entries, nil
}

func (s *Store) revocations(ctx context.Context, after int64, limit int) (head revocation.Head, entries []revocation.Entry, err error) {
	err = s.read(ctx, func(ctx context.Context) error {
		head, entries = revocation.Head{}, nil
		rows, err := s.pool.Query(ctx, selectRevocations, after, int64(max(limit, 0)))
		if err != nil {
			return err
		}
		var e revocation.Entry
		_, err = pgx.ForEachRow(rows, []any{
			&head.Epoch, milli{&head.Created}, &head.Seq, &e.Seq, &e.Kind, &e.Value, milli{&e.At}, milli{&e.Expires},
		}, func() error {
			if e.Seq > 0 {
				entries = append(entries, e)
			}
			return nil
		})
		return err
	})
	return head, entries, err
}

// pruneRevocations leaves out what another prunes just now.
const pruneRevocations = `
DELETE FROM authsdk_revocations WHERE seq IN (
	SELECT seq FROM authsdk_revocations WHERE expires < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)`

// PruneRevocations implements [revocation.Store].
func (s *Store) PruneRevocations(ctx context.Context, before time.Time, limit int) (deleted int, err error) {
	err = s.write(ctx, func(ctx context.Context) error {
		done, err := s.pool.Exec(ctx, pruneRevocations, before.UnixMilli(), int64(max(limit, 0)))
		deleted = int(done.RowsAffected())
		return err
	})
	return deleted, err
}

const renewRevocations = `UPDATE authsdk_revocation_head SET epoch = $2, created = $3 WHERE epoch = $1`

// RenewRevocations implements [revocation.Store].
func (s *Store) RenewRevocations(ctx context.Context, epoch string, created time.Time) error {
	at := int64(0)
	if !created.IsZero() {
		at = created.UnixMilli()
	}
	return s.write(ctx, func(ctx context.Context) error {
		var batch pgx.Batch
		batch.Queue(renewRevocations, epoch, rand.Text(), at)
		batch.Queue(notifyRevocations)
		return s.pool.SendBatch(ctx, &batch).Close()
	})
}
