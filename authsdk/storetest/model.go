package storetest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/session"
)

// histories runs random histories through the store and through a model made
// of session.Rotation.Decide, session.Match.Matches and session.Session.Live,
// and compares every answer, after every step the live sessions, and in the
// end all that is stored.
func histories(t *testing.T, store session.Store, prunes bool) {
	rapid.Check(t, func(rt *rapid.T) {
		m := &model{store: store, ctx: t.Context(), now: start, sessions: map[string]*session.Session{}, run: rand.Text()}
		// What the history before this one left has all ended by then, and
		// where nothing is pruned it is somebody else's.
		if _, err := store.PruneSessions(m.ctx, start.AddDate(1000, 0, 0), 1<<20); err != nil {
			rt.Fatalf("PruneSessions: %v", err)
		}
		m.create(rt)
		actions := map[string]func(*rapid.T){
			"":                  m.compareLive,
			"Sessions":          m.list,
			"CreateSession":     m.create,
			"RevokeSessions":    m.revoke,
			"MarkAuthenticated": m.mark,
			// What goes wrong goes wrong here, so it happens more often.
			"RotateSession": m.rotate, "RotateSession 2": m.rotate, "RotateSession 3": m.rotate, "RotateSession 4": m.rotate,
			"tick": m.tick, "tick 2": m.tick,
		}
		if prunes {
			actions["PruneSessions"] = m.prune
		}
		rt.Repeat(actions)
		m.compare(rt, func(session.Session) bool { return true })
	})
}

type model struct {
	store    session.Store
	ctx      context.Context //nolint:containedctx // of the test
	now      time.Time
	sessions map[string]*session.Session
	made     int
	// run is what no other history has.
	run string
}

// subject draws one of two subjects.
func (m *model) subject(t *rapid.T) string {
	return rapid.SampledFrom([]string{"alice ", "bob "}).Draw(t, "subject") + m.run
}

var (
	// steps are what the clock does; it goes back too, as clocks do.
	steps = rapid.SampledFrom([]time.Duration{
		0, time.Millisecond, time.Second, 30 * time.Second, 31 * time.Second, 999 * time.Millisecond, time.Minute,
		30*time.Second + time.Millisecond, 29 * time.Second, 10 * time.Minute, -time.Millisecond, -time.Minute, time.Hour,
	})
	lifetimes = rapid.SampledFrom([]time.Duration{
		24 * time.Hour, 23 * time.Hour, 22 * time.Hour, 21 * time.Hour, 2 * time.Hour, time.Hour, 10 * time.Minute,
		1500 * time.Microsecond, time.Millisecond, 0,
	})
	graces = rapid.SampledFrom([]time.Duration{
		30 * time.Second, 0, 5 * time.Minute, time.Second, time.Millisecond, 500 * time.Microsecond,
	})
	// presented is the generation that is presented, relative to the stored one.
	presented = rapid.SampledFrom([]int64{0, 0, 0, -1, -1, -1, -1, -2, -3, 1, 2})
	// finer is what a clock says beyond the milliseconds that stores keep.
	finer = rapid.SampledFrom([]time.Duration{0, time.Nanosecond, 999999})
)

// millis is t as it is to be stored.
func millis(t time.Time) time.Time { return t.Truncate(time.Millisecond) }

func (m *model) tick(t *rapid.T) { m.now = m.now.Add(steps.Draw(t, "step")) }

// id draws the ID of a session: mostly of a live one, at times of none.
func (m *model) id(t *rapid.T) string {
	all := slices.Sorted(maps.Keys(m.sessions))
	live := slices.DeleteFunc(slices.Clone(all), func(id string) bool { return !m.sessions[id].Live(m.now) })
	switch which := rapid.IntRange(1, 8).Draw(t, "which"); {
	case which <= 6 && len(live) > 0:
		return rapid.SampledFrom(live).Draw(t, "live")
	case which <= 7 && len(all) > 0:
		return rapid.SampledFrom(all).Draw(t, "any")
	}
	return "UNKNOWN-SESSION-0000000000"
}

