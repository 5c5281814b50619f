package revocation_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/memstore"
	"github.com/authsdk/authsdk-go/authsdk/revocation"
)

// TestStale is promises P-06 and P-07: what a list does that has heard nothing.
func TestStale(t *testing.T) {
	t.Parallel()
	clock, store := newClock(), &place{}
	var told atomic.Int64
	lists := map[revocation.WhenStale]*revocation.List{}
	for _, when := range []revocation.WhenStale{revocation.Refuse, revocation.AskStore, revocation.InsecureAllowShortLived} {
		lists[when] = newList(t, revocation.Config{Store: store, Now: clock.now, WhenStale: when, OnDegraded: func(s revocation.Status) {
			told.Add(1)
			if !s.Degraded && when != revocation.AskStore {
				t.Errorf("OnDegraded: got %+v, want it degraded", s)
			}
		}})
	}
	long := clock.token()
	for _, l := range lists {
		wants(t, l, "fresh", long, false, nil)
	}
	gone := clock.token()
	gone.ID = "revoked-0123456789"
	if err := lists[revocation.Refuse].RevokeToken(t.Context(), &gone); err != nil {
		t.Fatal(err)
	}
	store.change(func(p *place) { p.down = errDown })
	clock.add(15 * time.Second) // not older than MaxStaleness yet
	for _, l := range lists {
		wants(t, l, "at the limit", long, false, nil)
	}
	if n := told.Load(); n != 0 {
		t.Errorf("OnDegraded was called %d times, want never so far", n)
	}
	clock.add(time.Second)
	short := clock.token()
	short.Expires = clock.now().Add(5 * time.Minute)
	for when, l := range lists {
		for range 3 {
			wants(t, l, "too old", long, false, authsdk.ErrStoreUnavailable)
			want := authsdk.ErrStoreUnavailable
			if when == revocation.InsecureAllowShortLived {
				want = nil
			}
			if want == nil {
				wants(t, l, "too old, short-lived", short, false, nil)
			} else {
				wants(t, l, "too old, short-lived", short, false, want)
			}
		}
		if s := l.Status(); !s.Degraded {
			t.Errorf("Status: got %+v, want it degraded", s)
		}
	}
	wants(t, lists[revocation.Refuse], "too old, but known", gone, true, nil)
	endless := short
	endless.Expires = time.Time{}
	wants(t, lists[revocation.InsecureAllowShortLived], "without an end", endless, false, authsdk.ErrStoreUnavailable)
	if n := told.Load(); n != 3 {
		t.Errorf("OnDegraded was called %d times in one second, want once for each list", n)
	}
	if n := lists[revocation.InsecureAllowShortLived].Status().Passed; n != 3 {
		t.Errorf("Passed: got %d, want 3", n)
	}
	clock.add(time.Second)
	wants(t, lists[revocation.Refuse], "a second later", long, false, authsdk.ErrStoreUnavailable)
	if n := told.Load(); n != 4 {
		t.Errorf("OnDegraded was called %d times in two seconds, want once more", n)
	}

	// The store answers again. Who asks it knows at once; the others are told by Run.
	store.change(func(p *place) { p.down = nil })
	wants(t, lists[revocation.AskStore], "asks", long, false, nil)
	wants(t, lists[revocation.AskStore], "asks", gone, true, nil)
	wants(t, lists[revocation.Refuse], "nobody runs it", long, false, authsdk.ErrStoreUnavailable)
	run(t, lists[revocation.Refuse])
	until(t, "Run catches up", func() bool { return !lists[revocation.Refuse].Status().Degraded })
	wants(t, lists[revocation.Refuse], "Run", long, false, nil)
}

// TestStaleClock is a part of P-17: a clock that goes back makes no view young.
func TestStaleClock(t *testing.T) {
	t.Parallel()
	clock, store := newClock(), &place{}
	l := newList(t, revocation.Config{Store: store, Now: clock.now})
	long := clock.token()
	wants(t, l, "fresh", long, false, nil)
	store.change(func(p *place) { p.down = errDown })
	clock.add(-15 * time.Second)
	wants(t, l, "a little back", long, false, nil)
	clock.add(-time.Hour)
	wants(t, l, "an hour back", long, false, authsdk.ErrStoreUnavailable)
	if s := l.Status(); !s.Degraded {
		t.Errorf("Status: got %+v, want it degraded", s)
	}
}

// TestStampede: many who wait for a store that does not answer do not ask one
// after the other.
func TestStampede(t *testing.T) {
	t.Parallel()
	store := &place{down: errDown, slow: 50 * time.Millisecond}
	l := newList(t, revocation.Config{Store: store})
	c := newClock().token()
	begun := time.Now()
	var asking sync.WaitGroup
	for range 200 {
		asking.Go(func() { wants(t, l, "store down", c, false, authsdk.ErrStoreUnavailable) })
	}
	asking.Wait()
	if took := time.Since(begun); took > 2*time.Second || store.reads > 20 {
		t.Errorf("200 callers asked %d times in %s, want a few times", store.reads, took)
	}
	// Who gives up does not keep the others.
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
	defer cancel()
	asking.Go(func() { wants(t, l, "another", c, false, authsdk.ErrStoreUnavailable) })
	time.Sleep(time.Millisecond)
	if _, err := l.Revoked(ctx, &c); !errors.Is(err, authsdk.ErrStoreUnavailable) {
		t.Errorf("Revoked with little time: got error %v, want that it cannot be known", err)
	}
	asking.Wait()
}

