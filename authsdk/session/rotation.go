package session

import "time"

// Rotation is the question whether a presented refresh token may be exchanged.
type Rotation struct {
	SessionID string
	// Generation is that of the presented token.
	Generation int64
	Now        time.Time
	// Grace is how long after a rotation the immediate predecessor gets the
	// same successor again.
	Grace time.Duration
	// LateReplays is how many times in the life of a session the immediate
	// predecessor may come after the grace.
	LateReplays int
	// StoreLag is how many generations the store may have forgotten.
	StoreLag int64
	// IdleTTL is how long the session lives on after a rotation.
	IdleTTL time.Duration
}

// Verdict is the answer to a [Rotation].
type Verdict int

// The verdicts.
const (
	// VerdictRefused: unknown, expired or revoked before, or ahead of the
	// store. Nothing was changed.
	VerdictRefused Verdict = iota
	// VerdictRotated: the token was current. Its successor is current now.
	VerdictRotated
	// VerdictReplayed: the token was the immediate predecessor, and its
	// successor, which is current, is to be handed out again.
	VerdictReplayed
	// VerdictReused: a spent token. This very call revoked the session.
	VerdictReused
)

// String returns the verdict's name.
func (v Verdict) String() string {
	switch v {
	case VerdictRefused:
		return "refused"
	case VerdictRotated:
		return "rotated"
	case VerdictReplayed:
		return "replayed"
	case VerdictReused:
		return "reused"
	}
	return "unknown"
}

// Decide returns the verdict on r for the stored session s, and s as it is to
// be stored then. After VerdictRotated and VerdictReplayed the refresh token
// to hand out is the one of generation r.Generation+1.
//
// It is the one definition of the rotation: stores that can lock a row call
// it, and the others' statements are held against it.
func (r Rotation) Decide(s Session) (Session, Verdict) {
	if !s.Live(r.Now) {
		return s, VerdictRefused
	}
	switch behind := s.Generation - r.Generation; {
	case behind < -r.StoreLag:
		return s, VerdictRefused
	case behind <= 0: // current, or a tail that the store forgot
		s.Generation = r.Generation + 1
		s.RotatedAt, s.LastSeen = r.Now, r.Now
		s.Replays = 0
		s.IdleExpires = earlier(r.Now.Add(r.IdleTTL), s.Expires)
		return s, VerdictRotated
	case behind == 1 && r.Now.Sub(s.RotatedAt) <= r.Grace && r.Grace > 0:
		s.Replays++
		return s, VerdictReplayed
	case behind == 1 && s.LateReplays < r.LateReplays:
		// The grace begins anew, so that the other callers that held the same
		// token do not each spend a late replay. Each session can do this only
		// as often as its budget allows.
		s.Replays++
		s.LateReplays++
		s.RotatedAt = r.Now
		return s, VerdictReplayed
	}
	s.RevokedAt = r.Now
	s.RevokeReason = ReasonReuse
	return s, VerdictReused
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
