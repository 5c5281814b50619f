package sqlitestore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/authsdk/authsdk-go/authsdk/userstore"
)

var _ userstore.Throttle = (*Store)(nil)

const selectBucket = `SELECT full_at FROM authsdk_throttle WHERE id = :key`

// bucketOf returns when the bucket of key is full again, or the zero time.
func bucketOf(ctx context.Context, q queryer, key string) (full time.Time, err error) {
	err = q.QueryRowContext(ctx, selectBucket, arg("key", key)).Scan(milli{&full})
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, nil
	}
	return full, err
}

// queryer is what *sql.DB and *sql.Tx have in common.
type queryer interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Buckets implements [userstore.Throttle].
func (s *Store) Buckets(ctx context.Context, keys ...string) ([]time.Time, error) {
	full := make([]time.Time, len(keys))
	err := s.read(ctx, func(ctx context.Context, db *sql.DB) (err error) {
		for i, key := range keys {
			if full[i], err = bucketOf(ctx, db, key); err != nil {
				return err
			}
		}
		return nil
	})
	return full, err
}

const keepBucket = `
INSERT INTO authsdk_throttle (id, full_at) VALUES (:key, :full)
ON CONFLICT (id) DO UPDATE SET full_at = excluded.full_at`

// TakeFailure implements [userstore.Throttle].
func (s *Store) TakeFailure(ctx context.Context, b userstore.Bucket, now time.Time) (full time.Time, taken bool, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		before, err := bucketOf(ctx, tx, b.Key)
		if err != nil {
			return err
		}
		full, taken = b.Take(before, now)
		_, err = tx.ExecContext(ctx, keepBucket, arg("key", b.Key), arg("full", full))
		return err
	})
	return full, taken && err == nil, err
}

// ReturnFailure implements [userstore.Throttle].
func (s *Store) ReturnFailure(ctx context.Context, b userstore.Bucket) error {
	return s.exec(ctx, `UPDATE authsdk_throttle SET full_at = full_at - :every WHERE id = :key`,
		arg("every", b.Every.Milliseconds()), arg("key", b.Key))
}

// KeepBucket implements [userstore.Throttle].
func (s *Store) KeepBucket(ctx context.Context, key string, now time.Time, d time.Duration) error {
	return s.exec(ctx, keepBucket, arg("key", key), arg("full", now.Add(d)))
}

const pruneBuckets = `
DELETE FROM authsdk_throttle WHERE id IN (SELECT id FROM authsdk_throttle WHERE full_at < :before LIMIT :limit)`

// PruneBuckets implements [userstore.Throttle].
func (s *Store) PruneBuckets(ctx context.Context, before time.Time, limit int) (pruned int, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, pruneBuckets, arg("before", before), arg("limit", max(limit, 0)))
		if err != nil {
			return err
		}
		n, err := result.RowsAffected()
		pruned = int(n)
		return err
	})
	return pruned, err
}

// exec runs one statement in a transaction.
func (s *Store) exec(ctx context.Context, statement string, args ...any) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, statement, args...)
		return err
	})
}
