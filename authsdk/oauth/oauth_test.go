package oauth_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/memstore"
	"github.com/authsdk/authsdk-go/authsdk/oauth"
	"github.com/authsdk/authsdk-go/authsdk/session"
	"github.com/authsdk/authsdk-go/authsdk/userstore"
)

const issuerName = "https://auth.example"

var start = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func must[T any](t testing.TB) func(v T, err error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// people is a user base of alice, whose scopes may change.
type people struct{ scopes []string }

func (p *people) Authenticate(ctx context.Context, c session.Credentials) (*session.Account, error) {
	if c.Username != "alice" || c.Password != "right" {
		return nil, authsdk.ErrInvalidCredentials
	}
	return p.Account(ctx, "alice")
}

func (p *people) Account(_ context.Context, subject string) (*session.Account, error) {
	if p.scopes == nil {
		return nil, authsdk.ErrUserNotFound
	}
	return &session.Account{Subject: subject, Scopes: p.scopes}, nil
}

// lab is a service, with everything behind it in the test's hands.
type lab struct {
	*oauth.Service

	people *people
	store  *memstore.Store
	cfg    oauth.Config
}

func newLab(t testing.TB, change ...func(*oauth.Config)) *lab {
	t.Helper()
	clock := func() time.Time { return start }
	keys := must[*authsdk.KeySet](t)(authsdk.NewKeySet(must[*authsdk.Key](t)(authsdk.GenerateKey(authsdk.EdDSA))))
	issuer := must[*authsdk.Issuer](t)(authsdk.NewIssuer(authsdk.IssuerConfig{Issuer: issuerName, Keys: keys, Now: clock}))
	l := &lab{people: &people{scopes: []string{"read", "write", "admin"}}, store: memstore.New()}
	sessions := must[*session.Manager](t)(session.New(session.Config{Issuer: issuer, Store: l.store, Accounts: l.people, Now: clock, ClientID: "pages"}))
	l.cfg = oauth.Config{
		Issuer: issuer, Sessions: sessions, Clients: l.store, Now: clock, InsecurePasswordGrant: true,
		Verifier: must[*authsdk.Verifier](t)(authsdk.NewVerifier(authsdk.VerifierConfig{
			Issuer: issuerName, Keys: keys, Revoked: sessions.Revoked, InsecureAnyAudience: true, Now: clock,
		})),
	}
	for _, c := range change {
		c(&l.cfg)
	}
	l.Service = must[*oauth.Service](t)(oauth.New(l.cfg))
	return l
}

func (l *lab) register(t *testing.T, r oauth.Registration) oauth.Credentials {
	t.Helper()
	return oauth.Credentials{ID: r.ID, Secret: must[string](t)(oauth.Register(t.Context(), l.store, r, start)), Address: "192.0.2.1"}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	_, err := oauth.New(oauth.Config{})
	const want = "oauth: Config: Issuer is required: that of Sessions\nVerifier is required: see authsdk.NewVerifier\n" +
		"Sessions is required: see session.New\nClients is required: memstore.New or sqlitestore.Open"
	if err == nil || err.Error() != want {
		t.Errorf("\n got %v\nwant %s", err, want)
	}
	cfg := newLab(t).cfg
	cfg.Clients = (*memstore.Store)(nil)
	if _, err := oauth.New(cfg); err == nil {
		t.Error("a store that is nil is accepted")
	}
}

// TestScopes: what is granted is never more than what the client was registered
// for, what the account may now, and what was granted when the session began.
func TestScopes(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	app := l.register(t, oauth.Registration{ID: "app", Public: true, Scopes: []string{"read", "write"}, Grants: []string{oauth.GrantPassword, oauth.GrantRefreshToken}})
	login := func(scope string) *oauth.Tokens {
		t.Helper()
		return must[*oauth.Tokens](t)(l.Token(t.Context(), oauth.TokenRequest{Client: app, GrantType: oauth.GrantPassword, Username: "alice", Password: "right", Scope: scope}))
	}
	refresh := func(token, scope string) string {
		t.Helper()
		got, err := l.Token(t.Context(), oauth.TokenRequest{Client: app, GrantType: oauth.GrantRefreshToken, RefreshToken: token, Scope: scope})
		if err != nil {
			return authsdk.ErrorOf(err).Code
		}
		return strings.Join(got.Scopes, " ")
	}
	all, read := login(""), login("read admin")
	for _, c := range []struct{ what, token, scope, want string }{
		{"all", all.RefreshToken, "", "read write"},
		{"less", all.RefreshToken, "write", "write"},
		{"more than the client has", all.RefreshToken, "admin", "invalid_scope"},
		{"what was granted", read.RefreshToken, "", "read"},
		{"what was not", read.RefreshToken, "write", "invalid_scope"},
		{"malformed", read.RefreshToken, "read  write", "invalid_scope"},
		{"malformed", read.RefreshToken, " read", "invalid_scope"},
	} {
		if got := refresh(c.token, c.scope); got != c.want {
			t.Errorf("%s: got %q, want %q", c.what, got, c.want)
		}
	}
	l.people.scopes = []string{"write"}
	if got := refresh(all.RefreshToken, ""); got != "write" {
		t.Errorf("after the account lost a scope: got %q", got)
	}
	if got := refresh(all.RefreshToken, "read"); got != "invalid_scope" {
		t.Errorf("the scope that the account lost: got %q", got)
	}
	l.people.scopes = []string{"read", "write"}
	must[any](t)(nil, l.store.RemoveClient(t.Context(), "app"))
	l.register(t, oauth.Registration{ID: "app", Public: true, Scopes: []string{"read"}})
	if got := refresh(all.RefreshToken, ""); got != "read" {
		t.Errorf("after the client lost a scope: got %q", got)
	}
	must[any](t)(nil, l.store.RemoveClient(t.Context(), "app"))
	if got := refresh(all.RefreshToken, ""); got != "invalid_client" {
		t.Errorf("after the client was removed: got %q", got)
	}
	l.register(t, oauth.Registration{ID: "app", Public: true, Scopes: []string{"read"}})
	l.people.scopes = nil
	if got := refresh(all.RefreshToken, ""); got != "invalid_grant" {
		t.Errorf("after the account was removed: got %q", got)
	}
}

// TestRefreshTokenIsForThoseWhoMayUseIt: a client that may not refresh gets none.
func TestRefreshTokenIsForThoseWhoMayUseIt(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	c := l.register(t, oauth.Registration{ID: "once", Grants: []string{oauth.GrantPassword}})
	got := must[*oauth.Tokens](t)(l.Token(t.Context(), oauth.TokenRequest{Client: c, GrantType: oauth.GrantPassword, Username: "alice", Password: "right"}))
	if got.RefreshToken != "" || got.AccessToken == "" || len(got.Scopes) != 0 || got.ExpiresIn != 15*time.Minute {
		t.Errorf("got %+v, with the refresh token %q", got, got.RefreshToken)
	}
}

// TestRace: at any time one successor, whoever asks.
func TestRace(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	first := must[*oauth.Tokens](t)(l.Token(t.Context(), oauth.TokenRequest{GrantType: oauth.GrantPassword, Username: "alice", Password: "right"}))
	var mu sync.Mutex
	successors := map[string]int{}
	var all sync.WaitGroup
	for i := range 32 {
		all.Go(func() {
			by := oauth.Credentials{ID: []string{"", "pages"}[i%2]}
			got, err := l.Token(t.Context(), oauth.TokenRequest{Client: by, GrantType: oauth.GrantRefreshToken, RefreshToken: first.RefreshToken})
			if err != nil {
				t.Errorf("%d: %v", i, err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			successors[got.RefreshToken]++
		})
	}
	all.Wait()
	if len(successors) != 1 {
		t.Errorf("got %d successors, want 1", len(successors))
	}
}

// broken is a count of failures that does not answer.
type broken struct{ userstore.Throttle }

func (broken) Buckets(_ context.Context, keys ...string) ([]time.Time, error) {
	return make([]time.Time, len(keys)), nil
}

func (broken) TakeFailure(context.Context, userstore.Bucket, time.Time) (time.Time, bool, error) {
	return time.Time{}, false, errors.New("down")
}

func TestUnknown(t *testing.T) {
	t.Parallel()
	l := newLab(t, func(c *oauth.Config) { c.Throttle = broken{} })
	c := l.register(t, oauth.Registration{ID: "reports"})
	ask := func(ctx context.Context, by oauth.Credentials) error {
		_, err := l.Token(ctx, oauth.TokenRequest{Client: by, GrantType: oauth.GrantClientCredentials})
		return err
	}
	if err := ask(t.Context(), c); err != nil {
		t.Errorf("the right secret, while nothing is counted: %v", err)
	}
	if err := ask(t.Context(), oauth.Credentials{ID: "reports", Secret: "wrong"}); !errors.Is(err, authsdk.ErrStoreUnavailable) {
		t.Errorf("a wrong secret, while nothing is counted: got %v, want 503", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := ask(ended, c); !errors.Is(err, authsdk.ErrStoreUnavailable) {
		t.Errorf("a store that does not answer: got %v, want 503", err)
	}
	l = newLab(t, func(c *oauth.Config) {
		c.RevokeToken = func(context.Context, *authsdk.Claims) error { return errors.New("down") }
	})
	c = l.register(t, oauth.Registration{ID: "reports"})
	token := must[*oauth.Tokens](t)(l.Token(t.Context(), oauth.TokenRequest{Client: c, GrantType: oauth.GrantClientCredentials})).AccessToken
	if err := l.Revoke(t.Context(), c, token); !errors.Is(err, authsdk.ErrStoreUnavailable) {
		t.Errorf("a list that does not answer: got %v, want 503", err)
	}
}

func TestThrottle(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	right := l.register(t, oauth.Registration{ID: "reports"})
	guess := func(id, address string) error {
		_, err := l.Authenticate(t.Context(), oauth.Credentials{ID: id, Secret: "wrong", Address: address})
		return err
	}
	for i := range 12 { // the /64 of an address counts, and a port does not
		err := guess("reports", fmt.Sprintf("[2001:db8::%d]:%d", i, 1000+i))
		if want := []error{oauth.ErrInvalidClient, authsdk.ErrTooManyAttempts}[i/10]; !errors.Is(err, want) {
			t.Errorf("guess %d: got %v, want %v", i, err, want)
		}
	}
	right.Address = "2001:db8::1"
	if _, err := l.Authenticate(t.Context(), right); err != nil {
		t.Errorf("the right secret: %v", err)
	}
	limited := 0
	for i := range 110 { // many names from one address
		if errors.Is(guess(fmt.Sprint("nobody-", i), "192.0.2.9"), authsdk.ErrTooManyAttempts) {
			limited++
		}
	}
	if limited != 10 {
		t.Errorf("110 names from one address: %d were told to wait, want 10", limited)
	}
}
