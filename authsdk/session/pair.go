package session

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/authsdk/authsdk-go/authsdk"
)

// pair signs the tokens of session s. The refresh token is a function of the
// session and its generation, so that a replay gets the same one.
func (m *Manager) pair(ctx context.Context, session Session, a *Account, t tokens) (*authsdk.TokenPair, error) {
	now := m.now()
	issuer, err := m.cfg.Issuer.For(t.grant.Audience...)
	if err != nil {
		return nil, err
	}
	p := &authsdk.TokenPair{
		IssuedAt: now, Subject: session.Subject, Scopes: a.Scopes, SessionID: session.ID,
		AccessExpires:  atLeast(earlier(now.Add(m.cfg.Issuer.AccessTTL()), session.IdleExpires), now),
		RefreshExpires: atLeast(session.IdleExpires, session.RotatedAt),
	}
	if len(session.CSRFSecret) > 0 {
		p.AccessCSRF, p.RefreshCSRF = csrf(session.CSRFSecret, authsdk.Access), csrf(session.CSRFSecret, authsdk.Refresh)
	}
	access := authsdk.Claims{
		Type: authsdk.Access, Subject: session.Subject, IssuedAt: now, Expires: p.AccessExpires,
		AuthTime: session.AuthTime, Fresh: t.fresh, Scopes: a.Scopes, Roles: a.Roles,
		SessionID: session.ID, ClientID: cmp.Or(t.grant.ClientID, m.cfg.ClientID), CSRF: p.AccessCSRF,
	}
	refresh := authsdk.Claims{
		Type: authsdk.Refresh, Subject: session.Subject, IssuedAt: session.RotatedAt, Expires: p.RefreshExpires,
		ID: session.ID + "-" + strconv.FormatInt(session.Generation, 10), Generation: session.Generation,
		SessionID: session.ID, CSRF: p.RefreshCSRF,
	}
	if t.grant.ClientID != "" {
		refresh.ClientID, refresh.Scopes = t.grant.ClientID, t.granted
	}
	if p.AccessToken, err = issuer.Issue(ctx, access, a.Claims); err != nil {
		return nil, err
	}
	if p.RefreshToken, err = m.cfg.Issuer.Issue(ctx, refresh, nil); err != nil {
		return nil, err
	}
	return p, nil
}

// atLeast gives a token the one second that it must live when its session has
// less left. The store has the last word about the session anyway.
func atLeast(expires, issued time.Time) time.Time {
	if least := issued.Add(time.Second); expires.Before(least) {
		return least
	}
	return expires
}

// csrf is the CSRF value of a session for one type of token: it stays the same
// while the session lives, so that tabs do not overwrite each other's, and
// that of one type is of no use for the other.
func csrf(secret []byte, t authsdk.TokenType) string {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(t))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// cutLabel makes a label of what a client sent: printable, and short.
func cutLabel(label string) string {
	label = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == utf8.RuneError {
			return -1
		}
		return r
	}, label)
	for len(label) > maxLabel {
		_, size := utf8.DecodeLastRuneInString(label)
		label = label[:len(label)-size]
	}
	return label
}
