package storetest

import (
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk/session"
)

// rotates holds the store against a table and against session.Rotation.Decide.
func rotates(t *testing.T, store session.Store) {
	const (
		grace = 30 * time.Second
		tick  = time.Millisecond
	)
	for _, c := range []struct {
		name      string
		presented int64 // the stored generation is 5, and one late replay is spent
		after     time.Duration
		change    func(*session.Session, *session.Rotation)
		want      session.Verdict
	}{
		{"current", 5, grace, nil, session.VerdictRotated},
		{"current, at once", 5, 0, nil, session.VerdictRotated},
		{"predecessor, within grace", 4, tick, nil, session.VerdictReplayed},
		{"predecessor, at the end of the grace", 4, grace, nil, session.VerdictReplayed},
		{"predecessor, after grace", 4, grace + tick, nil, session.VerdictReused},
		{"predecessor, late, with budget", 4, grace + tick, lateReplays(2), session.VerdictReplayed},
		{"predecessor, late, budget spent", 4, grace + tick, lateReplays(1), session.VerdictReused},
		{"predecessor, within grace, budget untouched", 4, grace, lateReplays(2), session.VerdictReplayed},
		{"predecessor, by a clock that is behind", 4, -time.Hour, nil, session.VerdictReplayed},
		{"strict", 4, 0, strict, session.VerdictReused},
		{"strict, by a clock that is behind", 4, -time.Hour, strict, session.VerdictReused},
		{"strict, with budget", 4, 0, strictButLate, session.VerdictReplayed},
		{"grandparent, within grace", 3, tick, nil, session.VerdictReused},
		{"grandparent, with budget", 3, tick, lateReplays(9), session.VerdictReused},
		{"the first", 0, tick, nil, session.VerdictReused},
		{"ahead", 6, tick, nil, session.VerdictRefused},
		{"ahead by one, lag of one", 6, tick, storeLag(1), session.VerdictRotated},
		{"ahead by two, lag of one", 7, tick, storeLag(1), session.VerdictRefused},
		{"ahead by two, lag of three", 7, tick, storeLag(3), session.VerdictRotated},
		{"current, with lag", 5, tick, storeLag(1), session.VerdictRotated},
		{"grandparent, with lag", 3, tick, storeLag(5), session.VerdictReused},
		{"idle for too long", 5, tick, func(s *session.Session, r *session.Rotation) { s.IdleExpires = r.Now }, session.VerdictRefused},
		{"expired", 5, tick, func(s *session.Session, r *session.Rotation) { s.Expires = r.Now }, session.VerdictRefused},
		{"expired, reuse", 2, tick, func(s *session.Session, r *session.Rotation) { s.Expires = r.Now }, session.VerdictRefused},
		{"revoked", 5, tick, revoked, session.VerdictRefused},
		{"revoked, within grace", 4, tick, revoked, session.VerdictRefused},
		{"revoked, reuse", 2, tick, revoked, session.VerdictRefused},
		{"never longer than the session", 5, tick, idleTTL(1000 * time.Hour), session.VerdictRotated},
		{"shorter than before", 5, tick, idleTTL(tick), session.VerdictRotated},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSession("alice")
			s.Generation, s.Replays, s.LateReplays = 5, 2, 1
			r := newRotation(s, c.presented, start.Add(c.after))
			r.Grace, r.LateReplays = grace, 1
			if c.change != nil {
				c.change(&s, &r)
			}
			create(t, store, s)
			neighbour := create(t, store, newSession("alice"))

			want, _ := r.Decide(s)
			same(t, "RotateSession", rotate(t, store, r, c.want), want)
			stored(t, store, want)
			stored(t, store, neighbour)
		})
	}
}

func lateReplays(budget int) func(*session.Session, *session.Rotation) {
	return func(_ *session.Session, r *session.Rotation) { r.LateReplays = budget }
}

func storeLag(lag int64) func(*session.Session, *session.Rotation) {
	return func(_ *session.Session, r *session.Rotation) { r.StoreLag = lag }
}

func idleTTL(ttl time.Duration) func(*session.Session, *session.Rotation) {
	return func(_ *session.Session, r *session.Rotation) { r.IdleTTL = ttl }
}

func strict(_ *session.Session, r *session.Rotation) { r.Grace = 0 }

func strictButLate(_ *session.Session, r *session.Rotation) { r.Grace, r.LateReplays = 0, 2 }

func revoked(s *session.Session, _ *session.Rotation) {
	s.RevokedAt, s.RevokeReason = start, session.ReasonLogout
}

func rotatesUnknown(t *testing.T, store session.Store) {
	create(t, store, newSession("alice"))
	for _, generation := range []int64{0, 1} {
		r := newRotation(newSession("alice"), generation, start)
		r.StoreLag = 9
		same(t, "RotateSession of an unknown session", rotate(t, store, r, session.VerdictRefused), session.Session{})
	}
}

func rotatesChain(t *testing.T, store session.Store) {
	s := create(t, store, newSession("alice"))
	now := start
	for generation := range int64(20) {
		now = now.Add(20 * time.Minute) // three are longer than the idle lifetime
		got := rotate(t, store, newRotation(s, generation, now), session.VerdictRotated)
		if got.Generation != generation+1 {
			t.Fatalf("RotateSession(generation %d): got generation %d, want %d", generation, got.Generation, generation+1)
		}
	}
	s.Generation, s.RotatedAt, s.LastSeen, s.IdleExpires = 20, now, now, now.Add(time.Hour)
	stored(t, store, s)
	// Every generation that ever was is known to be spent.
	rotate(t, store, newRotation(s, 7, now), session.VerdictReused)
	rotate(t, store, newRotation(s, 20, now), session.VerdictRefused)
	s.RevokedAt, s.RevokeReason = now, session.ReasonReuse
	stored(t, store, s)
}

func rotatesLate(t *testing.T, store session.Store) {
	s := create(t, store, newSession("alice"))
	r := newRotation(s, 0, start)
	r.Grace, r.LateReplays = 30*time.Second, 1
	rotate(t, store, r, session.VerdictRotated)
	for _, step := range []struct {
		after time.Duration
		want  session.Verdict
	}{
		{30 * time.Second, session.VerdictReplayed},
		{45 * time.Second, session.VerdictReplayed}, // the late one
		{75 * time.Second, session.VerdictReplayed}, // within the new grace
		{76 * time.Second, session.VerdictReused},
	} {
		r.Now = start.Add(step.after)
		s = rotate(t, store, r, step.want)
	}
	if s.Replays != 3 || s.LateReplays != 1 {
		t.Errorf("after the replays: got Replays %d and LateReplays %d, want 3 and 1", s.Replays, s.LateReplays)
	}
}
