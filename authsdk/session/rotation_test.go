package session_test

import (
	"strings"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk/session"
)

// TestDecide is the table of the rotation.
func TestDecide(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	base := session.Session{
		ID: "s", Generation: 5, RotatedAt: at, LastSeen: at, IdleExpires: at.Add(time.Hour), Expires: at.Add(10 * time.Hour), Replays: 2,
	}
	with := func(change func(*session.Session)) session.Session {
		s := base
		change(&s)
		return s
	}
	const grace = 30 * time.Second
	for _, tt := range []struct {
		name  string
		s     session.Session
		gen   int64
		after time.Duration
		late  int
		lag   int64
		grace time.Duration
		want  session.Verdict
	}{
		{"current", base, 5, time.Minute, 0, 0, grace, session.VerdictRotated},
		{"current, strict", base, 5, 0, 0, 0, 0, session.VerdictRotated},
		{"predecessor at once", base, 4, 0, 0, 0, grace, session.VerdictReplayed},
		{"predecessor at the edge", base, 4, grace, 0, 0, grace, session.VerdictReplayed},
		{"predecessor, clock went back", base, 4, -time.Minute, 0, 0, grace, session.VerdictReplayed},
		{"predecessor after the grace", base, 4, grace + time.Millisecond, 0, 0, grace, session.VerdictReused},
		{"predecessor at once, strict", base, 4, 0, 0, 0, 0, session.VerdictReused},
		{"predecessor late, in budget", base, 4, time.Minute, 1, 0, grace, session.VerdictReplayed},
		{"predecessor late, budget spent", with(func(s *session.Session) { s.LateReplays = 1 }), 4, time.Minute, 1, 0, grace, session.VerdictReused},
		{"grandparent at once", base, 3, 0, 9, 9, grace, session.VerdictReused},
		{"first of all", base, 0, 0, 9, 0, grace, session.VerdictReused},
		{"ahead", base, 6, 0, 0, 0, grace, session.VerdictRefused},
		{"ahead by what was lost", base, 6, 0, 0, 1, grace, session.VerdictRotated},
		{"ahead by more", base, 7, 0, 0, 1, grace, session.VerdictRefused},
		{"idle too long", base, 5, time.Hour, 0, 0, grace, session.VerdictRefused},
		{"predecessor of one idle too long", base, 3, time.Hour, 0, 0, grace, session.VerdictRefused},
		{"over", with(func(s *session.Session) { s.Expires = at }), 5, 0, 0, 0, grace, session.VerdictRefused},
		{"revoked", with(func(s *session.Session) { s.RevokedAt = at }), 5, 0, 0, 0, grace, session.VerdictRefused},
		{"revoked, reused", with(func(s *session.Session) { s.RevokedAt = at }), 1, 0, 0, 0, grace, session.VerdictRefused},
	} {
		now := at.Add(tt.after)
		r := session.Rotation{Generation: tt.gen, Now: now, Grace: tt.grace, LateReplays: tt.late, StoreLag: tt.lag, IdleTTL: 2 * time.Hour}
		got, verdict := r.Decide(tt.s)
		if verdict != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, verdict, tt.want)
			continue
		}
		want := tt.s
		switch verdict {
		case session.VerdictRotated:
			want.Generation, want.RotatedAt, want.LastSeen, want.Replays = tt.gen+1, now, now, 0
			want.IdleExpires = now.Add(2 * time.Hour)
		case session.VerdictReplayed:
			want.Replays++
			if tt.after > tt.grace {
				want.LateReplays++
				want.RotatedAt = now
			}
		case session.VerdictReused:
			want.RevokedAt, want.RevokeReason = now, session.ReasonReuse
		case session.VerdictRefused:
		}
		if got.ID != want.ID || got.Generation != want.Generation || !got.RotatedAt.Equal(want.RotatedAt) || got.Replays != want.Replays ||
			got.LateReplays != want.LateReplays || !got.LastSeen.Equal(want.LastSeen) || !got.IdleExpires.Equal(want.IdleExpires) ||
			!got.RevokedAt.Equal(want.RevokedAt) || got.RevokeReason != want.RevokeReason {
			t.Errorf("%s:\n got %+v\nwant %+v", tt.name, got, want)
		}
	}
	end := session.Rotation{Generation: 5, Now: at, IdleTTL: 100 * time.Hour}
	if got, _ := end.Decide(base); !got.IdleExpires.Equal(base.Expires) {
		t.Errorf("the idle lifetime goes to %s, beyond the end %s", got.IdleExpires, base.Expires)
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	var words []string
	for v := session.VerdictRefused; v <= session.VerdictReused+1; v++ {
		words = append(words, v.String())
	}
	if got := strings.Join(words, " "); got != "refused rotated replayed reused unknown" {
		t.Errorf("verdicts %s", got)
	}
	s := session.Session{ID: "id", Subject: "alice"}
	for _, tt := range []struct {
		m    session.Match
		want bool
	}{
		{session.Match{}, false},
		{session.Match{Except: "other"}, false},
		{session.Match{ID: "id"}, true},
		{session.Match{ID: "other"}, false},
		{session.Match{Subject: "alice"}, true},
		{session.Match{Subject: "bob"}, false},
		{session.Match{ID: "id", Subject: "bob"}, false},
		{session.Match{Subject: "alice", Except: "id"}, false},
		{session.Match{Subject: "alice", Except: "other"}, true},
	} {
		if got := tt.m.Matches(&s); got != tt.want {
			t.Errorf("%+v matches: %v, want %v", tt.m, got, tt.want)
		}
	}
	for id, want := range map[string]bool{"": false, "short": false, "ABCDEFGHIJKLMNOPQRSTUVWXYZ": true, "../../etc/passwd/xx": false, strings.Repeat("a", 129): false} {
		if got := session.ValidID(id); got != want {
			t.Errorf("ValidID(%q) = %v", id, got)
		}
	}
}
