package session_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/memstore"
	"github.com/authsdk/authsdk-go/authsdk/session"
)

const issuerName = "https://auth.example"

// accounts is a user base of one password.
type accounts struct {
	mu   sync.Mutex
	by   map[string]*session.Account
	fail error
}

func (a *accounts) Authenticate(ctx context.Context, c session.Credentials) (*session.Account, error) {
	if c.Password != "right" {
		return nil, authsdk.ErrInvalidCredentials
	}
	account, err := a.Account(ctx, c.Username+c.Subject)
	if errors.Is(err, authsdk.ErrUserNotFound) {
		return nil, authsdk.ErrInvalidCredentials
	}
	return account, err
}

func (a *accounts) Account(_ context.Context, subject string) (*session.Account, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.fail != nil {
		return nil, a.fail
	}
	if account, ok := a.by[subject]; ok {
		return account, nil
	}
	return nil, authsdk.ErrUserNotFound
}

// world is a manager with everything around it in the test's hands.
type world struct {
	t        *testing.T
	now      time.Time
	accounts *accounts
	store    *faulty
	keys     *switchKeys
	sessions *session.Manager
	verifier *authsdk.Verifier
	mu       sync.Mutex
	events   []session.Event
}

// switchKeys can stop giving keys that sign.
type switchKeys struct {
	*authsdk.KeySet

	mu   sync.Mutex
	fail bool
}

// faulty is a store whose calls can fail before or after they happen.
type faulty struct {
	session.Store

	mu     sync.Mutex
	before error
	after  error
}

func (f *faulty) set(before, after error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.before, f.after = before, after
}

func (f *faulty) fault() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.before
}

func (f *faulty) lost() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.after
}

func (f *faulty) Session(ctx context.Context, id string) (session.Session, error) {
	if err := f.fault(); err != nil {
		return session.Session{}, err
	}
	return f.Store.Session(ctx, id)
}

func (f *faulty) CreateSession(ctx context.Context, s session.Session, most int) ([]string, error) {
	if err := f.fault(); err != nil {
		return nil, err
	}
	return f.Store.CreateSession(ctx, s, most)
}

func (f *faulty) Sessions(ctx context.Context, subject string, now time.Time) ([]session.Session, error) {
	if err := f.fault(); err != nil {
		return nil, err
	}
	return f.Store.Sessions(ctx, subject, now)
}

func (f *faulty) RotateSession(ctx context.Context, r session.Rotation) (session.Session, session.Verdict, error) {
	s, v, err := f.Store.RotateSession(ctx, r)
	if lost := f.lost(); lost != nil {
		return session.Session{}, session.VerdictRefused, lost
	}
	return s, v, err
}

func (f *faulty) RevokeSessions(ctx context.Context, m session.Match, at time.Time, reason string) ([]string, error) {
	if err := f.fault(); err != nil {
		return nil, err
	}
	return f.Store.RevokeSessions(ctx, m, at, reason)
}

func (f *faulty) PruneSessions(ctx context.Context, before time.Time, limit int) (int, error) {
	if err := f.fault(); err != nil {
		return 0, err
	}
	return f.Store.PruneSessions(ctx, before, limit)
}

func (k *switchKeys) setFail(fail bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.fail = fail
}

var errNoKeys = errors.New("key server down")

// source gives the keys to the issuer.
type source struct{ k *switchKeys }

func (s source) KeySet(context.Context) (*authsdk.KeySet, error) {
	s.k.mu.Lock()
	defer s.k.mu.Unlock()
	if s.k.fail {
		return nil, errNoKeys
	}
	return s.k.KeySet, nil
}

