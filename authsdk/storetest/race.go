package storetest

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk/session"
)

// callers is how many present the same token at the same moment.
const callers = 64

func raceOneSuccessor(t *testing.T, store session.Store) {
	s := create(t, store, newSession("alice"))
	now := start
	for round := range int64(rounds(30)) {
		now = now.Add(time.Second)
		r := newRotation(s, round, now)
		r.Grace = time.Minute
		outcomes := rotateTogether(t.Context(), store, callers, r)
		verdicts(t, outcomes, map[session.Verdict]int{session.VerdictRotated: 1, session.VerdictReplayed: callers - 1})
		for _, o := range outcomes {
			if o.session.Generation != round+1 {
				t.Fatalf("round %d, %s: got generation %d, want %d", round, o.verdict, o.session.Generation, round+1)
			}
		}
		s.Generation, s.Replays = round+1, callers-1
		s.RotatedAt, s.LastSeen, s.IdleExpires = now, now, now.Add(time.Hour)
		stored(t, store, s)
	}
}

func raceStrict(t *testing.T, store session.Store) {
	for range rounds(12) {
		s := create(t, store, newSession("alice"))
		outcomes := rotateTogether(t.Context(), store, callers, newRotation(s, 0, start))
		verdicts(t, outcomes, map[session.Verdict]int{
			session.VerdictRotated: 1, session.VerdictReused: 1, session.VerdictRefused: callers - 2,
		})
		s.Generation, s.RevokedAt, s.RevokeReason = 1, start, session.ReasonReuse
		stored(t, store, s)
	}
}

func raceReuse(t *testing.T, store session.Store) {
	for range rounds(12) {
		s := newSession("alice")
		s.Generation = 3
		create(t, store, s)
		r := newRotation(s, 1, start)
		r.Grace, r.LateReplays, r.StoreLag = time.Minute, 5, 5
		outcomes := rotateTogether(t.Context(), store, callers, r)
		verdicts(t, outcomes, map[session.Verdict]int{session.VerdictReused: 1, session.VerdictRefused: callers - 1})
		s.RevokedAt, s.RevokeReason = start, session.ReasonReuse
		stored(t, store, s)
	}
}

func raceLateReplays(t *testing.T, store session.Store) {
	for range rounds(6) {
		s := newSession("alice")
		s.Generation = 1
		create(t, store, s)
		r := newRotation(s, 0, start.Add(10*time.Minute))
		r.Grace, r.LateReplays = time.Minute, 1
		verdicts(t, rotateTogether(t.Context(), store, callers, r), map[session.Verdict]int{session.VerdictReplayed: callers})
		s.Replays, s.LateReplays, s.RotatedAt = callers, 1, r.Now
		stored(t, store, s)

		// Without a grace each of them spends one.
		s = newSession("alice")
		s.Generation = 1
		create(t, store, s)
		r.SessionID, r.Grace, r.LateReplays = s.ID, 0, 3
		verdicts(t, rotateTogether(t.Context(), store, callers, r), map[session.Verdict]int{
			session.VerdictReplayed: 3, session.VerdictReused: 1, session.VerdictRefused: callers - 4,
		})
	}
}

