package session

import (
	"context"
	"regexp"
	"time"
)

// Session is one login of one device and all that follows from it: one row of
// constant size. Times have a resolution of one millisecond.
type Session struct {
	// ID is random: 26 characters of base32.
	ID      string
	Subject string
	// Label tells the person which device it is.
	Label string
	// Generation counts the refreshes. The refresh token of this generation is
	// the current one; every earlier one is known by its number for ever.
	Generation int64
	// RotatedAt is when Generation became current, Replays how often its
	// predecessor was presented again since, and LateReplays how many of the
	// session's late replays are spent.
	RotatedAt   time.Time
	Replays     int
	LateReplays int
	// CreatedAt is the login, AuthTime the last proof of the password,
	// LastSeen the last login or refresh.
	CreatedAt, AuthTime, LastSeen time.Time
	// IdleExpires moves with every rotation, Expires never.
	IdleExpires, Expires time.Time
	// RevokedAt is zero while the session lives. RevokeReason is one of the
	// Reason constants.
	RevokedAt    time.Time
	RevokeReason string
	// CSRFSecret is what the CSRF values of the session are made from; empty
	// if its tokens do not travel in cookies.
	CSRFSecret []byte
}

// ValidID reports whether id has the form of a session's ID. One that has not
// belongs to no session.
func ValidID(id string) bool { return ids.MatchString(id) }

var ids = regexp.MustCompile(`^[A-Za-z0-9_-]{16,128}$`)

// Live reports whether the session can be refreshed at now.
func (s *Session) Live(now time.Time) bool {
	return s.RevokedAt.IsZero() && now.Before(s.IdleExpires) && now.Before(s.Expires)
}

// Why a session was revoked.
const (
	ReasonLogout  = "logout"  // by its owner
	ReasonReuse   = "reuse"   // a spent refresh token was presented
	ReasonEvicted = "evicted" // the subject had too many sessions
	ReasonAccount = "account" // the account is gone or disabled
)

// Store keeps sessions. The packages memstore, sqlitestore and their
// siblings implement it, and storetest checks an implementation.
//
// Times are truncated to whole milliseconds when they come in; r.Now of a
// [Rotation] before its IdleTTL is added. "Live" is [Session.Live] at the time
// that the call gives.
//
// All methods may be called concurrently, from several processes where the
// engine allows it. A write has happened, durably as far as the engine
// can, when the method returns nil; when it returns an error it may or may not
// have happened. Errors other than the named ones mean "cannot know".
type Store interface {
	// CreateSession adds s; an ID that is taken is an error, and changes
	// nothing. If the subject then has more than most live sessions at
	// s.CreatedAt, the least recently seen others are revoked with
	// ReasonEvicted, and their IDs are returned, in that order. Zero means no
	// limit.
	CreateSession(ctx context.Context, s Session, most int) (evicted []string, err error)
	// Session returns one session, revoked or not, or authsdk.ErrSessionNotFound.
	Session(ctx context.Context, id string) (Session, error)
	// Sessions returns the live sessions of subject at now, the most recently
	// seen first.
	Sessions(ctx context.Context, subject string, now time.Time) ([]Session, error)
	// RotateSession decides on a presented refresh token and writes the
	// verdict, in one atomic step: of any number of concurrent calls exactly
	// one sees VerdictRotated for a generation, and exactly one VerdictReused
	// for a session. It behaves as [Rotation.Decide] on the stored session. An
	// unknown session gets VerdictRefused and a zero Session.
	RotateSession(ctx context.Context, r Rotation) (Session, Verdict, error)
	// RevokeSessions revokes the live sessions that match, and returns the IDs
	// of those that this call revoked.
	RevokeSessions(ctx context.Context, match Match, at time.Time, reason string) ([]string, error)
	// MarkAuthenticated sets AuthTime and LastSeen of a live session and
	// returns it, or authsdk.ErrSessionNotFound if it is unknown or not live at at.
	MarkAuthenticated(ctx context.Context, id string, at time.Time) (Session, error)
	// PruneSessions deletes up to limit sessions that ended (by Expires,
	// IdleExpires or RevokedAt) before the given time, and returns how many.
	// A limit below one deletes nothing.
	PruneSessions(ctx context.Context, before time.Time, limit int) (int, error)
}

// Match selects sessions: all that are set must fit. The zero value
// matches nothing.
type Match struct {
	ID, Subject string
	// Except leaves one session out.
	Except string
}

// Matches reports whether s is selected.
func (m Match) Matches(s *Session) bool {
	return (m.ID != "" || m.Subject != "") &&
		(m.ID == "" || m.ID == s.ID) &&
		(m.Subject == "" || m.Subject == s.Subject) &&
		(m.Except == "" || m.Except != s.ID)
}
