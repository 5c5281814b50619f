package session

import "time"

// Event is something that happened to a session, for audit logs and alarms.
// It holds no secret.
type Event struct {
	// Kind is one of the Event constants.
	Kind      string
	Time      time.Time
	SessionID string
	Subject   string
	// Reason tells more: the reason of a revocation.
	Reason string
}

// The kinds of events.
const (
	// EventLogin: a session began.
	EventLogin = "login"
	// EventRefresh: a session was refreshed.
	EventRefresh = "refresh"
	// EventReplay: a refresh token came again and got the same successor.
	EventReplay = "refresh_replayed"
	// EventReuse: a spent refresh token came, which a thief or its victim
	// holds; the session was revoked. Each session has at most one.
	EventReuse = "reuse_detected"
	// EventReauthenticate: the password was proved again.
	EventReauthenticate = "reauthenticate"
	// EventRevoke: a session was ended, for Reason.
	EventRevoke = "session_revoked"
)