// raceLogout refreshes the sessions of a subject as fast as it can while they
// are ended. What begins after that has returned must be refused.
func raceLogout(t *testing.T, store session.Store) {
	for range rounds(12) {
		var (
			sessions          = make([]session.Session, 8)
			begun, refreshing sync.WaitGroup
			ended             atomic.Bool
		)
		for i := range sessions {
			s := create(t, store, newSession("alice"))
			sessions[i] = s
			begun.Add(1)
			refreshing.Go(func() {
				haveBegun := sync.OnceFunc(begun.Done)
				defer haveBegun()
				for generation := int64(0); ; generation++ {
					after := ended.Load()
					_, verdict, err := store.RotateSession(t.Context(), newRotation(s, generation, start))
					switch {
					case err != nil || verdict != session.VerdictRotated && verdict != session.VerdictRefused:
						t.Errorf("RotateSession of a current token: got %s and error %v, want rotated or refused", verdict, err)
						return
					case verdict == session.VerdictRefused:
						return
					case after:
						t.Error("RotateSession that began after RevokeSessions had returned: got rotated, want refused")
						return
					}
					haveBegun()
				}
			})
		}
		begun.Wait()
		got, err := store.RevokeSessions(t.Context(), session.Match{Subject: "alice"}, start, session.ReasonLogout)
		ended.Store(true)
		if err != nil {
			t.Errorf("RevokeSessions: %v", err)
		}
		sameIDs(t, "revoked", got, ids(sessions)...)
		for i := range sessions {
			if sessions[i], err = store.Session(t.Context(), sessions[i].ID); err != nil {
				t.Errorf("Session: %v", err)
			}
			if !sessions[i].RevokedAt.Equal(start) || sessions[i].RevokeReason != session.ReasonLogout {
				t.Errorf("Session after logout: got %+v, want it revoked for logout", sessions[i])
			}
		}
		refreshing.Wait()
		for _, s := range sessions {
			stored(t, store, s)
		}
	}
}

func raceChanges(t *testing.T, store session.Store) {
	const changes = 50
	s := create(t, store, newSession("alice"))
	at := func(i int) time.Time { return start.Add(time.Duration(i) * time.Second) }
	together(2, func(who int) any {
		for i := range changes {
			if who == 0 {
				_, verdict, err := store.RotateSession(t.Context(), newRotation(s, int64(i), at(i)))
				if err != nil || verdict != session.VerdictRotated {
					t.Errorf("RotateSession(generation %d): got %s and error %v, want rotated", i, verdict, err)
				}
			} else if _, err := store.MarkAuthenticated(t.Context(), s.ID, at(i)); err != nil {
				t.Errorf("MarkAuthenticated: %v", err)
			}
		}
		return nil
	})
	last := at(changes - 1)
	got, err := store.Session(t.Context(), s.ID)
	if err != nil {
		t.Fatalf("Session: %v", err)
	}
	s.LastSeen = got.LastSeen // of whoever was last
	s.Generation, s.RotatedAt, s.AuthTime, s.IdleExpires = changes, last, last, last.Add(time.Hour)
	same(t, "Session", got, s)
}

func raceRevoke(t *testing.T, store session.Store) {
	for range rounds(6) {
		want := make([]string, 5)
		for i := range want {
			want[i] = create(t, store, newSession("alice")).ID
		}
		var got []string
		for _, revoked := range together(16, func(i int) []string {
			match := session.Match{Subject: "alice"}
			if i%2 == 1 {
				match = session.Match{ID: want[i%5]}
			}
			revoked, err := store.RevokeSessions(t.Context(), match, start, session.ReasonLogout)
			if err != nil {
				t.Errorf("RevokeSessions: %v", err)
			}
			return revoked
		}) {
			got = append(got, revoked...)
		}
		sameIDs(t, "revoked by all callers", got, want...)
	}
}

func raceCreate(t *testing.T, store session.Store) {
	const most = 3
	sessions := make([]session.Session, 32)
	for i := range sessions {
		sessions[i] = seen("alice", 100+i%4)
	}
	var evicted []string
	for _, gone := range together(len(sessions), func(i int) []string {
		gone, err := store.CreateSession(t.Context(), sessions[i], most)
		if err != nil {
			t.Errorf("CreateSession: %v", err)
		}
		return gone
	}) {
		evicted = append(evicted, gone...)
	}
	list, err := store.Sessions(t.Context(), "alice", start.Add(110*time.Second))
	if err != nil {
		t.Fatalf("Sessions: %v", err)
	}
	if len(list) != most {
		t.Errorf("live sessions after %d concurrent creates: got %d, want %d", len(sessions), len(list), most)
	}
	sameIDs(t, "live and evicted", append(ids(list), evicted...), ids(sessions)...)
}
