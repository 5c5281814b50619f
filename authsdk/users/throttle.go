package users

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/userstore"
	"github.com/authsdk/authsdk-go/internal/netaddr"
)

// Limit is how many failed attempts are let through: Burst at once, and one
// more after every Every, in whole milliseconds. A zero field means the default
// of where it stands.
type Limit struct {
	Burst int
	Every time.Duration
}

// provenFor is how long an address is remembered from which an account has
// logged in.
const provenFor = 90 * 24 * time.Hour

// throttle counts failed attempts in buckets, one for each account and one for
// each address.
type throttle struct {
	store            userstore.Throttle
	account, address Limit
	now              func() time.Time
	refused          func(context.Context, Refusal)

	mu sync.Mutex // guards open
	// open counts the attempts of this process whose outcome is open: they hold
	// a place and are no failures yet. Each is counted before it takes its place, and
	// until it has given it back; moves counts these changes.
	open  map[string]int
	moves uint64
}

// moved returns a number that changes with open.
func (t *throttle) moved() uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.moves
}

// hold counts an attempt as open, or no longer.
func (t *throttle) hold(key string, change int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.moves++
	if t.open[key] += change; t.open[key] == 0 {
		delete(t.open, key)
	}
}

// wait returns how long after now the failures alone leave b without a place.
func (t *throttle) wait(b bucket, full, now time.Time) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	return b.Wait(full.Add(-time.Duration(t.open[b.Key])*b.Every), now)
}

// attempt is one attempt to log in: the buckets that its failure takes from, and
// the one that remembers its success.
type attempt struct {
	refusal Refusal
	buckets []bucket
	proven  string // or empty
}

// bucket is a bucket and what it counts by.
type bucket struct {
	userstore.Bucket

	by string
}

// begin returns the attempt of an account from an address, or refuses it if one
// of its buckets is empty. It takes nothing.
func (t *throttle) begin(ctx context.Context, account, address, subject string) (*attempt, error) {
	a := &attempt{refusal: Refusal{Subject: subject, Address: address}}
	// The pairs of account and address that have logged in have a bucket of
	// their own, so that guesses from elsewhere do not lock the owner out.
	all, pair, from, proven := userstore.BucketKey("account", account), "", "", ""
	keys := []string{all}
	if address != "" {
		address = netaddr.Customer(address)
		pair, from, proven = userstore.BucketKey("pair", account, address), userstore.BucketKey("address", address), userstore.BucketKey("proven", account, address)
		keys = append(keys, pair, from, proven)
	}
	for range maxLooks {
		moves := t.moved()
		full, err := t.store.Buckets(ctx, keys...)
		if err != nil {
			return nil, authsdk.Unknown("count failed logins", err)
		}
		now := t.now()
		a.buckets = []bucket{t.account.bucket("account", all)}
		if address != "" {
			known := full[3].Sub(now)
			if known < provenFor/2 {
				a.proven = proven
			}
			if known > 0 {
				a.buckets[0].Key, full[0] = pair, full[1]
			}
			a.buckets, full[1] = append(a.buckets, t.address.bucket("address", from)), full[2]
		}
		by, wait := t.empty(a, full, now)
		switch {
		case wait == 0:
			return a, nil
		case t.moved() == moves:
			return a, t.refuse(ctx, a, by, wait)
		} // else what was read and what is open are of different moments
	}
	return a, nil // reserve decides
}

// maxLooks is how often the buckets are read while attempts begin and end beside.
const maxLooks = 4

func (l Limit) bucket(by, key string) bucket {
	return bucket{userstore.Bucket{Key: key, Burst: l.Burst, Every: l.Every}, by}
}

// empty returns which bucket of a is empty, by when they are full again, and how
// long that lasts; zero if none is.
func (t *throttle) empty(a *attempt, full []time.Time, now time.Time) (by string, wait time.Duration) {
	for i, b := range a.buckets {
		// Longer than from empty to full is for reserve, see userstore.Bucket.Take.
		if wait := t.wait(b, full[i], now); wait > 0 && wait <= b.Every {
			return b.by, wait
		}
	}
	return "", 0
}

// outcome is how an attempt ended.
type outcome int

const (
	undecided outcome = iota // nothing was learned by it
	failed
	succeeded
)

// reserve takes a place from the buckets of a, so that attempts at the same time
// are not more than the buckets hold, or refuses it. The caller calls settle
// once; only a failure keeps the places.
func (t *throttle) reserve(ctx context.Context, a *attempt) (settle func(outcome), err error) {
	// What was taken is given back for callers, too, that are gone by then.
	lasting := context.WithoutCancel(ctx)
	var taken []bucket
	back := func() {
		for _, b := range slices.Backward(taken) {
			// If that fails, one failure too many is counted.
			_ = t.store.ReturnFailure(lasting, b.Bucket)
		}
	}
	settled := func() {
		for _, b := range taken {
			t.hold(b.Key, -1)
		}
	}
	for _, b := range a.buckets {
		t.hold(b.Key, 1)
		now := t.now()
		full, ok, err := t.store.TakeFailure(ctx, b.Bucket, now)
		for range maxLooks {
			// Who took a place beside, which is none of the failures, may have looked
			// at the clock after this did. This attempt itself is open, too.
			if ok || err != nil || t.wait(b, full.Add(b.Every), now) > 0 {
				break
			}
			now = t.now()
			full, ok, err = t.store.TakeFailure(ctx, b.Bucket, now)
		}
		if err != nil || !ok {
			t.hold(b.Key, -1)
		}
		if err != nil {
			back()
			settled()
			return nil, authsdk.Unknown("count failed logins", err)
		}
		if !ok {
			wait := t.wait(b, full, now) // none if others are decided in a moment, and may take nothing
			back()
			settled()
			return nil, t.refuse(ctx, a, b.by, wait)
		}
		taken = append(taken, b)
	}
	return func(o outcome) {
		defer settled()
		if o != failed {
			back()
		}
		if o == succeeded && a.proven != "" {
			// Without it, guesses from elsewhere may lock the owner out.
			_ = t.store.KeepBucket(lasting, a.proven, t.now(), provenFor)
		}
	}, nil
}

// refuse returns the error of an attempt that is to wait, in whole seconds.
func (t *throttle) refuse(ctx context.Context, a *attempt, by string, wait time.Duration) error {
	refusal := *authsdk.ErrTooManyAttempts
	refusal.RetryAfter = max(time.Second, (wait + time.Second - 1).Truncate(time.Second))
	if t.refused != nil {
		r := a.refusal
		r.Time, r.By, r.RetryAfter = t.now(), by, refusal.RetryAfter
		t.refused(ctx, r)
	}
	return fmt.Errorf("%w (by %s)", &refusal, by)
}
