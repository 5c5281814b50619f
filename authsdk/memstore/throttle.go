package memstore

import (
	"context"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"github.com/authsdk/authsdk-go/authsdk/userstore"
)

var _ userstore.Throttle = (*Store)(nil)

// maxBuckets bounds each table of buckets. A place that is taken costs somebody
// a hash, or one of the few places of an address, so that pushing a bucket out takes
// longer than it needs to fill again.
// Those that are kept have a table of their own, so that failures push none out.
const maxBuckets = 1 << 17

// buckets has the time at which each bucket is full again.
type buckets struct {
	taken, kept *simplelru.LRU[string, time.Time]
}

func newBuckets() buckets { return buckets{taken: newTable(), kept: newTable()} }

// newTable drops an error that only a size of zero gives.
func newTable() *simplelru.LRU[string, time.Time] {
	table, _ := simplelru.NewLRU[string, time.Time](maxBuckets, nil)
	return table
}

func (b buckets) full(key string) time.Time {
	if full, ok := b.kept.Get(key); ok {
		return full
	}
	full, _ := b.taken.Get(key)
	return full
}

// Buckets implements [userstore.Throttle].
func (s *Store) Buckets(ctx context.Context, keys ...string) ([]time.Time, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	full := make([]time.Time, len(keys))
	for i, key := range keys {
		full[i] = s.buckets.full(key)
	}
	return full, nil
}

// TakeFailure implements [userstore.Throttle].
func (s *Store) TakeFailure(ctx context.Context, b userstore.Bucket, now time.Time) (full time.Time, taken bool, err error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return time.Time{}, false, err
	}
	defer unlock()
	full, taken = b.Take(s.buckets.full(b.Key), now)
	s.buckets.kept.Remove(b.Key)
	s.buckets.taken.Add(b.Key, full)
	return full, taken, nil
}

// ReturnFailure implements [userstore.Throttle].
func (s *Store) ReturnFailure(ctx context.Context, b userstore.Bucket) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if full, ok := s.buckets.taken.Get(b.Key); ok {
		s.buckets.taken.Add(b.Key, full.Add(-b.Every))
	}
	return nil
}

// KeepBucket implements [userstore.Throttle].
func (s *Store) KeepBucket(ctx context.Context, key string, now time.Time, d time.Duration) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	s.buckets.taken.Remove(key)
	s.buckets.kept.Add(key, milli(now.Add(d)))
	return nil
}

// PruneBuckets implements [userstore.Throttle].
func (s *Store) PruneBuckets(ctx context.Context, before time.Time, limit int) (pruned int, err error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return 0, err
	}
	defer unlock()
	for _, table := range []*simplelru.LRU[string, time.Time]{s.buckets.taken, s.buckets.kept} {
		for _, key := range table.Keys() {
			if pruned >= limit {
				return pruned, nil
			}
			if full, _ := table.Peek(key); full.Before(before) {
				table.Remove(key)
				pruned++
			}
		}
	}
	return pruned, nil
}