func newWorld(t *testing.T, change ...func(*session.Config)) *world {
	t.Helper()
	key, err := authsdk.GenerateKey(authsdk.EdDSA)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := authsdk.NewKeySet(key)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{
		t: t, now: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC),
		accounts: &accounts{by: map[string]*session.Account{
			"alice": {Subject: "alice", Scopes: []string{"read"}, Roles: []string{"admin"}, Claims: map[string]any{"tenant": "acme"}},
			"bob":   {Subject: "bob"},
		}},
		store: &faulty{Store: memstore.New()},
		keys:  &switchKeys{KeySet: keys},
	}
	clock := func() time.Time { return w.now }
	issuer, err := authsdk.NewIssuer(authsdk.IssuerConfig{Issuer: issuerName, Keys: source{w.keys}, Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	cfg := session.Config{Issuer: issuer, Store: w.store, Accounts: w.accounts, Now: clock, OnEvent: func(_ context.Context, e session.Event) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.events = append(w.events, e)
	}}
	for _, c := range change {
		c(&cfg)
	}
	if w.sessions, err = session.New(cfg); err != nil {
		t.Fatal(err)
	}
	w.verifier, err = authsdk.NewVerifier(authsdk.VerifierConfig{Issuer: issuerName, Keys: keys, Now: clock, Revoked: w.sessions.Revoked})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// took returns the kinds of the events since the last call.
func (w *world) took() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	kinds := []string{}
	for _, e := range w.events {
		kind := e.Kind
		if e.Reason != "" {
			kind += " " + e.Reason
		}
		kinds = append(kinds, kind)
	}
	w.events = nil
	return kinds
}

func (w *world) login(subject string) *authsdk.TokenPair {
	w.t.Helper()
	pair, err := w.sessions.Login(context.Background(), session.Credentials{Username: subject, Password: "right"}, session.LoginOptions{})
	if err != nil {
		w.t.Fatal(err)
	}
	return pair
}

