package revocation_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/memstore"
	"github.com/authsdk/authsdk-go/authsdk/revocation"
)

func TestConfig(t *testing.T) {
	t.Parallel()
	_, err := revocation.New(revocation.Config{TokenTTL: time.Millisecond, PollEvery: time.Microsecond, MaxStaleness: 2 * time.Hour, WhenStale: 7})
	for _, want := range []string{"revocation: Config: ", "Store is required", "TokenTTL", "PollEvery", "MaxStaleness", "WhenStale"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("New: got error %v, want %q in it", err, want)
		}
	}
	_, err = revocation.New(revocation.Config{Store: memstore.New(), PollEvery: 10 * time.Second})
	if err == nil || !strings.Contains(err.Error(), "MaxStaleness is 15s") {
		t.Errorf("New with PollEvery near MaxStaleness: got %v, want what is wrong", err)
	}
}

// TestRevokes asks about one token after each kind of revocation.
func TestRevokes(t *testing.T) {
	t.Parallel()
	before := func(d time.Duration) func(context.Context, *revocation.List, *authsdk.Claims) error {
		return func(ctx context.Context, l *revocation.List, c *authsdk.Claims) error {
			return l.RevokeSubject(ctx, "alice", c.IssuedAt.Add(d))
		}
	}
	for name, c := range map[string]struct {
		revoke func(context.Context, *revocation.List, *authsdk.Claims) error
		want   bool
	}{
		"its ID": {func(ctx context.Context, l *revocation.List, c *authsdk.Claims) error { return l.RevokeToken(ctx, c) }, true},
		"its session": {func(ctx context.Context, l *revocation.List, c *authsdk.Claims) error {
			return l.RevokeSession(ctx, "another", c.SessionID)
		}, true},
		"its subject now": {func(ctx context.Context, l *revocation.List, _ *authsdk.Claims) error {
			return l.RevokeSubject(ctx, "alice", time.Time{})
		}, true},
		"other names": {func(ctx context.Context, l *revocation.List, c *authsdk.Claims) error {
			// A value counts as what it was revoked as, and nothing else.
			other := authsdk.Claims{ID: c.SessionID, Expires: c.Expires}
			return errors.Join(l.RevokeToken(ctx, &other), l.RevokeSession(ctx, c.ID, c.Subject), l.RevokeSubject(ctx, c.ID, time.Time{}))
		}, false},
		"nothing":                             {func(ctx context.Context, l *revocation.List, _ *authsdk.Claims) error { return l.RevokeSession(ctx) }, false},
		"subject, the second before":          {before(-time.Second), false},
		"subject, at the very second":         {before(0), false}, // iat is not before
		"subject, within the second":          {before(time.Microsecond), true},
		"subject, at the end of the second":   {before(999 * time.Millisecond), true},
		"subject, at the beginning of a next": {before(time.Second), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock, store := newClock(), memstore.New()
			one := newList(t, revocation.Config{Store: store, Now: clock.now})
			other := newList(t, revocation.Config{Store: store, Now: clock.now})
			token := clock.token()
			clock.add(time.Minute)
			for _, l := range []*revocation.List{one} {
				wants(t, l, "before", clock.token(), false, nil)
			}
			if err := c.revoke(t.Context(), one, &token); err != nil {
				t.Fatalf("revoke: %v", err)
			}
			// The epoch began after the token was issued; that is not the question here.
			if err := revocation.Confirm(t.Context(), store, clock.now()); err != nil {
				t.Fatalf("Confirm: %v", err)
			}
			stop := run(t, one)
			until(t, "the list catches up", func() bool { return one.Status().UnknownBefore.IsZero() })
			stop()
			wants(t, one, "of the list that was told", token, c.want, nil)
			wants(t, other, "of another list", token, c.want, nil)
		})
	}
}

