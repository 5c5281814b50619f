package oauth_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/clientstore"
	"github.com/authsdk/authsdk-go/authsdk/memstore"
	"github.com/authsdk/authsdk-go/authsdk/oauth"
	"github.com/authsdk/authsdk-go/authsdk/session"
	"github.com/authsdk/authsdk-go/authsdk/userstore"
)

// ledger is a count of failures that knows what was written.
type ledger struct {
	*memstore.Store

	mu     sync.Mutex
	writes int
	rows   map[string]bool
}

func (l *ledger) TakeFailure(ctx context.Context, b userstore.Bucket, now time.Time) (time.Time, bool, error) {
	l.mu.Lock()
	l.writes++
	l.rows[b.Key] = true
	l.mu.Unlock()
	return l.Store.TakeFailure(ctx, b, now)
}

// TestManyNames: who tries ever other names fills no table, and keeps no store
// busy with writing.
func TestManyNames(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"192.0.2.1", ""} {
		counts := &ledger{Store: memstore.New(), rows: map[string]bool{}}
		l := newLab(t, func(c *oauth.Config) { c.Throttle = counts })
		right := l.register(t, oauth.Registration{ID: "reports"})
		limited := 0
		for i := range 5000 {
			_, err := l.Authenticate(t.Context(), oauth.Credentials{ID: fmt.Sprint("nobody-", i), Secret: "wrong", Address: address})
			if errors.Is(err, authsdk.ErrTooManyAttempts) {
				limited++
			}
		}
		if limited != 4900 || len(counts.rows) != 101 || counts.writes != 200 {
			t.Errorf("from %q: %d were told to wait, %d rows by %d writes, want 4900, 101 by 200", address, limited, len(counts.rows), counts.writes)
		}
		right.Address = address
		if _, err := l.Authenticate(t.Context(), right); err != nil {
			t.Errorf("from %q: the right secret: %v", address, err)
		}
	}
}

// TestAddedAgain: a client that is added under the name of one that was removed,
// of another kind even, does not go on with what that was issued.
func TestAddedAgain(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	old := oauth.Registration{ID: "app", Scopes: []string{"read"}, Grants: []string{oauth.GrantPassword, oauth.GrantRefreshToken}}
	login := func(by oauth.Credentials) *oauth.Tokens {
		t.Helper()
		return must[*oauth.Tokens](t)(l.Token(t.Context(), oauth.TokenRequest{Client: by, GrantType: oauth.GrantPassword, Username: "alice", Password: "right"}))
	}
	refresh := func(by oauth.Credentials, token string) error {
		_, err := l.Token(t.Context(), oauth.TokenRequest{Client: by, GrantType: oauth.GrantRefreshToken, RefreshToken: token})
		return err
	}
	first := l.register(t, old)
	before := login(first)
	if err := refresh(first, before.RefreshToken); err != nil {
		t.Fatalf("before: %v", err)
	}
	must[any](t)(nil, l.store.RemoveClient(t.Context(), "app"))
	now := old
	now.Public = true
	must[string](t)(oauth.Register(t.Context(), l.store, now, start.Add(time.Second)))
	if err := refresh(oauth.Credentials{ID: "app"}, before.RefreshToken); !errors.Is(err, oauth.ErrInvalidGrant) {
		t.Errorf("what the former client was issued: got %v, want %v", err, oauth.ErrInvalidGrant)
	}
	must[any](t)(nil, l.store.RemoveClient(t.Context(), "app"))
	must[string](t)(oauth.Register(t.Context(), l.store, now, start.Add(999*time.Millisecond)))
	if err := refresh(oauth.Credentials{ID: "app"}, login(oauth.Credentials{ID: "app"}).RefreshToken); err != nil {
		t.Errorf("what the client was issued in the second of its registration: %v", err)
	}
}