// claims verifies a refresh token but for its revocation, as the server does.
func (w *world) claims(token string) *authsdk.Claims {
	w.t.Helper()
	c, err := w.verifier.Verify(context.Background(), token, authsdk.Policy{Types: []authsdk.TokenType{authsdk.AnyType}, SkipRevocation: true})
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

func (w *world) refresh(token string) (*authsdk.TokenPair, error) {
	w.t.Helper()
	return w.sessions.Refresh(context.Background(), w.claims(token))
}

func (w *world) mustRefresh(token string) *authsdk.TokenPair {
	w.t.Helper()
	pair, err := w.refresh(token)
	if err != nil {
		w.t.Fatalf("refresh: %v", err)
	}
	return pair
}

// alive asks whether an access token is accepted.
func (w *world) alive(token string) error {
	_, err := w.verifier.Verify(context.Background(), token, authsdk.Policy{})
	return err
}

func TestLogin(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pair, err := w.sessions.Login(t.Context(), session.Credentials{Username: "alice", Password: "right"}, session.LoginOptions{Label: "Fire\nfox\u202e", Cookies: true})
	if err != nil {
		t.Fatal(err)
	}
	access, refresh := w.claims(pair.AccessToken), w.claims(pair.RefreshToken)
	want := &authsdk.Claims{
		Type: authsdk.Access, Subject: "alice", Issuer: issuerName, Audience: []string{issuerName}, Fresh: true, AuthTime: w.now,
		IssuedAt: w.now, NotBefore: w.now, Expires: w.now.Add(15 * time.Minute), Scopes: []string{"read"}, Roles: []string{"admin"},
		SessionID: pair.SessionID, CSRF: pair.AccessCSRF,
	}
	ignore := cmpopts.IgnoreFields(authsdk.Claims{}, "ID", "KeyID", "Raw", "Header")
	if diff := cmp.Diff(want, access, ignore); diff != "" {
		t.Errorf("access token (-want +got):\n%s", diff)
	}
	if access.Extra()["tenant"] != "acme" {
		t.Errorf("custom claims %v", access.Extra())
	}
	want = &authsdk.Claims{
		Type: authsdk.Refresh, Subject: "alice", Issuer: issuerName, Audience: []string{issuerName},
		IssuedAt: w.now, NotBefore: w.now, Expires: w.now.Add(30 * 24 * time.Hour), SessionID: pair.SessionID, CSRF: pair.RefreshCSRF,
	}
	if diff := cmp.Diff(want, refresh, ignore); diff != "" {
		t.Errorf("refresh token (-want +got):\n%s", diff)
	}
	if pair.AccessCSRF == "" || pair.AccessCSRF == pair.RefreshCSRF {
		t.Errorf("CSRF values %q and %q", pair.AccessCSRF, pair.RefreshCSRF)
	}
	sessions, err := w.sessions.List(t.Context(), "alice")
	if err != nil || len(sessions) != 1 || sessions[0].Label != "Firefox" || !session.ValidID(sessions[0].ID) {
		t.Errorf("sessions %+v, %v", sessions, err)
	}
	if got := w.took(); !slices.Equal(got, []string{"login"}) {
		t.Errorf("events %q", got)
	}
	body := w.login("bob")
	if body.AccessCSRF != "" || w.claims(body.AccessToken).CSRF != "" {
		t.Error("tokens for the body have CSRF values")
	}
	for _, c := range []session.Credentials{{Username: "alice", Password: "wrong"}, {Username: "eve", Password: "right"}, {Subject: "alice", Password: "right"}} {
		if pair, err := w.sessions.Login(t.Context(), c, session.LoginOptions{}); !errors.Is(err, authsdk.ErrInvalidCredentials) || pair != nil {
			t.Errorf("%v: %v, %v; want invalid_credentials", c, pair, err)
		}
	}
	for _, text := range []string{session.Credentials{Username: "alice", Password: "hunter2"}.String(), fmt.Sprintf("%#v %+v", session.Credentials{Password: "hunter2"}, session.Credentials{Password: "hunter2"}), session.Credentials{Password: "hunter2"}.LogValue().String()} {
		if strings.Contains(text, "hunter2") {
			t.Errorf("credentials show the password: %s", text)
		}
	}
}

// TestRefresh walks the table of the rotation through the manager.
func TestRefresh(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.login("alice")
	w.took()
	w.now = w.now.Add(10 * time.Minute)
	second := w.mustRefresh(first.RefreshToken)
	if c := w.claims(second.AccessToken); c.Fresh || !c.AuthTime.Equal(w.now.Add(-10*time.Minute)) || c.Subject != "alice" || !slices.Equal(c.Scopes, []string{"read"}) {
		t.Errorf("the access token of a refresh: %+v", c)
	}
	if c := w.claims(second.RefreshToken); c.Generation != 1 || !c.Expires.Equal(w.now.Add(30*24*time.Hour)) {
		t.Errorf("the refresh token of a refresh: %+v", c)
	}
	w.now = w.now.Add(30 * time.Second)
	again := w.mustRefresh(first.RefreshToken)
	if diff := cmp.Diff(w.claims(second.RefreshToken), w.claims(again.RefreshToken)); diff != "" {
		t.Errorf("a replay within the grace gives another successor (-first +again):\n%s", diff)
	}
	if again.AccessToken == second.AccessToken {
		t.Error("a replay gives the same access token")
	}
	if got := w.took(); !slices.Equal(got, []string{"refresh", "refresh_replayed"}) {
		t.Errorf("events %q", got)
	}
	w.now = w.now.Add(time.Millisecond)
	if _, err := w.refresh(first.RefreshToken); !errors.Is(err, authsdk.ErrTokenRevoked) {
		t.Errorf("after the grace: %v, want token_revoked", err)
	}
	if got := w.took(); !slices.Equal(got, []string{"reuse_detected", "session_revoked reuse"}) {
		t.Errorf("events %q", got)
	}
	for name, token := range map[string]string{"first": first.RefreshToken, "successor": second.RefreshToken} {
		if _, err := w.refresh(token); !errors.Is(err, authsdk.ErrTokenRevoked) {
			t.Errorf("%s refresh token after reuse: %v, want token_revoked", name, err)
		}
	}
	if err := w.alive(second.AccessToken); !errors.Is(err, authsdk.ErrTokenRevoked) {
		t.Errorf("access token after reuse: %v, want token_revoked", err)
	}
	if got := w.took(); len(got) != 0 {
		t.Errorf("more events %q", got)
	}
}

// TestRefreshGrandparent: only the immediate predecessor has a grace.
func TestRefreshGrandparent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.login("alice")
	second := w.mustRefresh(first.RefreshToken)
	w.mustRefresh(second.RefreshToken)
	if _, err := w.refresh(first.RefreshToken); !errors.Is(err, authsdk.ErrTokenRevoked) {
		t.Errorf("the grandparent within the grace: %v, want token_revoked", err)
	}
	if got := w.took(); !slices.Contains(got, "reuse_detected") {
		t.Errorf("events %q", got)
	}
}

