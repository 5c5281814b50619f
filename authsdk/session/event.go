package session

import (
	"context"
	"log/slog"
	"time"
)

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

// LogTo returns a Config.OnEvent that writes every event to log, with its kind as
// the message: EventReuse as a warning, everything else as information. Time is
// that of the log's own clock.
func LogTo(log *slog.Logger) func(context.Context, Event) {
	return func(ctx context.Context, e Event) {
		level := slog.LevelInfo
		if e.Kind == EventReuse {
			level = slog.LevelWarn
		}
		attrs := []slog.Attr{slog.String("session", e.SessionID), slog.String("subject", e.Subject)}
		if e.Reason != "" {
			attrs = append(attrs, slog.String("reason", e.Reason))
		}
		log.LogAttrs(ctx, level, e.Kind, attrs...) //nolint:sloglint // kinds are constants
	}
}