// TestPublicProvesNothing: what needs a secret is refused to a client without,
// whatever it was registered for.
func TestPublicProvesNothing(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	must[any](t)(nil, l.store.AddClient(t.Context(), oauth.Client{
		ID: "app", Scopes: []string{"read"}, Grants: []string{oauth.GrantClientCredentials, oauth.GrantIntrospection}, CreatedAt: start,
	}))
	by := oauth.Credentials{ID: "app"}
	if got, err := l.Token(t.Context(), oauth.TokenRequest{Client: by, GrantType: oauth.GrantClientCredentials}); !errors.Is(err, oauth.ErrUnauthorizedClient) {
		t.Errorf("client credentials without a secret: got %v and error %v", got, err)
	}
	if got, err := l.Introspect(t.Context(), by, "x"); err == nil || authsdk.ErrorOf(err).Code != oauth.ErrUnauthorizedClient.Code {
		t.Errorf("introspection without a secret: got %v and error %v", got, err)
	}
}

// picky is a store that fails where PostgreSQL does.
type picky struct{ clientstore.Store }

func (p picky) Client(ctx context.Context, id string) (oauth.Client, error) {
	if !utf8.ValidString(id) || strings.ContainsRune(id, 0) {
		return oauth.Client{}, errors.New("invalid byte sequence")
	}
	return p.Store.Client(ctx, id)
}

// TestNamesThatNobodyHas: they are unknown, and the store is not.
func TestNamesThatNobodyHas(t *testing.T) {
	t.Parallel()
	l := newLab(t, func(c *oauth.Config) { c.Clients = picky{c.Clients} })
	for _, id := range []string{"\x00", "a\x00", "\xff", strings.Repeat("a", 4000), ""} {
		if _, err := l.Authenticate(t.Context(), oauth.Credentials{ID: id, Secret: "x"}); !errors.Is(err, oauth.ErrInvalidClient) {
			t.Errorf("%.8q: got %v, want %v", id, err, oauth.ErrInvalidClient)
		}
	}
}

// TestRevokeOnce: repeating is safe, and costs the list nothing.
func TestRevokeOnce(t *testing.T) {
	t.Parallel()
	revoked := map[string]int{}
	l := newLab(t, func(c *oauth.Config) {
		keys := must[*authsdk.KeySet](t)(authsdk.NewKeySet(must[*authsdk.Key](t)(authsdk.GenerateKey(authsdk.EdDSA))))
		c.Issuer = must[*authsdk.Issuer](t)(authsdk.NewIssuer(authsdk.IssuerConfig{Issuer: issuerName, Keys: keys, Now: c.Now}))
		c.Verifier = must[*authsdk.Verifier](t)(authsdk.NewVerifier(authsdk.VerifierConfig{
			Issuer: issuerName, Keys: keys, InsecureAnyAudience: true, Now: c.Now,
			Revoked: func(_ context.Context, c *authsdk.Claims) (bool, error) { return revoked[c.ID] > 0, nil },
		}))
		c.RevokeToken = func(_ context.Context, c *authsdk.Claims) error {
			revoked[c.ID]++
			return nil
		}
	})
	c := l.register(t, oauth.Registration{ID: "reports"})
	token := must[*oauth.Tokens](t)(l.Token(t.Context(), oauth.TokenRequest{Client: c, GrantType: oauth.GrantClientCredentials})).AccessToken
	for range 3 {
		must[any](t)(nil, l.Revoke(t.Context(), c, token))
	}
	for id, n := range revoked {
		if n != 1 {
			t.Errorf("%s was put on the list %d times", id, n)
		}
	}
	if len(revoked) != 1 {
		t.Errorf("%d tokens were revoked, want 1", len(revoked))
	}
}