func TestRefreshOptions(t *testing.T) {
	t.Parallel()
	t.Run("strict", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, func(c *session.Config) { c.StrictRotation = true })
		first := w.login("alice")
		w.mustRefresh(first.RefreshToken)
		if _, err := w.refresh(first.RefreshToken); !errors.Is(err, authsdk.ErrTokenRevoked) {
			t.Errorf("a replay: %v, want token_revoked", err)
		}
	})
	t.Run("late replay", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, func(c *session.Config) { c.LateReplays = 1 })
		first := w.login("alice")
		second := w.mustRefresh(first.RefreshToken)
		w.now = w.now.Add(time.Hour)
		late := w.mustRefresh(first.RefreshToken)
		if a, b := w.claims(second.RefreshToken), w.claims(late.RefreshToken); a.ID != b.ID || a.Generation != b.Generation {
			t.Errorf("a late replay gives %s, want %s again", b.ID, a.ID)
		}
		w.now = w.now.Add(time.Hour)
		if _, err := w.refresh(first.RefreshToken); !errors.Is(err, authsdk.ErrTokenRevoked) {
			t.Errorf("beyond the budget: %v, want token_revoked", err)
		}
	})
	t.Run("lost rotation", func(t *testing.T) {
		t.Parallel()
		for lag, want := range []error{authsdk.ErrTokenRevoked, nil} {
			w := newWorld(t, func(c *session.Config) { c.StoreLag = lag })
			first := w.login("alice")
			before, _ := w.store.Store.Session(t.Context(), first.SessionID)
			second := w.mustRefresh(first.RefreshToken)
			restored := memstore.New() // came back without the rotation
			if _, err := restored.CreateSession(t.Context(), before, 0); err != nil {
				t.Fatal(err)
			}
			w.store.Store = restored
			w.took()
			if _, err := w.refresh(second.RefreshToken); !errors.Is(err, want) || (err == nil) != (want == nil) {
				t.Errorf("StoreLag %d: %v, want %v", lag, err, want)
			}
			if got := w.took(); slices.Contains(got, "reuse_detected") {
				t.Errorf("StoreLag %d: taken for reuse", lag)
			}
		}
	})
	t.Run("absolute lifetime", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, func(c *session.Config) { c.IdleTTL, c.AbsoluteTTL = time.Hour, 3*time.Hour })
		pair := w.login("alice")
		for range 3 {
			w.now = w.now.Add(59 * time.Minute)
			pair = w.mustRefresh(pair.RefreshToken)
		}
		end := w.now.Add(3 * time.Minute)
		if got := w.claims(pair.RefreshToken).Expires; !got.Equal(end) {
			t.Errorf("the last refresh token expires at %s, want the end of the session %s", got, end)
		}
		w.now = end.Add(-500 * time.Millisecond)
		pair = w.mustRefresh(pair.RefreshToken)
		if !pair.AccessExpires.After(w.now) {
			t.Error("the access token of the last moment is born expired")
		}
		w.now = end.Add(-time.Millisecond)
		last := w.claims(pair.RefreshToken)
		w.now = end
		if _, err := w.sessions.Refresh(t.Context(), last); !errors.Is(err, authsdk.ErrTokenRevoked) {
			t.Errorf("after the end: %v, want token_revoked", err)
		}
		if _, err := w.sessions.Reauthenticate(t.Context(), last, "right", ""); !errors.Is(err, authsdk.ErrTokenRevoked) {
			t.Errorf("reauthenticate after the end: %v, want token_revoked", err)
		}
	})
}

// TestRefreshRace: 64 callers with one token get one successor.
func TestRefreshRace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.login("alice")
	w.took()
	claims := w.claims(first.RefreshToken)
	pairs := make([]*authsdk.TokenPair, 64)
	errs := make([]error, len(pairs))
	var wg sync.WaitGroup
	for i := range pairs {
		wg.Go(func() { pairs[i], errs[i] = w.sessions.Refresh(t.Context(), claims) })
	}
	wg.Wait()
	successors := map[string]int{}
	for i, pair := range pairs {
		if errs[i] != nil {
			t.Fatal(errs[i])
		}
		successors[w.claims(pair.RefreshToken).ID]++
	}
	if len(successors) != 1 {
		t.Errorf("%d different successors: %v", len(successors), successors)
	}
	got := map[string]int{}
	for _, kind := range w.took() {
		got[kind]++
	}
	if want := map[string]int{"refresh": 1, "refresh_replayed": 63}; !cmp.Equal(want, got) {
		t.Errorf("events %v, want %v", got, want)
	}
}

