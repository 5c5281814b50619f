package session

import (
	"context"
	"errors"
	"fmt"

	"github.com/authsdk/authsdk-go/authsdk"
)

// Refresh exchanges a refresh token, given by its verified claims, for a new
// pair. Presented once more within the grace it gives the same successor
// again. A token that was exchanged before that revokes its session, for one
// [EventReuse].
//
// Every token that cannot be exchanged gives authsdk.ErrTokenRevoked, whatever the
// reason, and an account that is gone authsdk.ErrUserNotFound, which ends the session.
// The token of an OAuth client gives authsdk.ErrTokenInvalid, and stays as it is:
// see RefreshFor. So does that of another issuer, see Own. After authsdk.ErrStoreUnavailable the token is still good.
func (m *Manager) Refresh(ctx context.Context, c *authsdk.Claims) (*authsdk.TokenPair, error) {
	return m.RefreshFor(ctx, c, Grant{})
}

// RefreshFor is Refresh by an OAuth client, which must be the one that the
// token was issued to (RFC 6749 section 6).
func (m *Manager) RefreshFor(ctx context.Context, c *authsdk.Claims, g Grant) (*authsdk.TokenPair, error) {
	if c.Type != authsdk.Refresh || c.SessionID == "" {
		return nil, fmt.Errorf("%w: not the refresh token of a session", authsdk.ErrTokenWrongType)
	}
	if c.ClientID != g.ClientID {
		return nil, fmt.Errorf("%w: issued to the client %q, presented by %q", authsdk.ErrTokenInvalid, c.ClientID, g.ClientID)
	}
	if err := m.Own(c); err != nil {
		return nil, err
	}
	session, err := m.cfg.Store.Session(ctx, c.SessionID)
	if err != nil {
		return nil, m.noSession(err)
	}
	rotation := Rotation{
		SessionID: c.SessionID, Generation: c.Generation, Now: m.now(),
		Grace: m.cfg.Grace, LateReplays: m.cfg.LateReplays, StoreLag: int64(m.cfg.StoreLag), IdleTTL: m.cfg.IdleTTL,
	}
	var pair *authsdk.TokenPair
	_, seen := rotation.Decide(session)
	switch seen {
	case VerdictReused: // and so it will be: generations only grow, and the grace only passes
		if err := publish(ctx, m.cfg.Revocations, []string{session.ID}); err != nil {
			return nil, err
		}
	case VerdictRotated, VerdictReplayed:
		account, err := m.account(ctx, c)
		if err != nil {
			return nil, err
		}
		if account, err = g.narrowed(account, c); err != nil {
			return nil, err
		}
		rotation.Now = m.now() // the grace must not be spent while accounts are slow
		expected, _ := rotation.Decide(session)
		expected.Generation = c.Generation + 1
		if pair, err = m.pair(ctx, expected, account, tokens{grant: g, granted: c.Scopes}); err != nil {
			return nil, err
		}
	case VerdictRefused:
	}
	stored, verdict, err := m.cfg.Store.RotateSession(ctx, rotation)
	if err != nil {
		return nil, authsdk.Unknown("rotate session", err)
	}
	switch {
	case verdict == VerdictReused:
		m.tell(ctx, EventReuse, c.SessionID, c.Subject, "")
		m.tell(ctx, EventRevoke, c.SessionID, c.Subject, ReasonReuse)
		if seen != VerdictReused { // somebody else refreshed in between
			if err := publishLate(ctx, m.cfg.Revocations, []string{c.SessionID}); err != nil {
				return nil, err
			}
		}
	case pair == nil:
		// The session was refused a moment ago and can be exchanged now: only
		// a clock that went back does that.
	case verdict == VerdictRotated:
		m.tell(ctx, EventRefresh, c.SessionID, c.Subject, "")
		return pair, nil
	case verdict == VerdictReplayed:
		m.tell(ctx, EventReplay, c.SessionID, c.Subject, "")
		return pair, nil
	}
	return nil, fmt.Errorf("%w: generation %d of session %s is %s, the store has %d", authsdk.ErrTokenRevoked, c.Generation, c.SessionID, verdict, stored.Generation)
}

// account loads the account of c. One that is gone ends the session.
func (m *Manager) account(ctx context.Context, c *authsdk.Claims) (*Account, error) {
	account, err := m.cfg.Accounts.Account(ctx, c.Subject)
	if errors.Is(err, authsdk.ErrUserNotFound) {
		if e := m.revoke(ctx, Match{ID: c.SessionID}, c.Subject, ReasonAccount); e != nil {
			return nil, e
		}
	}
	if err != nil {
		return nil, authsdk.Unknown("account", err)
	}
	return account, nil
}