// live returns the live sessions of subject, the most recently seen first.
func (m *model) live(subject string) (list []session.Session) {
	for _, s := range m.sessions {
		if s.Subject == subject && s.Live(m.now) {
			list = append(list, *s)
		}
	}
	slices.SortFunc(list, func(a, b session.Session) int { return b.LastSeen.Compare(a.LastSeen) })
	return list
}

func (m *model) create(t *rapid.T) {
	if len(m.sessions) == 6 {
		t.Skip("enough for whatever can happen between sessions")
	}
	m.made++
	s := session.Session{
		ID: fmt.Sprintf("%s-%04d", m.run, m.made), Subject: m.subject(t), Label: rapid.String().Draw(t, "label"),
		Generation: rapid.Int64Range(0, 3).Draw(t, "generation"),
		RotatedAt:  m.now, CreatedAt: m.now, AuthTime: m.now, LastSeen: m.now.Add(min(0, steps.Draw(t, "seen"))),
		IdleExpires: m.now.Add(lifetimes.Draw(t, "idle")), Expires: m.now.Add(lifetimes.Draw(t, "absolute")),
		CSRFSecret: rapid.SliceOfN(rapid.Byte(), 0, 4).Draw(t, "secret"),
	}
	s.Label = strings.ReplaceAll(s.Label, "\x00", "") // which no label has, and not every engine keeps
	most := rapid.IntRange(0, 3).Draw(t, "most")
	evicted, err := m.store.CreateSession(m.ctx, s, most)
	if err != nil {
		t.Fatalf("CreateSession(%+v, %d): %v", s, most, err)
	}
	s.IdleExpires, s.Expires = millis(s.IdleExpires), millis(s.Expires)
	m.sessions[s.ID] = &s

	live := m.live(s.Subject)
	surplus := 0
	if most > 0 {
		surplus = max(0, len(live)-most)
	}
	others := slices.DeleteFunc(live, func(l session.Session) bool { return l.ID == s.ID })
	surplus = min(surplus, len(others))
	// Of those that were seen last at the same time, any may go.
	kept := slices.DeleteFunc(slices.Clone(others), func(l session.Session) bool { return slices.Contains(evicted, l.ID) })
	if len(evicted) != surplus || len(kept) != len(others)-surplus {
		t.Fatalf("CreateSession(most %d) with %d live: got evicted %q, want %d of %q", most, len(live), evicted, surplus, ids(others))
	}
	for _, id := range evicted {
		gone := m.sessions[id]
		for _, k := range kept {
			if k.LastSeen.Before(gone.LastSeen) {
				t.Fatalf("CreateSession: got %s evicted, want %s, which was seen less recently", id, k.ID)
			}
		}
		gone.RevokedAt, gone.RevokeReason = s.CreatedAt, session.ReasonEvicted
	}
}

func (m *model) rotate(t *rapid.T) {
	r := session.Rotation{
		SessionID: m.id(t), Now: m.now.Add(finer.Draw(t, "finer")),
		Generation:  presented.Draw(t, "presented"),
		Grace:       graces.Draw(t, "grace"),
		LateReplays: rapid.IntRange(0, 2).Draw(t, "late replays"),
		StoreLag:    rapid.Int64Range(0, 2).Draw(t, "store lag"),
		IdleTTL:     lifetimes.Draw(t, "idle"),
	}
	var (
		want    session.Session
		verdict = session.VerdictRefused
	)
	s := m.sessions[r.SessionID]
	if s != nil {
		r.Generation += s.Generation
		rounded := r
		rounded.Now = millis(r.Now)
		want, verdict = rounded.Decide(*s)
		want.IdleExpires = millis(want.IdleExpires)
	}
	got, gotVerdict, err := m.store.RotateSession(m.ctx, r)
	if err != nil || gotVerdict != verdict {
		t.Fatalf("RotateSession(%+v) of %+v: got %s and error %v, want %s", r, s, gotVerdict, err, verdict)
	}
	same(t, "RotateSession", got, want)
	if s != nil {
		*s = want
	}
}