// TestRefreshFaults: whatever fails, the token that was presented is good afterwards.
func TestRefreshFaults(t *testing.T) {
	t.Parallel()
	down := errors.New("connection refused")
	for _, tt := range []struct {
		name       string
		breaks     func(*world)
		mend       func(*world)
		want       error
		wantEvents []string
	}{
		{"store down", func(w *world) { w.store.set(down, nil) }, func(w *world) { w.store.set(nil, nil) }, authsdk.ErrStoreUnavailable, []string{"refresh"}},
		{"answer of the store lost", func(w *world) { w.store.set(nil, down) }, func(w *world) { w.store.set(nil, nil) }, authsdk.ErrStoreUnavailable, []string{"refresh_replayed"}},
		{"user base down", func(w *world) { w.accounts.fail = down }, func(w *world) { w.accounts.fail = nil }, authsdk.ErrStoreUnavailable, []string{"refresh"}},
		{"no key to sign with", func(w *world) { w.keys.setFail(true) }, func(w *world) { w.keys.setFail(false) }, errNoKeys, []string{"refresh"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			first := w.login("alice")
			w.took()
			tt.breaks(w)
			if pair, err := w.refresh(first.RefreshToken); !errors.Is(err, tt.want) || pair != nil {
				t.Errorf("broken: %v, %v; want %v", pair, err, tt.want)
			}
			tt.mend(w)
			pair := w.mustRefresh(first.RefreshToken)
			if c := w.claims(pair.RefreshToken); c.Generation != 1 {
				t.Errorf("generation %d, want 1", c.Generation)
			}
			if got := w.took(); !slices.Equal(got, tt.wantEvents) {
				t.Errorf("events %q, want %q", got, tt.wantEvents)
			}
		})
	}
}

func TestRefreshRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pair := w.login("alice")
	if _, err := w.refresh(pair.AccessToken); !errors.Is(err, authsdk.ErrTokenWrongType) {
		t.Errorf("an access token: %v, want token_wrong_type", err)
	}
	if _, err := w.sessions.Refresh(t.Context(), &authsdk.Claims{Type: authsdk.Refresh, Subject: "alice"}); !errors.Is(err, authsdk.ErrTokenWrongType) {
		t.Errorf("a refresh token without a session: %v, want token_wrong_type", err)
	}
	unknown := *w.claims(pair.RefreshToken)
	unknown.SessionID = "unknown-0123456789"
	if _, err := w.sessions.Refresh(t.Context(), &unknown); !errors.Is(err, authsdk.ErrTokenRevoked) {
		t.Errorf("a session that the store does not know: %v, want token_revoked", err)
	}
	if revoked, err := w.sessions.Revoked(t.Context(), &unknown); !revoked || err != nil {
		t.Errorf("Revoked of an unknown session = %v, %v; want true", revoked, err)
	}

	w.took()
	w.accounts.mu.Lock()
	delete(w.accounts.by, "alice")
	w.accounts.mu.Unlock()
	if _, err := w.refresh(pair.RefreshToken); !errors.Is(err, authsdk.ErrUserNotFound) {
		t.Errorf("an account that is gone: %v, want user_not_found", err)
	}
	if got := w.took(); !slices.Equal(got, []string{"session_revoked account"}) {
		t.Errorf("events %q", got)
	}
	if err := w.alive(pair.AccessToken); !errors.Is(err, authsdk.ErrTokenRevoked) {
		t.Errorf("the access token of an account that is gone: %v, want token_revoked", err)
	}
}

