package revocation_test

import (
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/revocation"
)

// settled makes a list, whose store has some entries, and lets it catch up.
func settled(t *testing.T, clock *clock, store *place) (l *revocation.List, gone authsdk.Claims) {
	t.Helper()
	l = newList(t, revocation.Config{Store: store, Now: clock.now, WhenStale: revocation.AskStore})
	wants(t, l, "first load", clock.token(), false, nil)
	clock.add(time.Minute)
	gone = clock.token()
	gone.ID = "revoked-0123456789"
	for range 3 {
		if err := l.RevokeToken(t.Context(), &gone); err != nil {
			t.Fatal(err)
		}
	}
	catchUp(t, clock, l)
	return l, gone
}

// catchUp lets a list ask, which it does when it is too old.
func catchUp(t *testing.T, clock *clock, l *revocation.List) {
	t.Helper()
	clock.add(20 * time.Second)
	c := clock.token()
	c.ID = "asks-0123456789"
	wants(t, l, "asks", c, false, nil)
}

// TestLost lets a store lose what it had, in several ways. What was issued
// before cannot be known, by lists that run and by those that begin.
func TestLost(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(*place){
		"everything": func(p *place) { p.head, p.entries = revocation.Head{}, nil },
		"the last":   func(p *place) { p.head.Seq, p.entries = 2, p.entries[:2] },
		"the last, and counts on": func(p *place) {
			p.entries[2].Value = "another-0123456789"
		},
		"the last, and counts further": func(p *place) {
			p.entries[2].Value = "another-0123456789"
			last := p.entries[2]
			last.Seq++
			p.entries, p.head.Seq = append(p.entries, last), 4
		},
		"entries alone": func(p *place) { p.entries = nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock, store := newClock(), &place{}
			l, gone := settled(t, clock, store)
			before := clock.token()
			clock.add(time.Minute)
			store.change(lose)
			catchUp(t, clock, l)
			if s := l.Status(); s.UnknownBefore.IsZero() || s.UnknownBefore.Before(before.IssuedAt) || s.Degraded {
				t.Errorf("Status: got %+v, want tokens of before to be unknown", s)
			}
			begun := newList(t, revocation.Config{Store: store, Now: clock.now, WhenStale: revocation.AskStore})
			for what, l := range map[string]*revocation.List{"ran on": l, "begins": begun} {
				wants(t, l, what+": a token of before", before, false, authsdk.ErrStoreUnavailable)
				wants(t, l, what+": a new one", clock.token(), false, nil)
			}
			wants(t, l, "one that is known to be revoked", gone, true, nil)
			// Revocations go on.
			again := clock.token()
			again.ID = "again-0123456789"
			if err := begun.RevokeToken(t.Context(), &again); err != nil {
				t.Fatal(err)
			}
			catchUp(t, clock, l)
			wants(t, l, "one that was revoked since", again, true, nil)
			// An operator knows better.
			if err := revocation.Confirm(t.Context(), store, clock.now()); err != nil {
				t.Fatal(err)
			}
			for what, l := range map[string]*revocation.List{"ran on": l, "begins": begun} {
				catchUp(t, clock, l)
				wants(t, l, what+": a token of before, confirmed", before, false, nil)
				wants(t, l, what+": one that was revoked since", again, true, nil)
			}
			if err := revocation.Confirm(t.Context(), store, clock.now()); err != nil {
				t.Errorf("Confirm again: %v", err)
			}
			wants(t, l, "one that is known to be revoked", gone, true, nil)
		})
	}
}

// TestNotLost: what looks like a loss and is none.
func TestNotLost(t *testing.T) {
	t.Parallel()
	clock, store := newClock(), &place{}
	l, _ := settled(t, clock, store)
	epoch := store.head.Epoch
	clock.add(2 * time.Hour)
	if n, err := revocation.Prune(t.Context(), store, clock.now()); err != nil || n != 3 {
		t.Fatalf("Prune: got %d and error %v, want 3", n, err)
	}
	catchUp(t, clock, l)
	catchUp(t, clock, l)
	if store.head.Epoch != epoch {
		t.Error("pruning was taken for a loss")
	}
	store.change(func(p *place) { p.down = errDown })
	if _, err := revocation.Prune(t.Context(), store, clock.now()); err == nil {
		t.Error("Prune without a store: got no error")
	}
	if err := revocation.Confirm(t.Context(), store, clock.now()); err == nil {
		t.Error("Confirm without a store: got no error")
	}
}

// TestLostAndDown: a loss that cannot be written down is not forgotten.
func TestLostAndDown(t *testing.T) {
	t.Parallel()
	clock, store := newClock(), &place{}
	l, _ := settled(t, clock, store)
	before := clock.token()
	store.change(func(p *place) { p.entries, p.down = nil, errDown })
	clock.add(20 * time.Second)
	wants(t, l, "store down", before, false, authsdk.ErrStoreUnavailable)
	store.change(func(p *place) { p.down = nil })
	catchUp(t, clock, l)
	wants(t, l, "store up", before, false, authsdk.ErrStoreUnavailable)
}

// TestEnds is promise P-18 and a part of P-17: entries leave, but not because a
// clock jumps for a while.
func TestEnds(t *testing.T) {
	t.Parallel()
	clock, store := newClock(), &place{}
	l := newList(t, revocation.Config{Store: store, Now: clock.now, WhenStale: revocation.AskStore, TokenTTL: 15 * time.Minute})
	c := clock.token()
	if err := l.RevokeToken(t.Context(), &c); err != nil {
		t.Fatal(err)
	}
	if err := l.RevokeSession(t.Context(), c.SessionID); err != nil {
		t.Fatal(err)
	}
	if err := l.RevokeSubject(t.Context(), c.Subject, time.Time{}); err != nil {
		t.Fatal(err)
	}
	other := c
	other.ID, other.SessionID, other.Subject = "asks-0123456789", "", "bob"
	clock.add(time.Hour) // a clock that jumps, and back
	wants(t, l, "asks", other, false, nil)
	clock.add(-time.Hour)
	wants(t, l, "revoked, after the clock has jumped", c, true, nil)
	clock.add(2 * time.Hour)
	wants(t, l, "asks", other, false, nil)
	if n := l.Status().Entries; n != 0 {
		t.Errorf("entries two hours later: got %d, want none", n)
	}
}

// TestClockAhead: a machine that starts with its clock hours ahead takes what is revoked
// for over, and knows better when the clock is right.
func TestClockAhead(t *testing.T) {
	t.Parallel()
	for _, ahead := range []time.Duration{time.Hour, 3 * time.Hour, 30 * 24 * time.Hour} {
		clock, store := newClock(), &place{}
		c := clock.token()
		c.SessionID = ""
		running := newList(t, revocation.Config{Store: store, Now: clock.now})
		for _, id := range []string{c.ID, "another-0123456789"} { // the last one is read again anyhow
			other := c
			other.ID = id
			if err := running.RevokeToken(t.Context(), &other); err != nil {
				t.Fatal(err)
			}
		}
		clock.add(ahead)
		started := newList(t, revocation.Config{Store: store, Now: clock.now, WhenStale: revocation.AskStore})
		catchUp(t, clock, started)
		clock.add(-ahead)
		catchUp(t, clock, started)
		wants(t, started, "revoked before the start, clock ahead by "+ahead.String(), c, true, nil)
	}
}
