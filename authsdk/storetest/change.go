package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/session"
)

func revokesMatches(t *testing.T, store session.Store) {
	at := start.Add(time.Second)
	for _, c := range []struct {
		name  string
		match func(a1, a2, b string) session.Match
		want  []int // of a1, a2, b
	}{
		{"ID", func(a1, _, _ string) session.Match { return session.Match{ID: a1} }, []int{0}},
		{"subject", func(_, _, _ string) session.Match { return session.Match{Subject: "alice"} }, []int{0, 1}},
		{"ID and its subject", func(_, a2, _ string) session.Match { return session.Match{ID: a2, Subject: "alice"} }, []int{1}},
		{"ID and another subject", func(a1, _, _ string) session.Match { return session.Match{ID: a1, Subject: "bob"} }, nil},
		{"subject without one", func(a1, _, _ string) session.Match { return session.Match{Subject: "alice", Except: a1} }, []int{1}},
		{"subject without another's", func(_, _, b string) session.Match { return session.Match{Subject: "alice", Except: b} }, []int{0, 1}},
		{"ID without itself", func(a1, _, _ string) session.Match { return session.Match{ID: a1, Except: a1} }, nil},
		{"all without one", func(a1, _, _ string) session.Match { return session.Match{Except: a1} }, nil},
		{"zero", func(_, _, _ string) session.Match { return session.Match{} }, nil},
		{"unknown ID", func(_, _, _ string) session.Match { return session.Match{ID: newSession("").ID} }, nil},
		{"unknown subject", func(_, _, _ string) session.Match { return session.Match{Subject: "nobody"} }, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := store.RevokeSessions(t.Context(), session.Match{Subject: "alice"}, at, "clean-up"); err != nil {
				t.Fatalf("RevokeSessions: %v", err)
			}
			all := []session.Session{newSession("alice"), newSession("alice"), newSession("bob")}
			for _, s := range all {
				create(t, store, s)
			}
			match := c.match(all[0].ID, all[1].ID, all[2].ID)
			got, err := store.RevokeSessions(t.Context(), match, at, session.ReasonLogout)
			if err != nil {
				t.Fatalf("RevokeSessions(%+v): %v", match, err)
			}
			want := make([]string, len(c.want))
			for n, i := range c.want {
				want[n] = all[i].ID
				all[i].RevokedAt, all[i].RevokeReason = at, session.ReasonLogout
			}
			sameIDs(t, "revoked", got, want...)
			for _, s := range all {
				stored(t, store, s)
			}
		})
	}
}

func revokesOnce(t *testing.T, store session.Store) {
	live, idle, expired := newSession("alice"), newSession("alice"), newSession("alice")
	at := start.Add(time.Minute)
	idle.IdleExpires, expired.Expires = at, at
	for _, s := range []session.Session{live, idle, expired} {
		create(t, store, s)
	}
	for _, step := range []struct {
		at     time.Time
		reason string
		want   []string
	}{
		{at, session.ReasonAccount, []string{live.ID}},
		{at.Add(time.Second), session.ReasonLogout, nil},
	} {
		got, err := store.RevokeSessions(t.Context(), session.Match{Subject: "alice"}, step.at, step.reason)
		if err != nil {
			t.Fatalf("RevokeSessions: %v", err)
		}
		sameIDs(t, "revoked", got, step.want...)
	}
	live.RevokedAt, live.RevokeReason = at, session.ReasonAccount
	for _, s := range []session.Session{live, idle, expired} {
		stored(t, store, s)
	}
	rotate(t, store, newRotation(live, 0, at), session.VerdictRefused)
}

func marksLive(t *testing.T, store session.Store) {
	s, neighbour := create(t, store, newSession("alice")), create(t, store, newSession("alice"))
	s.AuthTime = start.Add(time.Minute + 5*time.Millisecond)
	s.LastSeen = s.AuthTime
	got, err := store.MarkAuthenticated(t.Context(), s.ID, s.AuthTime)
	if err != nil {
		t.Fatalf("MarkAuthenticated: %v", err)
	}
	same(t, "MarkAuthenticated", got, s)
	stored(t, store, s)
	stored(t, store, neighbour)
}