// TestForeignIssuer: the tokens of another issuer that the verifier trusts as well are
// none of this server's, whatever client and session they name.
func TestForeignIssuer(t *testing.T) {
	t.Parallel()
	const partner = "https://partner.example"
	theirKeys := must[*authsdk.KeySet](t)(authsdk.NewKeySet(must[*authsdk.Key](t)(authsdk.GenerateKey(authsdk.EdDSA))))
	var revoked []string
	l := newLab(t, func(c *oauth.Config) {
		keys := must[*authsdk.KeySet](t)(authsdk.NewKeySet(must[*authsdk.Key](t)(authsdk.GenerateKey(authsdk.EdDSA))))
		c.Verifier = must[*authsdk.Verifier](t)(authsdk.NewVerifier(authsdk.VerifierConfig{
			Issuer: issuerName, Keys: keys, InsecureAnyAudience: true, Now: c.Now,
			Trusted: []authsdk.TrustedIssuer{{Issuer: partner, Keys: theirKeys}},
		}))
		c.RevokeToken = func(_ context.Context, c *authsdk.Claims) error {
			revoked = append(revoked, c.ID)
			return nil
		}
	})
	c := l.register(t, oauth.Registration{ID: "app", Grants: []string{oauth.GrantRefreshToken, oauth.GrantIntrospection}, Scopes: []string{"read"}})
	pair := must[*authsdk.TokenPair](t)(l.cfg.Sessions.Start(t.Context(), &session.Account{Subject: "alice", Scopes: []string{"read"}},
		session.LoginOptions{Grant: session.Grant{ClientID: "app"}}))
	theirs := must[*authsdk.Issuer](t)(authsdk.NewIssuer(authsdk.IssuerConfig{Issuer: partner, Keys: theirKeys, Now: l.cfg.Now}))
	forge := func(c authsdk.Claims) string {
		c.Subject, c.ClientID = "alice", "app"
		return must[string](t)(theirs.Issue(t.Context(), c, nil))
	}
	refresh := forge(authsdk.Claims{Type: authsdk.Refresh, SessionID: pair.SessionID, Scopes: []string{"read"}})
	_, err := l.Token(t.Context(), oauth.TokenRequest{Client: c, GrantType: oauth.GrantRefreshToken, RefreshToken: refresh})
	if !errors.Is(err, oauth.ErrInvalidGrant) {
		t.Errorf("Token: got %v, want invalid_grant", err)
	}
	access := forge(authsdk.Claims{})
	for _, token := range []string{refresh, access, forge(authsdk.Claims{SessionID: pair.SessionID})} {
		if err := l.Revoke(t.Context(), c, token); !errors.Is(err, oauth.ErrInvalidGrant) {
			t.Errorf("Revoke: got %v, want invalid_grant", err)
		}
	}
	if claims, err := l.Introspect(t.Context(), c, access); claims != nil || err != nil {
		t.Errorf("Introspect: got %v and error %v, want that it is not active", claims, err)
	}
	if live := must[[]session.Session](t)(l.cfg.Sessions.List(t.Context(), "alice")); len(live) != 1 || live[0].Generation != 0 || len(revoked) > 0 {
		t.Errorf("got the sessions %v and the tokens %v revoked, want that nothing has happened", live, revoked)
	}
}

// TestMissingParameters: who leaves one out is told which, in the characters of RFC
// 6749 section 5.2.
func TestMissingParameters(t *testing.T) {
	t.Parallel()
	l := newLab(t, func(c *oauth.Config) { c.InsecurePasswordGrant = true })
	by := l.register(t, oauth.Registration{
		ID: "app", Grants: []string{oauth.GrantRefreshToken, oauth.GrantPassword, oauth.GrantIntrospection}, Scopes: []string{"read"},
	})
	token := func(r oauth.TokenRequest) error {
		_, err := l.Token(t.Context(), r)
		return err
	}
	_, introspected := l.Introspect(t.Context(), by, "")
	for name, err := range map[string]error{
		"grant_type":       token(oauth.TokenRequest{Client: by}),
		"refresh_token":    token(oauth.TokenRequest{Client: by, GrantType: oauth.GrantRefreshToken}),
		"password":         token(oauth.TokenRequest{Client: by, GrantType: oauth.GrantPassword, Username: "alice"}),
		"client_id":        token(oauth.TokenRequest{Client: oauth.Credentials{Secret: "x"}, GrantType: oauth.GrantRefreshToken}),
		"parameter token ": introspected,
		"r token is":       l.Revoke(t.Context(), by, ""),
	} {
		detail := authsdk.ErrorOf(err).Detail
		if !errors.Is(err, oauth.ErrInvalidRequest) || !strings.Contains(detail, name) || strings.ContainsAny(detail, `"\`) {
			t.Errorf("without %s: got error %v with detail %q", name, err, detail)
		}
	}
}
