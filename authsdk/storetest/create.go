package storetest

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/session"
)

func keepsEverything(t *testing.T, store session.Store) {
	at := func(minutes int) time.Time {
		return start.Add(time.Duration(minutes)*time.Minute + 123*time.Millisecond)
	}
	want := newSession("alice")
	want.Generation, want.Replays, want.LateReplays = 1<<40, 7, 3
	want.CreatedAt, want.AuthTime, want.RotatedAt, want.LastSeen = at(1), at(2), at(3), at(4)
	want.IdleExpires, want.Expires = at(5), at(6)
	want.CSRFSecret = []byte{0, 1, 0xff, 'x', 0}
	stored(t, store, create(t, store, want))

	want.ID = newSession("").ID
	want.RevokedAt, want.RevokeReason = at(7), session.ReasonReuse
	stored(t, store, create(t, store, want))
}

func keepsTexts(t *testing.T, store session.Store) {
	for _, text := range []string{
		"", "Ωmega’s Téléphone 📱", "e\u0301 is not \u00e9", "from the right: עברית", `quotes ' " \ % _ ; -- ?1 :id $1`, "  spaces  ",
	} {
		s := newSession("subject " + text)
		s.Label = text
		create(t, store, s)
		stored(t, store, s)
		list, err := store.Sessions(t.Context(), s.Subject, start)
		if err != nil {
			t.Fatalf("Sessions(%q): %v", s.Subject, err)
		}
		same(t, "Sessions", list, []session.Session{s})
	}
	for _, secret := range [][]byte{nil, {}} {
		s := newSession("alice")
		s.CSRFSecret = secret
		stored(t, store, create(t, store, s))
	}
}

func keepsMilliseconds(t *testing.T, store session.Store) {
	const finer = 999999 * time.Nanosecond
	want := newSession("alice")
	s := want
	zone := time.FixedZone("east", 3*3600)
	for _, at := range []*time.Time{&s.RotatedAt, &s.CreatedAt, &s.AuthTime, &s.LastSeen, &s.IdleExpires, &s.Expires} {
		*at = at.In(zone).Add(finer)
	}
	create(t, store, s)
	stored(t, store, want)

	// The edge of the grace lies where the milliseconds say.
	r := newRotation(s, 0, start.Add(time.Millisecond).Add(finer))
	r.IdleTTL = time.Minute + finer
	got := rotate(t, store, r, session.VerdictRotated)
	want.Generation = 1
	want.RotatedAt = start.Add(time.Millisecond)
	want.LastSeen, want.IdleExpires = want.RotatedAt, want.RotatedAt.Add(time.Minute)
	same(t, "RotateSession", got, want)
	stored(t, store, want)
	if list, err := store.Sessions(t.Context(), s.Subject, want.IdleExpires); err != nil || len(list) > 0 {
		t.Errorf("Sessions at the end of the idle lifetime: got %+v and error %v, want none", list, err)
	}
	r.Now, r.Grace = start.Add(3*time.Millisecond).Add(finer), 2*time.Millisecond+finer
	rotate(t, store, r, session.VerdictReplayed)
	r.Now = r.Now.Add(time.Millisecond)
	rotate(t, store, r, session.VerdictReused)
}

func sharesNoMemory(t *testing.T, store session.Store) {
	want := newSession("alice")
	given := want
	given.CSRFSecret = bytes.Clone(want.CSRFSecret)
	create(t, store, given)
	given.CSRFSecret[0] = 0
	got, err := store.Session(t.Context(), want.ID)
	if err != nil {
		t.Fatalf("Session: %v", err)
	}
	same(t, "Session after the caller changed what it created", got, want)
	got.CSRFSecret[0] = 0
	stored(t, store, want)
}

func refusesTakenID(t *testing.T, store session.Store) {
	first := create(t, store, newSession("alice"))
	second := newSession("mallory")
	second.ID = first.ID
	if evicted, err := store.CreateSession(t.Context(), second, 0); err == nil {
		t.Errorf("CreateSession with an ID that is taken: got evicted %q and no error, want an error", evicted)
	}
	stored(t, store, first)
	if _, err := store.CreateSession(t.Context(), first, 1); err == nil {
		t.Error("CreateSession a second time: got no error, want an error")
	}
	stored(t, store, first)
}

// seen is a session of subject that was seen last so many seconds after start.
func seen(subject string, seconds int) session.Session {
	s := newSession(subject)
	s.CreatedAt = start.Add(time.Duration(seconds) * time.Second)
	s.RotatedAt, s.AuthTime, s.LastSeen = s.CreatedAt, s.CreatedAt, s.CreatedAt
	return s
}

// createWithin creates s in a subject that may have most sessions and checks
// who has to go.
func createWithin(t *testing.T, store session.Store, s session.Session, most int, want ...string) {
	t.Helper()
	evicted, err := store.CreateSession(t.Context(), s, most)
	if err != nil {
		t.Fatalf("CreateSession: %v", err)
	}
	sameIDs(t, "evicted", evicted, want...)
	stored(t, store, s)
}

