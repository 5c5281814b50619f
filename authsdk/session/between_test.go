package session_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/session"
)

// meddler is a store on which somebody else acts between two calls.
type meddler struct {
	session.Store

	beforeMark func()
}

func (m *meddler) MarkAuthenticated(ctx context.Context, id string, at time.Time) (session.Session, error) {
	if m.beforeMark != nil {
		m.beforeMark()
	}
	return m.Store.MarkAuthenticated(ctx, id, at)
}

// TestReauthenticateDuringRefresh: the refresh token that is handed out is the
// current one although a refresh came in between.
func TestReauthenticateDuringRefresh(t *testing.T) {
	t.Parallel()
	store := &meddler{}
	w := newWorld(t, func(c *session.Config) { store.Store = c.Store; c.Store = store })
	first := w.login("alice")
	var second *authsdk.TokenPair
	store.beforeMark = func() { second = w.mustRefresh(first.RefreshToken) }
	pair, err := w.sessions.Reauthenticate(t.Context(), w.claims(first.AccessToken), "right", "")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := w.claims(pair.RefreshToken).Generation, w.claims(second.RefreshToken).Generation; got != want {
		t.Errorf("generation %d, the store has %d", got, want)
	}
	w.now = w.now.Add(14 * time.Minute)
	w.mustRefresh(pair.RefreshToken)
}

// slowAccounts take their time.
type slowAccounts struct {
	session.Accounts

	take func()
}

func (a slowAccounts) Account(ctx context.Context, subject string) (*session.Account, error) {
	a.take()
	return a.Accounts.Account(ctx, subject)
}

// TestRefreshSlowAccounts: the grace begins when the token was exchanged, not
// when the request came.
func TestRefreshSlowAccounts(t *testing.T) {
	t.Parallel()
	var w *world
	slow := time.Duration(0)
	w = newWorld(t, func(c *session.Config) {
		c.Accounts = slowAccounts{c.Accounts, func() { w.now = w.now.Add(slow) }}
	})
	first := w.login("alice")
	slow = 31 * time.Second
	lost := w.mustRefresh(first.RefreshToken)
	slow = 0
	again, err := w.refresh(first.RefreshToken)
	if err != nil {
		t.Fatalf("the retry right behind a slow refresh: %v", err)
	}
	if a, b := w.claims(lost.RefreshToken), w.claims(again.RefreshToken); a.ID != b.ID {
		t.Errorf("successors %s and %s, want one", a.ID, b.ID)
	}
}

// TestRevokedWhenEnded: a session that has ended by itself accepts nothing.
func TestRevokedWhenEnded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *session.Config) { c.IdleTTL = 5 * time.Minute })
	pair := w.login("alice")
	if c := w.claims(pair.AccessToken); c.Expires.After(w.now.Add(5 * time.Minute)) {
		t.Errorf("the access token lives until %s, longer than its session", c.Expires)
	}
	claims := w.claims(pair.AccessToken)
	w.now = w.now.Add(6 * time.Minute)
	if revoked, err := w.sessions.Revoked(t.Context(), claims); !revoked || err != nil {
		t.Errorf("Revoked = %v, %v; want true", revoked, err)
	}
	other := *w.claims(w.login("bob").AccessToken)
	other.Subject = "alice"
	if revoked, err := w.sessions.Revoked(t.Context(), &other); !revoked || err != nil {
		t.Errorf("Revoked with the session of somebody else = %v, %v; want true", revoked, err)
	}
	if err := w.alive(pair.AccessToken); !errors.Is(err, authsdk.ErrTokenExpired) {
		t.Errorf("the access token: %v, want token_expired", err)
	}
}

// TestShortSessions: one of the two lifetimes is enough.
func TestShortSessions(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *session.Config) { c.AbsoluteTTL = time.Hour })
	if c := w.claims(w.login("alice").RefreshToken); !c.Expires.Equal(w.now.Add(time.Hour)) {
		t.Errorf("AbsoluteTTL of an hour: the refresh token ends at %s", c.Expires)
	}
	w = newWorld(t, func(c *session.Config) { c.IdleTTL = 200 * 24 * time.Hour })
	if c := w.claims(w.login("alice").RefreshToken); !c.Expires.Equal(w.now.Add(200 * 24 * time.Hour)) {
		t.Errorf("IdleTTL of 200 days: the refresh token ends at %s", c.Expires)
	}
}
