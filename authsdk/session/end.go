package session

import (
	"context"
	"errors"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
)

// Logout ends the session of a verified token, access or refresh. It is done,
// durably, when it returns nil; ending a session that has ended is no error.
func (m *Manager) Logout(ctx context.Context, c *authsdk.Claims) error {
	if c.SessionID == "" {
		return nil // a token without a session cannot be ended here
	}
	return m.revoke(ctx, Match{ID: c.SessionID}, c.Subject, ReasonLogout)
}

// LogoutAll ends every session of subject.
func (m *Manager) LogoutAll(ctx context.Context, subject string) error {
	return m.revoke(ctx, Match{Subject: subject}, subject, ReasonLogout)
}

// Revoke ends one session of subject. It returns authsdk.ErrSessionNotFound if subject
// has no live session with that ID.
func (m *Manager) Revoke(ctx context.Context, subject, id string) error {
	if id == "" || subject == "" {
		return authsdk.ErrSessionNotFound
	}
	revoked, err := m.cfg.Store.RevokeSessions(ctx, Match{ID: id, Subject: subject}, m.now(), ReasonLogout)
	if err != nil {
		return authsdk.Unknown("revoke session", err)
	}
	if len(revoked) == 0 {
		return authsdk.ErrSessionNotFound
	}
	m.tell(ctx, EventRevoke, id, subject, ReasonLogout)
	return nil
}

func (m *Manager) revoke(ctx context.Context, match Match, subject, reason string) error {
	revoked, err := m.cfg.Store.RevokeSessions(ctx, match, m.now(), reason)
	if err != nil {
		return authsdk.Unknown("revoke session", err)
	}
	for _, id := range revoked {
		m.tell(ctx, EventRevoke, id, subject, reason)
	}
	return nil
}

// List returns the live sessions of subject, the most recently seen first.
func (m *Manager) List(ctx context.Context, subject string) ([]Session, error) {
	sessions, err := m.cfg.Store.Sessions(ctx, subject, m.now())
	if err != nil {
		return nil, authsdk.Unknown("sessions", err)
	}
	return sessions, nil
}

// Revoked reports whether the session of c has ended, for
// [authsdk.VerifierConfig.Revoked]. A session that the store does not know has ended:
// a store that came back empty makes no token good. Tokens without a session
// are not revoked.
func (m *Manager) Revoked(ctx context.Context, c *authsdk.Claims) (bool, error) {
	if c.SessionID == "" {
		return false, nil
	}
	session, err := m.cfg.Store.Session(ctx, c.SessionID)
	if errors.Is(err, authsdk.ErrSessionNotFound) {
		return true, nil
	}
	if err != nil {
		return false, authsdk.Unknown("session", err)
	}
	return !session.Live(m.now()) || session.Subject != c.Subject, nil
}

// Prune deletes sessions that ended a day ago or earlier, in batches, until
// none is left or ctx ends. It returns how many it deleted.
func (m *Manager) Prune(ctx context.Context) (int, error) { return Prune(ctx, m.cfg.Store, m.now()) }

// Prune is [Manager.Prune] for programs that have nothing but the store.
func Prune(ctx context.Context, store Store, now time.Time) (int, error) {
	before := now.Add(-pruneAfter)
	total := 0
	for {
		n, err := store.PruneSessions(ctx, before, pruneBatch)
		total += n
		if err != nil {
			return total, authsdk.Unknown("prune sessions", err)
		}
		if n < pruneBatch {
			return total, nil
		}
	}
}