// TestRun follows a store that tells and one that is polled.
func TestRun(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		store revocation.Store
		poll  time.Duration
	}{
		"told":   {memstore.New(), 7 * time.Second}, // so that it is not polled in time
		"polled": {struct{ revocation.Store }{memstore.New()}, 10 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			one := newList(t, revocation.Config{Store: c.store, PollEvery: c.poll})
			other := newList(t, revocation.Config{Store: c.store, PollEvery: c.poll})
			stop := run(t, other)
			until(t, "the first load", func() bool { return !other.Status().Degraded })
			begun := time.Now()
			for i := range 10 {
				if err := one.RevokeSession(t.Context(), time.Now().String()); err != nil {
					t.Fatal(err)
				}
				until(t, "an entry", func() bool { return other.Status().Entries == i+1 })
			}
			if took := time.Since(begun); took > 5*time.Second {
				t.Errorf("10 revocations arrived after %s, want them at once", took)
			}
			run(t, other) // twice is not needed, and does no harm
			stop()
			if err := one.RevokeSession(t.Context(), "the last"); err != nil {
				t.Fatal(err)
			}
			until(t, "the last entry", func() bool { return other.Status().Entries == 11 })
		})
	}
}

// restless is a store that often stops telling.
type restless struct {
	*memstore.Store

	listening atomic.Int64
}

func (r *restless) ListenRevocations(ctx context.Context, wake func()) error {
	if r.listening.Add(1)%2 == 0 {
		return errDown
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
	defer cancel()
	return r.Store.ListenRevocations(ctx, wake)
}

// TestReconnects: what is added while nobody listens is read when somebody does
// again.
func TestReconnects(t *testing.T) {
	t.Parallel()
	store := &restless{Store: memstore.New()}
	one := newList(t, revocation.Config{Store: store})
	other := newList(t, revocation.Config{Store: store, PollEvery: 7 * time.Second})
	run(t, other)
	for i := range 40 {
		if err := one.RevokeSession(t.Context(), time.Now().String()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Millisecond)
		_ = i
	}
	begun := time.Now()
	until(t, "all entries", func() bool { return other.Status().Entries == 40 })
	if took := time.Since(begun); took > 3*time.Second {
		t.Errorf("the last entry arrived after %s, want it when somebody listens again", took)
	}
	if n := store.listening.Load(); n < 3 {
		t.Errorf("listened %d times, want several", n)
	}
}

// TestStaleAfterSleep: the monotonic clock of a machine that slept says that no time
// has passed.
func TestStaleAfterSleep(t *testing.T) {
	t.Parallel()
	awake := time.Now()
	slept := awake
	// Of a time with a monotonic part, the seconds stand above the nanoseconds.
	*(*uint64)(unsafe.Pointer(&slept)) += 3600 << 30
	if slept.Sub(awake) != 0 || slept.Round(0).Sub(awake) != time.Hour {
		t.Skip("a time looks otherwise here")
	}
	store, now := &place{}, awake
	l := newList(t, revocation.Config{Store: store, Now: func() time.Time { return now }})
	c := newClock().token()
	c.IssuedAt = awake
	wants(t, l, "fresh", c, false, nil)
	now = slept
	wants(t, l, "an hour later", c, false, authsdk.ErrStoreUnavailable)
	if s := l.Status(); !s.Degraded {
		t.Errorf("Status: got %+v, want it degraded", s)
	}
}

// TestNoHead: a store that says nothing of its epoch has forgotten that, too.
func TestNoHead(t *testing.T) {
	t.Parallel()
	l := newList(t, revocation.Config{Store: headless{&place{}}})
	wants(t, l, "without a head", newClock().token(), false, authsdk.ErrStoreUnavailable)
}

// headless is a store that lacks its head, and does not make one.
type headless struct{ *place }

func (headless) Revocations(context.Context, time.Time, int64, int) (revocation.Head, []revocation.Entry, error) {
	return revocation.Head{}, nil, nil
}

// leaving is a store whose caller leaves before it answers.
type leaving struct {
	*place

	leave context.CancelFunc
}

func (s *leaving) Revocations(ctx context.Context, now time.Time, after int64, limit int) (revocation.Head, []revocation.Entry, error) {
	s.leave()
	if err := ctx.Err(); err != nil {
		return revocation.Head{}, nil, err
	}
	return s.place.Revocations(ctx, now, after, limit)
}

// TestLeaving: that a caller has left is no news of the store.
func TestLeaving(t *testing.T) {
	t.Parallel()
	ctx, leave := context.WithCancel(t.Context())
	clock, store := newClock(), &leaving{&place{}, func() {}}
	l := newList(t, revocation.Config{Store: store, Now: clock.now, WhenStale: revocation.AskStore})
	c := clock.token()
	wants(t, l, "fresh", c, false, nil)
	clock.add(time.Minute)
	store.leave = leave
	if _, err := l.Revoked(ctx, &c); !errors.Is(err, authsdk.ErrStoreUnavailable) {
		t.Errorf("Revoked for a caller who has left: got error %v", err)
	}
	if err := l.Status().Err; err != nil {
		t.Errorf("Status: got error %v, want none: the store answers", err)
	}
}