func TestReauthenticate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.login("alice")
	second := w.mustRefresh(first.RefreshToken)
	w.now = w.now.Add(10 * time.Minute)
	w.took()
	claims := w.claims(second.AccessToken)
	if _, err := w.sessions.Reauthenticate(t.Context(), claims, "wrong", ""); !errors.Is(err, authsdk.ErrInvalidCredentials) {
		t.Errorf("wrong password: %v", err)
	}
	pair, err := w.sessions.Reauthenticate(t.Context(), claims, "right", "")
	if err != nil {
		t.Fatal(err)
	}
	if c := w.claims(pair.AccessToken); !c.Fresh || !c.AuthTime.Equal(w.now) || c.SessionID != first.SessionID {
		t.Errorf("access token %+v, want a fresh one of the same session", c)
	}
	if a, b := w.claims(second.RefreshToken), w.claims(pair.RefreshToken); a.ID != b.ID {
		t.Errorf("refresh token %s, want the current one %s", b.ID, a.ID)
	}
	after := w.mustRefresh(pair.RefreshToken)
	if c := w.claims(after.AccessToken); c.Fresh || !c.AuthTime.Equal(w.now) {
		t.Errorf("after a refresh: fresh %v, auth_time %s", c.Fresh, c.AuthTime)
	}
	if got := w.took(); !slices.Equal(got, []string{"reauthenticate", "refresh"}) {
		t.Errorf("events %q", got)
	}

	if err := w.sessions.Logout(t.Context(), claims); err != nil {
		t.Fatal(err)
	}
	if _, err := w.sessions.Reauthenticate(t.Context(), claims, "right", ""); !errors.Is(err, authsdk.ErrTokenRevoked) {
		t.Errorf("after logout: %v, want token_revoked", err)
	}
	if _, err := w.sessions.Reauthenticate(t.Context(), &authsdk.Claims{Subject: "alice"}, "right", ""); !errors.Is(err, authsdk.ErrTokenWrongType) {
		t.Errorf("a token without a session: %v, want token_wrong_type", err)
	}
	gone := *claims
	gone.SessionID = "unknown-0123456789"
	if _, err := w.sessions.Reauthenticate(t.Context(), &gone, "right", ""); !errors.Is(err, authsdk.ErrTokenRevoked) {
		t.Errorf("an unknown session: %v, want token_revoked", err)
	}
	w.keys.setFail(true)
	live := w.claims(w.loginSigned("bob").AccessToken)
	if _, err := w.sessions.Reauthenticate(t.Context(), live, "right", ""); !errors.Is(err, errNoKeys) {
		t.Errorf("no key: %v", err)
	}
}

// loginSigned logs in although the keys are said to fail.
func (w *world) loginSigned(subject string) *authsdk.TokenPair {
	w.keys.setFail(false)
	defer w.keys.setFail(true)
	return w.login(subject)
}

func TestLogout(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one, two, other := w.login("alice"), w.login("alice"), w.login("bob")
	w.took()
	for range 2 { // repeating is safe
		if err := w.sessions.Logout(t.Context(), w.claims(one.RefreshToken)); err != nil {
			t.Fatal(err)
		}
	}
	if got := w.took(); !slices.Equal(got, []string{"session_revoked logout"}) {
		t.Errorf("events %q", got)
	}
	if err := w.alive(one.AccessToken); !errors.Is(err, authsdk.ErrTokenRevoked) {
		t.Errorf("access token after logout: %v", err)
	}
	if _, err := w.refresh(one.RefreshToken); !errors.Is(err, authsdk.ErrTokenRevoked) {
		t.Errorf("refresh token after logout: %v", err)
	}
	if err := w.alive(two.AccessToken); err != nil {
		t.Errorf("the other session: %v", err)
	}
	three := w.login("alice")
	if err := w.sessions.LogoutAll(t.Context(), "alice"); err != nil {
		t.Fatal(err)
	}
	for _, pair := range []*authsdk.TokenPair{two, three} {
		if err := w.alive(pair.AccessToken); !errors.Is(err, authsdk.ErrTokenRevoked) {
			t.Errorf("after logging out everywhere: %v", err)
		}
	}
	if err := w.alive(other.AccessToken); err != nil {
		t.Errorf("somebody else: %v", err)
	}
	if err := w.sessions.Logout(t.Context(), &authsdk.Claims{Subject: "alice"}); err != nil {
		t.Errorf("a token without a session: %v", err)
	}
	if revoked, err := w.sessions.Revoked(t.Context(), &authsdk.Claims{Subject: "alice"}); revoked || err != nil {
		t.Errorf("Revoked without a session = %v, %v", revoked, err)
	}
}

func TestRevokeOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one, two := w.login("alice"), w.login("alice")
	for _, tt := range []struct {
		subject, id string
		want        error
	}{
		{"bob", one.SessionID, authsdk.ErrSessionNotFound},
		{"alice", "unknown-0123456789", authsdk.ErrSessionNotFound},
		{"alice", "", authsdk.ErrSessionNotFound},
		{"", one.SessionID, authsdk.ErrSessionNotFound},
		{"alice", one.SessionID, nil},
		{"alice", one.SessionID, authsdk.ErrSessionNotFound},
	} {
		if err := w.sessions.Revoke(t.Context(), tt.subject, tt.id); !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) {
			t.Errorf("Revoke(%q, %q) = %v, want %v", tt.subject, tt.id, err, tt.want)
		}
	}
	sessions, err := w.sessions.List(t.Context(), "alice")
	if err != nil || len(sessions) != 1 || sessions[0].ID != two.SessionID {
		t.Errorf("left are %+v, %v", sessions, err)
	}
}

