package users

import (
	"fmt"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
)

// TestThrottleIsBounded fails more accounts from more addresses than are kept.
func TestThrottleIsBounded(t *testing.T) {
	t.Parallel()
	limit := Limit{Burst: 1, Every: time.Hour}
	start := time.Now()
	th := newThrottle(limit, limit, func() time.Time { return start })
	for i := range tracked + 1000 {
		for _, o := range []outcome{succeeded, failed} {
			settle, err := th.reserve(th.attempt(fmt.Sprint(i), fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255)))
			if err != nil {
				t.Fatal(err)
			}
			settle(o)
		}
	}
	for name, got := range map[string]int{
		"accounts": th.accounts.spent.Len(), "addresses": th.addresses.spent.Len(), "proven": th.proven.Len(),
	} {
		if got != tracked {
			t.Errorf("%s: got %d entries, want %d", name, got, tracked)
		}
	}
	// Attempts that cost no hash leave nothing, and push nobody out.
	for i := range tracked {
		a := th.attempt(fmt.Sprint("more", i), "192.0.2.1")
		if err := th.check(a); err != nil {
			t.Fatal(err)
		}
		settle, err := th.reserve(a)
		if err != nil {
			t.Fatal(err)
		}
		settle(undecided)
	}
	if err := th.check(th.attempt(fmt.Sprint(tracked), "")); err != nil {
		t.Errorf("a proven pair took from its account: %v", err)
	}
	if err := th.check(th.attempt(fmt.Sprint(tracked+999), "10.1.3.231")); err == nil {
		t.Error("an exhausted bucket was pushed out")
	}
	if n := len(th.accounts.pending) + len(th.addresses.pending); n != 0 {
		t.Errorf("%d attempts are open", n)
	}
}

// TestThrottleClockGoesBack must neither refill a bucket nor lock it for ever.
func TestThrottleClockGoesBack(t *testing.T) {
	t.Parallel()
	now := time.Now()
	th := newThrottle(Limit{Burst: 1, Every: 30 * time.Second}, Limit{Burst: 1, Every: time.Second}, func() time.Time { return now })
	a := th.attempt("alice", "")
	settle, err := th.reserve(a)
	if err != nil {
		t.Fatal(err)
	}
	now = now.Add(-24 * time.Hour)
	settle(failed)
	if err := th.check(a); err == nil {
		t.Error("the bucket was refilled")
	}
	now = now.Add(31 * time.Second)
	if err := th.check(a); err != nil {
		t.Errorf("after the wait: %v", err)
	}
}

// TestThrottleCountsOpenAttempts has attempts at the same time, none of which
// has failed yet.
func TestThrottleCountsOpenAttempts(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for name, tt := range map[string]struct {
		account, address Limit
	}{
		"account": {Limit{Burst: 2, Every: time.Hour}, Limit{Burst: 100, Every: time.Hour}},
		"address": {Limit{Burst: 100, Every: time.Hour}, Limit{Burst: 2, Every: time.Hour}},
	} {
		th := newThrottle(tt.account, tt.address, func() time.Time { return now })
		a := th.attempt("alice", "192.0.2.1")
		first, err := th.reserve(a)
		if err != nil {
			t.Fatal(err)
		}
		second, err := th.reserve(a)
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if _, err := th.reserve(a); authsdk.ErrorOf(err) == nil || authsdk.ErrorOf(err).RetryAfter != time.Second {
				t.Errorf("%s: a third attempt: got %v, want a refusal for a second", name, err)
			}
			if err := th.check(a); err != nil {
				t.Errorf("%s: check counts what is open: %v", name, err)
			}
		}
		first(undecided)
		third, err := th.reserve(a)
		if err != nil {
			t.Errorf("%s: after one has ended: %v", name, err)
		}
		second(failed)
		third(failed)
		if err := th.check(a); authsdk.ErrorOf(err) == nil || authsdk.ErrorOf(err).RetryAfter != time.Hour {
			t.Errorf("%s: after two failures: got %v, want a refusal for an hour", name, err)
		}
	}
}

// TestThrottleRounding lets an attempt through that comes a hair too early, and
// takes for it what any failure takes.
func TestThrottleRounding(t *testing.T) {
	t.Parallel()
	now := time.Now()
	limit := Limit{Burst: 1, Every: time.Hour}
	th := newThrottle(limit, limit, func() time.Time { return now })
	a := th.attempt("alice", "")
	for range 3 {
		settle, err := th.reserve(a)
		if err != nil {
			t.Fatal(err)
		}
		settle(failed)
		if err := th.check(a); err == nil {
			t.Error("got no refusal after a failure")
		}
		now = now.Add(limit.Every - time.Millisecond)
	}
}
