package redisstore

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/authsdk/authsdk-go/authsdk/userstore"
)

var _ userstore.Throttle = (*Store)(nil)

// A bucket is the time at which it is full again, and leaves when it is.
func (s *Store) bucket(key string) string { return s.prefix + "throttle:" + key }

// Buckets implements [userstore.Throttle].
func (s *Store) Buckets(ctx context.Context, keys ...string) ([]time.Time, error) {
	full := make([]time.Time, len(keys))
	err := s.read(ctx, func(ctx context.Context) error {
		for i, key := range keys {
			at, err := s.client.Get(ctx, s.bucket(key)).Int64()
			if errors.Is(err, redis.Nil) {
				continue
			}
			if err != nil {
				return err
			}
			full[i] = time.UnixMilli(at).UTC()
		}
		return nil
	})
	return full, err
}

// TakeFailure implements [userstore.Throttle].
func (s *Store) TakeFailure(ctx context.Context, b userstore.Bucket, now time.Time) (full time.Time, taken bool, err error) {
	result, err := s.run(ctx, s.scripts.takeFailure, []string{s.bucket(b.Key)}, now.UnixMilli(), b.Every.Milliseconds(), b.Burst)
	if err != nil {
		return time.Time{}, false, err
	}
	list, err := texts(result)
	if err != nil || len(list) != 2 {
		return time.Time{}, false, odd(result)
	}
	at, err := strconv.ParseInt(list[0], 10, 64)
	if err != nil {
		return time.Time{}, false, unknown(err)
	}
	return time.UnixMilli(at).UTC(), list[1] == "taken", nil
}

// ReturnFailure implements [userstore.Throttle].
func (s *Store) ReturnFailure(ctx context.Context, b userstore.Bucket) error {
	_, err := s.run(ctx, s.scripts.returnFailure, []string{s.bucket(b.Key)}, b.Every.Milliseconds())
	return err
}

// KeepBucket implements [userstore.Throttle].
func (s *Store) KeepBucket(ctx context.Context, key string, now time.Time, d time.Duration) error {
	return s.once(ctx, func(ctx context.Context) error {
		if d <= 0 {
			return s.client.Del(ctx, s.bucket(key)).Err()
		}
		return s.client.Set(ctx, s.bucket(key), now.Add(d).UnixMilli(), d).Err()
	})
}

// PruneBuckets implements [userstore.Throttle]: Redis does that by itself.
func (*Store) PruneBuckets(ctx context.Context, _ time.Time, _ int) (int, error) {
	return 0, unknown(ctx.Err())
}
