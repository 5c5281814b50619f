package mysqlstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/authsdk/authsdk-go/authsdk/userstore"
)

var _ userstore.Throttle = (*Store)(nil)

const selectBucket = `SELECT full_at FROM authsdk_throttle WHERE id = ?`

// Buckets implements [userstore.Throttle].
func (s *Store) Buckets(ctx context.Context, keys ...string) ([]time.Time, error) {
	full := make([]time.Time, len(keys))
	err := s.read(ctx, func(ctx context.Context) error {
		for i, key := range keys {
			err := s.db.QueryRowContext(ctx, selectBucket, key).Scan(milli{&full[i]})
			if err != nil && !errors.Is(err, sql.ErrNoRows) {
				return err
			}
		}
		return nil
	})
	return full, err
}

// lockBucket makes the row if it is not there, and locks it either way: INSERT
// IGNORE would only share the lock, and to lock a row that is not there would
// lock what lies around it.
const lockBucket = `INSERT INTO authsdk_throttle (id, full_at) VALUES (?, 0) ON DUPLICATE KEY UPDATE full_at = full_at`

// TakeFailure implements [userstore.Throttle].
func (s *Store) TakeFailure(ctx context.Context, b userstore.Bucket, now time.Time) (full time.Time, taken bool, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, lockBucket, b.Key); err != nil {
			return err
		}
		if err := tx.QueryRowContext(ctx, selectBucket, b.Key).Scan(milli{&full}); err != nil {
			return err
		}
		full, taken = b.Take(full, now)
		_, err := tx.ExecContext(ctx, `UPDATE authsdk_throttle SET full_at = ? WHERE id = ?`, full.UnixMilli(), b.Key)
		return err
	})
	return full, taken && err == nil, err
}

// ReturnFailure implements [userstore.Throttle].
func (s *Store) ReturnFailure(ctx context.Context, b userstore.Bucket) error {
	_, err := s.execute(ctx, `UPDATE authsdk_throttle SET full_at = full_at - ? WHERE id = ?`, b.Every.Milliseconds(), b.Key)
	return err
}

// KeepBucket implements [userstore.Throttle].
func (s *Store) KeepBucket(ctx context.Context, key string, now time.Time, d time.Duration) error {
	_, err := s.execute(ctx, `REPLACE INTO authsdk_throttle (id, full_at) VALUES (?, ?)`, key, now.Add(d).UnixMilli())
	return err
}

// PruneBuckets implements [userstore.Throttle].
func (s *Store) PruneBuckets(ctx context.Context, before time.Time, limit int) (pruned int, err error) {
	if limit <= 0 {
		return 0, unknown(ctx.Err())
	}
	rows, err := s.execute(ctx, `DELETE FROM authsdk_throttle WHERE full_at < ? LIMIT ?`, before.UnixMilli(), limit)
	return int(rows), err
}