func TestRefusesMistakes(t *testing.T) {
	t.Parallel()
	l := newList(t, revocation.Config{Store: memstore.New()})
	for name, err := range map[string]error{
		"a token without ID":   l.RevokeToken(t.Context(), &authsdk.Claims{}),
		"a session without ID": l.RevokeSession(t.Context(), "0123456789abcdef", ""),
		"a long subject":       l.RevokeSubject(t.Context(), strings.Repeat("a", 256), time.Time{}),
		"a NUL":                l.RevokeSubject(t.Context(), "a\x00", time.Time{}),
		"not UTF-8":            l.RevokeSubject(t.Context(), "a\xff", time.Time{}),
		"a future":             l.RevokeSubject(t.Context(), "alice", time.Now().Add(time.Hour)),
	} {
		if err == nil || errors.Is(err, authsdk.ErrStoreUnavailable) {
			t.Errorf("revoke %s: got error %v, want one that is the caller's", name, err)
		}
	}
	if n := l.Status().Entries; n != 0 {
		t.Errorf("entries: got %d, want none", n)
	}
}

// TestFirstLoad: a list that has nobody running it loads when it is asked, and
// knows nothing before.
func TestFirstLoad(t *testing.T) {
	t.Parallel()
	for _, when := range []revocation.WhenStale{revocation.Refuse, revocation.AskStore, revocation.InsecureAllowShortLived} {
		clock, store := newClock(), &place{down: errDown}
		l := newList(t, revocation.Config{Store: store, Now: clock.now, WhenStale: when})
		c := clock.token()
		wants(t, l, "store down", c, false, authsdk.ErrStoreUnavailable)
		if s := l.Status(); !s.Degraded || !errors.Is(s.Err, errDown) || !s.Synced.IsZero() {
			t.Errorf("Status: got %+v, want it degraded, with the cause", s)
		}
		if err := l.RevokeToken(t.Context(), &c); !errors.Is(err, authsdk.ErrStoreUnavailable) || !errors.Is(err, errDown) {
			t.Errorf("RevokeToken: got %v, want that the store is unavailable", err)
		}
		if n := l.Status().Entries; n != 0 {
			t.Errorf("entries after an error: got %d, want none", n)
		}
		store.change(func(p *place) { p.down = nil })
		wants(t, l, "store up", c, false, nil)
		if s := l.Status(); s.Degraded || s.Err != nil || !s.Synced.Equal(clock.now()) {
			t.Errorf("Status: got %+v, want it synced now", s)
		}
	}
}

// TestManyEntries loads more than one batch.
func TestManyEntries(t *testing.T) {
	t.Parallel()
	clock, store := newClock(), memstore.New()
	one := newList(t, revocation.Config{Store: store, Now: clock.now})
	ids := make([]string, 2500)
	for i := range ids {
		ids[i] = "session-" + strings.Repeat("x", i%50) + time.Duration(i).String()
	}
	if err := one.RevokeSession(t.Context(), ids...); err != nil {
		t.Fatal(err)
	}
	other := newList(t, revocation.Config{Store: store, Now: clock.now})
	wants(t, other, "of nobody", clock.token(), false, nil)
	for _, l := range []*revocation.List{one, other} {
		if n := l.Status().Entries; n != len(ids) {
			t.Errorf("entries: got %d, want %d", n, len(ids))
		}
		for _, id := range ids {
			c := clock.token()
			c.SessionID = id
			if revoked, err := l.Revoked(t.Context(), &c); !revoked || err != nil {
				t.Fatalf("Revoked(%s): got %t and error %v", id, revoked, err)
			}
		}
	}
}

// TestFinal is promise P-05: no token passes in a call that begins after the
// revocation was acknowledged.
func TestFinal(t *testing.T) {
	t.Parallel()
	l := newList(t, revocation.Config{Store: memstore.New()})
	run(t, l)
	for range 200 {
		c := authsdk.Claims{ID: "0123456789abcdef", Subject: "alice", SessionID: time.Now().String(), IssuedAt: time.Now(), Expires: time.Now().Add(time.Minute)}
		done := make(chan struct{})
		var asking sync.WaitGroup
		for range 4 {
			asking.Go(func() {
				for ended := false; !ended; {
					select {
					case <-done:
						ended = true // and ask once more
					default:
					}
					if revoked, err := l.Revoked(t.Context(), &c); err != nil || ended && !revoked {
						t.Errorf("Revoked after RevokeSession (%t): got %t and error %v", ended, revoked, err)
					}
				}
			})
		}
		if err := l.RevokeSession(t.Context(), c.SessionID); err != nil {
			t.Error(err)
		}
		close(done)
		asking.Wait()
	}
}