func TestMaxSessions(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *session.Config) { c.MaxSessions = 2 })
	one := w.login("alice")
	w.now = w.now.Add(time.Minute)
	two := w.login("alice")
	w.now = w.now.Add(time.Minute)
	one = w.mustRefresh(one.RefreshToken)
	w.now = w.now.Add(time.Minute)
	w.took()
	w.login("alice")
	if got := w.took(); !slices.Equal(got, []string{"login", "session_revoked evicted"}) {
		t.Errorf("events %q", got)
	}
	if err := w.alive(one.AccessToken); err != nil {
		t.Errorf("the one that was seen later: %v", err)
	}
	if err := w.alive(two.AccessToken); !errors.Is(err, authsdk.ErrTokenRevoked) {
		t.Errorf("the one that was not seen for longest: %v, want token_revoked", err)
	}
}

func TestPrune(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *session.Config) { c.MaxSessions = 2000 })
	for range 600 {
		w.login("alice")
	}
	live := w.login("bob")
	if err := w.sessions.LogoutAll(t.Context(), "alice"); err != nil {
		t.Fatal(err)
	}
	if n, err := w.sessions.Prune(t.Context()); n != 0 || err != nil {
		t.Errorf("Prune at once = %d, %v; want 0", n, err)
	}
	w.now = w.now.Add(24*time.Hour + time.Millisecond)
	if n, err := w.sessions.Prune(t.Context()); n != 600 || err != nil {
		t.Errorf("Prune a day later = %d, %v; want 600", n, err)
	}
	w.mustRefresh(live.RefreshToken)
}

// TestUnknown: a store that does not answer gives no verdict anywhere.
func TestUnknown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pair := w.login("alice")
	claims := w.claims(pair.AccessToken)
	w.store.set(errors.New("connection refused"), nil)
	ctx := t.Context()
	for name, call := range map[string]func() error{
		"login": func() error {
			_, err := w.sessions.Login(ctx, session.Credentials{Username: "alice", Password: "right"}, session.LoginOptions{})
			return err
		},
		"reauthenticate": func() error { _, err := w.sessions.Reauthenticate(ctx, claims, "right", ""); return err },
		"logout":         func() error { return w.sessions.Logout(ctx, claims) },
		"logout all":     func() error { return w.sessions.LogoutAll(ctx, "alice") },
		"revoke":         func() error { return w.sessions.Revoke(ctx, "alice", pair.SessionID) },
		"list":           func() error { _, err := w.sessions.List(ctx, "alice"); return err },
		"prune":          func() error { _, err := w.sessions.Prune(ctx); return err },
		"verify":         func() error { return w.alive(pair.AccessToken) },
	} {
		if err := call(); !errors.Is(err, authsdk.ErrStoreUnavailable) {
			t.Errorf("%s: %v, want store_unavailable", name, err)
		}
	}
	w.accounts.mu.Lock()
	delete(w.accounts.by, "alice")
	w.accounts.mu.Unlock()
	w.store.set(nil, nil)
	if err := w.alive(pair.AccessToken); err != nil {
		t.Errorf("once the store is back: %v", err)
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	_, err := session.New(session.Config{
		Grace: time.Hour, StrictRotation: true, LateReplays: -1, StoreLag: -1, MaxSessions: -1,
		IdleTTL: time.Hour, AbsoluteTTL: time.Minute,
	})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		"Issuer is required", "Store is required", "Accounts is required", "Grace is 1h0m0s", "StrictRotation excludes",
		"LateReplays", "StoreLag", "MaxSessions", "AbsoluteTTL 1m0s is shorter than IdleTTL 1h0m0s",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not say %q:\n%v", want, err)
		}
	}
	if _, err := session.New(session.Config{IdleTTL: time.Millisecond, AbsoluteTTL: 1000 * 24 * time.Hour}); err == nil ||
		!strings.Contains(err.Error(), "IdleTTL is 1ms") || !strings.Contains(err.Error(), "AbsoluteTTL is 24000h") {
		t.Errorf("got %v", err)
	}
}
