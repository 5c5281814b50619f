package users_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/memstore"
	"github.com/authsdk/authsdk-go/authsdk/users"
	"github.com/authsdk/authsdk-go/authsdk/userstore"
)

// TestThrottleIsShared guesses through two services in turn.
func TestThrottleIsShared(t *testing.T) {
	t.Parallel()
	clock, counts := newClock(), memstore.New()
	cfg := users.Config{Now: clock.Now, Throttle: counts, AccountLimit: users.Limit{Burst: 6}}
	replicas := []*users.Service{newService(t, cfg), newService(t, cfg)}
	for _, s := range replicas {
		add(t, s, "alice")
	}
	const home, afar = "192.0.2.1", "198.51.100.1"
	want(t, "first login", loginFrom(t, replicas[0], "alice", right, home), nil)
	for i := range 6 {
		want(t, fmt.Sprint("guess ", i), loginFrom(t, replicas[i%2], "alice", wrong, afar), authsdk.ErrInvalidCredentials)
	}
	for i, s := range replicas {
		want(t, fmt.Sprint("guess at replica ", i), loginFrom(t, s, "alice", right, afar), authsdk.ErrTooManyAttempts)
		want(t, fmt.Sprint("the owner at home, replica ", i), loginFrom(t, s, "alice", right, home), nil)
	}
	clock.advance(31 * time.Second)
	want(t, "after the wait", loginFrom(t, replicas[1], "alice", right, afar), nil)

	clock.advance(time.Hour)
	for i, s := range replicas {
		pruned, err := s.Prune(t.Context())
		// Of account and address; what is remembered of two addresses stays.
		if wantPruned := []int{2, 0}[i]; err != nil || pruned < wantPruned || i == 1 && pruned != 0 {
			t.Errorf("Prune by replica %d: got %d and error %v", i, pruned, err)
		}
	}
	want(t, "the owner at home", loginFrom(t, replicas[1], "alice", right, home), nil)
}

// counts is a Throttle whose calls can be seen and made to fail.
type counts struct {
	*memstore.Store

	mu   sync.Mutex // guards what follows
	fail map[string]error
	open int // places that were taken and not given back
}

func (c *counts) call(method string, open int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.fail[method]; err != nil {
		return err
	}
	c.open += open
	return nil
}

func (c *counts) Buckets(ctx context.Context, keys ...string) ([]time.Time, error) {
	if err := c.call("Buckets", 0); err != nil {
		return nil, err
	}
	return c.Store.Buckets(ctx, keys...)
}

func (c *counts) TakeFailure(ctx context.Context, b userstore.Bucket, now time.Time) (time.Time, bool, error) {
	if err := c.call("TakeFailure", 0); err != nil {
		return time.Time{}, false, err
	}
	full, taken, err := c.Store.TakeFailure(ctx, b, now)
	if taken {
		_ = c.call("", 1)
	}
	return full, taken, err
}

func (c *counts) ReturnFailure(ctx context.Context, b userstore.Bucket) error {
	if err := c.call("ReturnFailure", -1); err != nil {
		return err
	}
	return c.Store.ReturnFailure(ctx, b)
}

func (c *counts) KeepBucket(ctx context.Context, key string, now time.Time, d time.Duration) error {
	if err := c.call("KeepBucket", 0); err != nil {
		return err
	}
	return c.Store.KeepBucket(ctx, key, now, d)
}

func (c *counts) PruneBuckets(ctx context.Context, before time.Time, limit int) (int, error) {
	if err := c.call("PruneBuckets", 0); err != nil {
		return 0, err
	}
	return c.Store.PruneBuckets(ctx, before, limit)
}

// TestThrottleStoreDown is ATK-235: who cannot count lets nobody in, and a login
// whose password is right is not spoiled by what is only kept for later.
func TestThrottleStoreDown(t *testing.T) {
	t.Parallel()
	down := errors.New("connection refused")
	for method, wantErr := range map[string]error{
		"Buckets": authsdk.ErrStoreUnavailable, "TakeFailure": authsdk.ErrStoreUnavailable,
		"ReturnFailure": nil, "KeepBucket": nil,
	} {
		c := &counts{Store: memstore.New(), fail: map[string]error{method: down}}
		s := newService(t, users.Config{Now: newClock().Now, Throttle: c})
		add(t, s, "alice")
		for _, password := range []string{right, wrong} {
			wantErr := wantErr
			if wantErr == nil && password == wrong {
				wantErr = authsdk.ErrInvalidCredentials
			}
			want(t, method+" fails, "+password, loginFrom(t, s, "alice", password, "192.0.2.1"), wantErr)
		}
	}
	c := &counts{Store: memstore.New(), fail: map[string]error{"PruneBuckets": down}}
	_, err := newService(t, users.Config{Now: newClock().Now, Throttle: c}).Prune(t.Context())
	want(t, "Prune", err, authsdk.ErrStoreUnavailable)
}

// TestThrottleCountsOpenAttempts has more attempts at the same time than may
// fail, and none that is lost in between.
func TestThrottleCountsOpenAttempts(t *testing.T) {
	t.Parallel()
	c := &counts{Store: memstore.New()}
	s := newService(t, users.Config{
		Now: newClock().Now, Throttle: c, Concurrency: 8, AccountLimit: users.Limit{Burst: 3, Every: time.Hour},
	})
	add(t, s, "alice")
	var wg sync.WaitGroup
	results := make([]error, 24)
	for i := range results {
		wg.Go(func() { results[i] = loginFrom(t, s, "alice", wrong, "192.0.2.1") })
	}
	wg.Wait()
	hashed := 0
	for i, err := range results {
		if errors.Is(err, authsdk.ErrInvalidCredentials) {
			hashed++
		} else {
			want(t, fmt.Sprint("guess ", i), err, authsdk.ErrTooManyAttempts)
		}
	}
	// Each took a place of its account and one of its address.
	if hashed != 3 || c.open != 2*hashed {
		t.Errorf("got %d guesses with %d places taken, want 3 with 6", hashed, c.open)
	}
}

// TestThrottleGivesBack gives back what was taken for a password that was right.
func TestThrottleGivesBack(t *testing.T) {
	t.Parallel()
	c := &counts{Store: memstore.New()}
	s := newService(t, users.Config{Now: newClock().Now, Throttle: c})
	add(t, s, "alice")
	for range 3 {
		want(t, "login", loginFrom(t, s, "alice", right, "192.0.2.1"), nil)
	}
	if c.open != 0 {
		t.Errorf("%d places are taken after logins that succeeded", c.open)
	}
}

func TestOnRefused(t *testing.T) {
	t.Parallel()
	clock := newClock()
	var got []users.Refusal
	s := newService(t, users.Config{
		Now: clock.Now, AccountLimit: users.Limit{Burst: 1}, AddressLimit: users.Limit{Burst: 2},
		OnRefused: func(_ context.Context, r users.Refusal) { got = append(got, r) },
	})
	alice := add(t, s, "alice")
	const address = "2001:db8::7"
	for _, name := range []string{"alice", "alice", "nobody", "nobody", "bob"} {
		_ = loginFrom(t, s, name, wrong, address)
	}
	wantRefusals := []users.Refusal{
		{Time: clock.Now(), By: "account", Subject: alice.ID, Address: address, RetryAfter: 30 * time.Second},
		{Time: clock.Now(), By: "account", Address: address, RetryAfter: 30 * time.Second},
		{Time: clock.Now(), By: "address", Address: address, RetryAfter: time.Second},
	}
	if diff := cmp.Diff(wantRefusals, got); diff != "" {
		t.Errorf("refusals (-want +got):\n%s", diff)
	}
}