func evicts(t *testing.T, store session.Store) {
	a, b, c := seen("alice", 30), seen("alice", 10), seen("alice", 20)
	createWithin(t, store, a, 3)
	createWithin(t, store, b, 3)
	createWithin(t, store, c, 3)
	d := seen("alice", 40)
	createWithin(t, store, d, 3, b.ID)
	b.RevokedAt, b.RevokeReason = d.CreatedAt, session.ReasonEvicted
	stored(t, store, b)

	// A refresh is being seen.
	rotate(t, store, newRotation(c, 0, start.Add(50*time.Second)), session.VerdictRotated)
	e := seen("alice", 60)
	createWithin(t, store, e, 2, a.ID, d.ID)
	list, err := store.Sessions(t.Context(), "alice", e.CreatedAt)
	if err != nil {
		t.Fatalf("Sessions: %v", err)
	}
	same(t, "Sessions", ids(list), []string{e.ID, c.ID})
	createWithin(t, store, seen("alice", 70), 0) // no limit
}

func evictsAmongEquals(t *testing.T, store session.Store) {
	s := seen("alice", 10)
	var want [6]string
	for i := range 5 {
		want[i] = create(t, store, seen("alice", 10)).ID
	}
	want[5] = s.ID
	evicted, err := store.CreateSession(t.Context(), s, 4)
	if err != nil {
		t.Fatalf("CreateSession: %v", err)
	}
	if len(evicted) != 2 {
		t.Fatalf("CreateSession of a sixth session of four: got evicted %q, want two", evicted)
	}
	list, err := store.Sessions(t.Context(), "alice", s.CreatedAt)
	if err != nil {
		t.Fatalf("Sessions: %v", err)
	}
	sameIDs(t, "live and evicted", append(ids(list), evicted...), want[:]...)
}

func evictsLiveOnly(t *testing.T, store session.Store) {
	now := start.Add(time.Minute)
	revoked, idle, expired := seen("alice", 1), seen("alice", 2), seen("alice", 3)
	revoked.RevokedAt, revoked.RevokeReason = now, session.ReasonLogout
	idle.IdleExpires, expired.Expires = now, now // which is too late
	other := seen("bob", 4)
	old := seen("alice", 5)
	for _, s := range []session.Session{revoked, idle, expired, other, old} {
		create(t, store, s)
	}
	createWithin(t, store, seen("alice", 60), 2)
	createWithin(t, store, seen("alice", 61), 2, old.ID)
	for _, s := range []session.Session{revoked, idle, expired, other} {
		stored(t, store, s)
	}
}

func evictsOthers(t *testing.T, store session.Store) {
	a := create(t, store, seen("alice", 50))
	late := seen("alice", 60)
	late.LastSeen = start // by a clock that is behind
	createWithin(t, store, late, 1, a.ID)
	dead := seen("alice", 61)
	dead.IdleExpires = dead.CreatedAt
	createWithin(t, store, dead, 1)
	stored(t, store, late)
}

func unknownSession(t *testing.T, store session.Store) {
	create(t, store, newSession("alice"))
	for _, id := range []string{newSession("").ID, "", "alice", "' OR 1=1 --"} {
		if got, err := store.Session(t.Context(), id); !errors.Is(err, authsdk.ErrSessionNotFound) {
			t.Errorf("Session(%q): got %+v and error %v, want ErrSessionNotFound", id, got, err)
		}
	}
	list, err := store.Sessions(t.Context(), "nobody", start)
	if err != nil || len(list) > 0 {
		t.Errorf("Sessions of a stranger: got %+v and error %v, want none", list, err)
	}
}

func listsLive(t *testing.T, store session.Store) {
	now := start.Add(time.Minute)
	first, second, third := seen("alice", 30), seen("alice", 20), seen("alice", 10)
	second.IdleExpires = now.Add(time.Millisecond) // just still alive
	third.Expires = now.Add(time.Millisecond)
	revoked, idle, expired := seen("alice", 15), seen("alice", 16), seen("alice", 17)
	revoked.RevokedAt, revoked.RevokeReason = start, session.ReasonLogout
	idle.IdleExpires, expired.Expires = now, now
	all := []session.Session{third, revoked, first, idle, seen("bob", 40), expired, second}
	for _, s := range all {
		create(t, store, s)
	}
	for _, step := range []struct {
		now  time.Time
		want []session.Session
	}{
		{now, []session.Session{first, second, third}},
		{now.Add(time.Millisecond), []session.Session{first}},
		{now.Add(-time.Millisecond), []session.Session{first, second, expired, idle, third}},
		{first.IdleExpires, nil},
	} {
		got, err := store.Sessions(t.Context(), "alice", step.now)
		if err != nil {
			t.Fatalf("Sessions: %v", err)
		}
		same(t, "Sessions", got, step.want)
	}
}