func (m *model) revoke(t *rapid.T) {
	var match session.Match
	if rapid.Bool().Draw(t, "by ID") {
		match.ID = m.id(t)
	}
	if rapid.Bool().Draw(t, "by subject") {
		match.Subject = m.subject(t)
	}
	if rapid.Bool().Draw(t, "but one") {
		match.Except = m.id(t)
	}
	got, err := m.store.RevokeSessions(m.ctx, match, m.now.Add(finer.Draw(t, "finer")), session.ReasonLogout)
	if err != nil {
		t.Fatalf("RevokeSessions(%+v): %v", match, err)
	}
	var want []string
	for id, s := range m.sessions {
		if match.Matches(s) && s.Live(m.now) {
			want = append(want, id)
			s.RevokedAt, s.RevokeReason = m.now, session.ReasonLogout
		}
	}
	sameIDs(t, "revoked", got, want...)
}

func (m *model) mark(t *rapid.T) {
	id := m.id(t)
	got, err := m.store.MarkAuthenticated(m.ctx, id, m.now.Add(finer.Draw(t, "finer")))
	s := m.sessions[id]
	if s == nil || !s.Live(m.now) {
		if !errors.Is(err, authsdk.ErrSessionNotFound) {
			t.Fatalf("MarkAuthenticated of %+v: got %+v and error %v, want ErrSessionNotFound", s, got, err)
		}
		return
	}
	if err != nil {
		t.Fatalf("MarkAuthenticated of %+v: %v", s, err)
	}
	s.AuthTime, s.LastSeen = m.now, m.now
	same(t, "MarkAuthenticated", got, *s)
}

func (m *model) prune(t *rapid.T) {
	before, limit := m.now.Add(-lifetimes.Draw(t, "age")), rapid.IntRange(0, 3).Draw(t, "limit")
	before = millis(before)
	got, err := m.store.PruneSessions(m.ctx, before, limit)
	if err != nil {
		t.Fatalf("PruneSessions: %v", err)
	}
	ended := func(s *session.Session) bool {
		return s.Expires.Before(before) || s.IdleExpires.Before(before) || !s.RevokedAt.IsZero() && s.RevokedAt.Before(before)
	}
	all, deleted := 0, 0
	for id, s := range m.sessions {
		if !ended(s) {
			continue
		}
		all++
		if _, err := m.store.Session(m.ctx, id); errors.Is(err, authsdk.ErrSessionNotFound) { // any of them may go
			delete(m.sessions, id)
			deleted++
		}
	}
	if want := min(all, limit); got != want || deleted != want {
		t.Fatalf("PruneSessions with a limit of %d and %d to go: got %d, and %d are gone; want %d", limit, all, got, deleted, want)
	}
}

func (m *model) compareLive(t *rapid.T) {
	m.compare(t, func(s session.Session) bool { return s.Live(m.now) })
}

func (m *model) compare(t *rapid.T, which func(session.Session) bool) {
	for id, want := range m.sessions {
		if !which(*want) {
			continue
		}
		got, err := m.store.Session(m.ctx, id)
		if err != nil {
			t.Fatalf("Session(%s): %v", id, err)
		}
		same(t, "Session", got, *want)
	}
}

func (m *model) list(t *rapid.T) {
	subject := m.subject(t)
	got, err := m.store.Sessions(m.ctx, subject, m.now.Add(finer.Draw(t, "finer")))
	if err != nil {
		t.Fatalf("Sessions(%s): %v", subject, err)
	}
	if !slices.IsSortedFunc(got, func(a, b session.Session) int { return b.LastSeen.Compare(a.LastSeen) }) {
		t.Fatalf("Sessions(%s): got %+v, want the most recently seen first", subject, got)
	}
	same(t, "Sessions", byID(got), byID(m.live(subject)))
}
