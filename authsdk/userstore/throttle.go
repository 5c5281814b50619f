package userstore

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"time"
)

// Bucket holds places for failed logins: Burst of them when it is full, and one
// more comes after every Every. What is kept of one is the time at which it is
// full again, so that it costs the same whatever happened to it.
type Bucket struct {
	// Key names the bucket: at most 64 letters, digits, hyphens and underscores,
	// as [BucketKey] returns.
	Key string
	// Burst is above zero, and Every is in whole milliseconds, at least one.
	Burst int
	Every time.Duration
}

// BucketKey returns the key of what parts say, as a hash: what people type into the
// field for the name is sometimes their password, and is not kept as such.
func BucketKey(parts ...string) string {
	var text []byte
	for _, part := range parts {
		text = fmt.Appendf(text, "%d:%s", len(part), part)
	}
	sum := sha256.Sum256(text)
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

// Take decides on taking one place at now from b, which is full again at full;
// the zero time is that of a full bucket. It returns the time to keep, and whether
// there was a place. A time that no failures can account for, because a clock
// went back, is that of an empty bucket.
//
// It is the one definition of the arithmetic: stores that can lock a row call
// it, and the others' statements are held against it.
func (b Bucket) Take(full, now time.Time) (kept time.Time, taken bool) {
	now = now.UTC().Truncate(time.Millisecond)
	empty := now.Add(time.Duration(b.Burst) * b.Every)
	switch {
	case full.Before(now):
		full = now
	case full.After(empty):
		full = empty
	}
	if next := full.Add(b.Every); !next.After(empty) {
		return next, true
	}
	return full, false
}

// Wait returns how long after now b has a place, or zero if it has one, when it
// is full again at full.
func (b Bucket) Wait(full, now time.Time) time.Duration {
	return max(0, full.Sub(now)-time.Duration(b.Burst-1)*b.Every)
}

// Throttle keeps buckets of failed logins, for all processes that share it. The
// packages memstore, sqlitestore and their siblings implement it, and
// storetest checks an implementation.
//
// Times have a resolution of one millisecond. All methods may be called
// concurrently; errors mean "cannot know".
type Throttle interface {
	// Buckets returns, for each key, when its bucket is full again; the zero
	// time, or one that is past, means that it is.
	Buckets(ctx context.Context, keys ...string) ([]time.Time, error)
	// TakeFailure takes one place from b at now if it has one, in one atomic step:
	// it behaves as [Bucket.Take] on the stored time, which it returns.
	TakeFailure(ctx context.Context, b Bucket, now time.Time) (full time.Time, taken bool, err error)
	// ReturnFailure puts a place back that was taken from b. It is no error
	// if the bucket is not known any more.
	ReturnFailure(ctx context.Context, b Bucket) error
	// KeepBucket makes the bucket of key one that is full again d after now,
	// whatever it was.
	KeepBucket(ctx context.Context, key string, now time.Time, d time.Duration) error
	// PruneBuckets deletes up to limit buckets that were full again before the
	// given time, and returns how many. A limit below one deletes nothing.
	PruneBuckets(ctx context.Context, before time.Time, limit int) (int, error)
}