func marksNothingElse(t *testing.T, store session.Store) {
	at := start.Add(time.Minute)
	revoked, idle, expired := newSession("alice"), newSession("alice"), newSession("alice")
	revoked.RevokedAt, revoked.RevokeReason = at, session.ReasonLogout
	idle.IdleExpires, expired.Expires = at, at
	for _, s := range []session.Session{revoked, idle, expired} {
		create(t, store, s)
		if got, err := store.MarkAuthenticated(t.Context(), s.ID, at); !errors.Is(err, authsdk.ErrSessionNotFound) {
			t.Errorf("MarkAuthenticated of %+v: got %+v and error %v, want ErrSessionNotFound", s, got, err)
		}
		stored(t, store, s)
	}
	if got, err := store.MarkAuthenticated(t.Context(), newSession("").ID, at); !errors.Is(err, authsdk.ErrSessionNotFound) {
		t.Errorf("MarkAuthenticated of an unknown session: got %+v and error %v, want ErrSessionNotFound", got, err)
	}
}

func prune(t *testing.T, store session.Store, before time.Time, limit, want int) {
	t.Helper()
	got, err := store.PruneSessions(t.Context(), before, limit)
	if err != nil || got != want {
		t.Fatalf("PruneSessions(%v, limit %d): got %d and error %v, want %d", before, limit, got, err, want)
	}
}

func prunesEnded(t *testing.T, store session.Store) {
	before := start.Add(time.Minute)
	ended := func(at time.Time) (list []session.Session) {
		for range 3 {
			list = append(list, newSession("alice"))
		}
		list[0].RevokedAt, list[0].RevokeReason = at, session.ReasonLogout
		list[1].IdleExpires, list[2].Expires = at, at
		return list
	}
	gone, kept := ended(before.Add(-time.Millisecond)), ended(before)
	both := newSession("alice") // revoked after it had ended
	both.IdleExpires, both.RevokedAt, both.RevokeReason = before.Add(-time.Second), before.Add(time.Second), session.ReasonLogout
	gone, kept = append(gone, both), append(kept, newSession("alice"), newSession("bob"))
	for _, s := range append(append([]session.Session{}, gone...), kept...) {
		create(t, store, s)
	}
	prune(t, store, before, 100, len(gone))
	prune(t, store, before, 100, 0)
	for _, s := range gone {
		if got, err := store.Session(t.Context(), s.ID); !errors.Is(err, authsdk.ErrSessionNotFound) {
			t.Errorf("Session after it was pruned: got %+v and error %v, want ErrSessionNotFound", got, err)
		}
		rotate(t, store, newRotation(s, 0, start), session.VerdictRefused)
	}
	for _, s := range kept {
		stored(t, store, s)
	}
	create(t, store, gone[0]) // nothing of it is left
}

func prunesToLimit(t *testing.T, store session.Store) {
	live := create(t, store, newSession("alice"))
	for range 10 {
		s := newSession("alice")
		s.IdleExpires = start
		create(t, store, s)
	}
	before := start.Add(time.Second)
	prune(t, store, before, 0, 0)
	prune(t, store, before, -1, 0)
	prune(t, store, before, 4, 4)
	prune(t, store, before, 4, 4)
	prune(t, store, before, 4, 2)
	prune(t, store, before, 4, 0)
	stored(t, store, live)
}

func prunesNothing(t *testing.T, store session.Store) {
	s := newSession("alice")
	s.IdleExpires = start
	create(t, store, s)
	prune(t, store, start.AddDate(1, 0, 0), 100, 0)
	stored(t, store, s) // for as long as a token of it may come
}
