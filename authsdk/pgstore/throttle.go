package pgstore

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/authsdk/authsdk-go/authsdk/userstore"
)

var _ userstore.Throttle = (*Store)(nil)

const selectBuckets = `
SELECT coalesce(t.full_at, 0) FROM unnest($1::text[]) WITH ORDINALITY AS k (id, place)
LEFT JOIN authsdk_throttle AS t USING (id) ORDER BY k.place`

// Buckets implements [userstore.Throttle].
func (s *Store) Buckets(ctx context.Context, keys ...string) (full []time.Time, err error) {
	err = s.read(ctx, func(ctx context.Context) error {
		rows, err := s.pool.Query(ctx, selectBuckets, keys)
		if err != nil {
			return err
		}
		full, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (at time.Time, err error) {
			err = r.Scan(milli{&at})
			return at, err
		})
		return err
	})
	return full, err
}

// takeFailure returns no row where the bucket is empty, and emptyBucket writes
// then what [userstore.Bucket.Take] keeps. $2 is now, $3 what a place takes, $4
// when an empty bucket is full.
const (
	takeFailure = `
INSERT INTO authsdk_throttle AS t (id, full_at) VALUES ($1, $2::bigint + $3::bigint)
ON CONFLICT (id) DO UPDATE SET full_at = greatest(t.full_at, $2::bigint) + $3::bigint
WHERE greatest(t.full_at, $2::bigint) + $3::bigint <= $4::bigint
RETURNING full_at`

	emptyBucket = `UPDATE authsdk_throttle SET full_at = least(full_at, $2) WHERE id = $1 RETURNING full_at`
)

// TakeFailure implements [userstore.Throttle].
func (s *Store) TakeFailure(ctx context.Context, b userstore.Bucket, now time.Time) (full time.Time, taken bool, err error) {
	at, every := now.UnixMilli(), b.Every.Milliseconds()
	empty := at + int64(b.Burst)*every
	err = s.write(ctx, func(ctx context.Context) error {
		err := s.pool.QueryRow(ctx, takeFailure, b.Key, at, every, empty).Scan(milli{&full})
		if taken = err == nil; !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		return s.pool.QueryRow(ctx, emptyBucket, b.Key, empty).Scan(milli{&full})
	})
	if errors.Is(err, pgx.ErrNoRows) { // pruned meanwhile, by somebody whose clock is ahead
		return time.UnixMilli(empty).UTC(), false, nil
	}
	return full, taken && err == nil, err
}

// ReturnFailure implements [userstore.Throttle].
func (s *Store) ReturnFailure(ctx context.Context, b userstore.Bucket) error {
	return s.exec(ctx, `UPDATE authsdk_throttle SET full_at = full_at - $2 WHERE id = $1`, b.Key, b.Every.Milliseconds())
}

const keepBucket = `
INSERT INTO authsdk_throttle (id, full_at) VALUES ($1, $2)
ON CONFLICT (id) DO UPDATE SET full_at = excluded.full_at`

// KeepBucket implements [userstore.Throttle].
func (s *Store) KeepBucket(ctx context.Context, key string, now time.Time, d time.Duration) error {
	return s.exec(ctx, keepBucket, key, now.Add(d).UnixMilli())
}

// pruneBuckets leaves out what another prunes just now.
const pruneBuckets = `
DELETE FROM authsdk_throttle WHERE id IN (
	SELECT id FROM authsdk_throttle WHERE full_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)`

// PruneBuckets implements [userstore.Throttle].
func (s *Store) PruneBuckets(ctx context.Context, before time.Time, limit int) (pruned int, err error) {
	err = s.write(ctx, func(ctx context.Context) error {
		done, err := s.pool.Exec(ctx, pruneBuckets, before.UnixMilli(), int64(max(limit, 0)))
		pruned = int(done.RowsAffected())
		return err
	})
	return pruned, err
}

// exec runs one statement.
func (s *Store) exec(ctx context.Context, statement string, args ...any) error {
	return s.write(ctx, func(ctx context.Context) error {
		_, err := s.pool.Exec(ctx, statement, args...)
		return err
	})
}
