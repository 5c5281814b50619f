package session

import (
	"context"
	"errors"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
)

// Logout ends the session of a verified token, access or refresh. It is done,
// durably, when it returns nil; ending a session that has ended is no error.
// After any error it may be repeated: the access tokens may be refused already.
func (m *Manager) Logout(ctx context.Context, c *authsdk.Claims) error {
	if c.SessionID == "" {
		return nil // a token without a session cannot be ended here
	}
	if err := m.Own(c); err != nil {
		return err
	}
	return m.revoke(ctx, Match{ID: c.SessionID}, c.Subject, ReasonLogout)
}

// LogoutAll ends every session of subject.
func (m *Manager) LogoutAll(ctx context.Context, subject string) error {
	return m.revoke(ctx, Match{Subject: subject}, subject, ReasonLogout)
}

// LogoutOthers ends every session of the subject of a verified token but its
// own: for "log out my other devices", and after a change of the password.
func (m *Manager) LogoutOthers(ctx context.Context, c *authsdk.Claims) error {
	if err := m.Own(c); err != nil {
		return err
	}
	return m.revoke(ctx, Match{Subject: c.Subject, Except: c.SessionID}, c.Subject, ReasonLogout)
}

// Revoke ends one session of subject. It returns authsdk.ErrSessionNotFound if subject
// has no live session with that ID.
func (m *Manager) Revoke(ctx context.Context, subject, id string) error {
	if id == "" || subject == "" {
		return authsdk.ErrSessionNotFound
	}
	revoked, err := End(ctx, m.cfg.Store, m.cfg.Revocations, Match{ID: id, Subject: subject}, m.now(), ReasonLogout)
	if err != nil {
		return err
	}
	if len(revoked) == 0 {
		return authsdk.ErrSessionNotFound
	}
	m.tell(ctx, EventRevoke, id, subject, ReasonLogout)
	return nil
}

func (m *Manager) revoke(ctx context.Context, match Match, subject, reason string) error {
	revoked, err := End(ctx, m.cfg.Store, m.cfg.Revocations, match, m.now(), reason)
	for _, id := range revoked {
		m.tell(ctx, EventRevoke, id, subject, reason)
	}
	return err
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
