package session_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/memstore"
	"github.com/authsdk/authsdk-go/authsdk/session"
)

// lab is what the options are tried with, on a clock of the test's.
type lab struct {
	t      *testing.T
	now    time.Time
	keys   *authsdk.KeySet
	told   string // the last that a callback was told
	issuer *authsdk.Issuer
}

func newLab(t *testing.T) *lab {
	t.Helper()
	l := &lab{t: t, now: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)}
	key, err := authsdk.GenerateKey(authsdk.EdDSA)
	if err == nil {
		l.keys, err = authsdk.NewKeySet(key)
	}
	if err != nil {
		t.Fatal(err)
	}
	l.issuer = l.newIssuer(issuerName)
	return l
}

func (l *lab) clock() time.Time { return l.now }

func (l *lab) newIssuer(name string) *authsdk.Issuer {
	l.t.Helper()
	issuer, err := authsdk.NewIssuer(authsdk.IssuerConfig{Issuer: name, Keys: l.keys, Now: l.clock})
	if err != nil {
		l.t.Fatal(err)
	}
	return issuer
}

func (l *lab) newVerifier(name string) *authsdk.Verifier {
	l.t.Helper()
	v, err := authsdk.NewVerifier(authsdk.VerifierConfig{Issuer: name, Keys: l.keys, Now: l.clock})
	if err != nil {
		l.t.Fatal(err)
	}
	return v
}

// config is the configuration of a manager with an empty store.
func (l *lab) config() session.Config {
	l.now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	l.told = ""
	people := &accounts{by: map[string]*session.Account{"alice": {Subject: "alice"}}}
	return session.Config{Issuer: l.issuer, Store: memstore.New(), Accounts: people, Now: l.clock}
}

func (l *lab) manager(cfg session.Config) *session.Manager {
	l.t.Helper()
	m, err := session.New(cfg)
	if err != nil {
		l.t.Fatal(err)
	}
	return m
}

func (l *lab) login(m *session.Manager) *authsdk.TokenPair {
	l.t.Helper()
	pair, err := m.Login(l.t.Context(), session.Credentials{Username: "alice", Password: "right"}, session.LoginOptions{Cookies: true})
	if err != nil {
		l.t.Fatal(err)
	}
	return pair
}

// replayed is the answer to a refresh token that comes again after a while, or
// to one that is some generations ahead of the store.
func (l *lab) replayed(after time.Duration, ahead int64) func(*testing.T, session.Config) string {
	return func(t *testing.T, cfg session.Config) string {
		t.Helper()
		m := l.manager(cfg)
		claims := &authsdk.Claims{Type: authsdk.Refresh, Subject: "alice", SessionID: l.login(m).SessionID, Generation: ahead}
		if _, err := m.Refresh(t.Context(), claims); err != nil {
			return authsdk.ErrorOf(err).Code
		}
		l.now = l.now.Add(after)
		if _, err := m.Refresh(t.Context(), claims); err != nil {
			return authsdk.ErrorOf(err).Code
		}
		return "good"
	}
}

func TestConfigOptions(t *testing.T) {
	t.Parallel()
	type cfg = session.Config
	l := newLab(t)
	issuer := func(t *testing.T, c cfg) string {
		t.Helper()
		for _, name := range []string{issuerName, "https://other.example"} {
			if _, err := l.newVerifier(name).Verify(t.Context(), l.login(l.manager(c)).AccessToken, authsdk.Policy{}); err == nil {
				return name
			}
		}
		return ""
	}
	// listed tells of the sessions after some logins: how many there are, and
	// how long the first lasts.
	listed := func(logins int) func(*testing.T, cfg) string {
		return func(t *testing.T, c cfg) string {
			t.Helper()
			m := l.manager(c)
			for range logins {
				l.login(m)
			}
			sessions, err := m.List(t.Context(), "alice")
			if err != nil || len(sessions) == 0 {
				t.Fatalf("%v, %v", sessions, err)
			}
			first := sessions[0]
			return strconv.Itoa(len(sessions)) + " " + first.IdleExpires.Sub(first.CreatedAt).String() + " " + first.Expires.Sub(first.CreatedAt).String()
		}
	}
	full := memstore.New()
	l.login(l.manager(cfg{Issuer: l.issuer, Store: full, Accounts: l.config().Accounts, Now: l.clock}))
	tenants := &accounts{by: map[string]*session.Account{"alice": {Subject: "alice", Scopes: []string{"mine"}}}}
	at := func(t *testing.T, c cfg) string {
		t.Helper()
		return l.login(l.manager(c)).IssuedAt.Format(time.TimeOnly)
	}
	told := func(t *testing.T, c cfg) string { t.Helper(); l.login(l.manager(c)); return l.told }

	checkOptions(t, l.config, []option[cfg]{
		{"Issuer", func(c *cfg) { c.Issuer = l.newIssuer("https://other.example") }, issuer, issuerName, "https://other.example"},
		{"Store", func(c *cfg) { c.Store = full }, listed(1), "1 720h0m0s 2160h0m0s", "2 720h0m0s 2160h0m0s"},
		{"Accounts", func(c *cfg) { c.Accounts = tenants }, func(t *testing.T, c cfg) string {
			t.Helper()
			return strings.Join(l.login(l.manager(c)).Scopes, " ")
		}, "", "mine"},
		{"Grace", func(c *cfg) { c.Grace = time.Minute }, l.replayed(time.Minute, 0), "token_revoked", "good"},
		{"StrictRotation", func(c *cfg) { c.StrictRotation = true }, l.replayed(0, 0), "good", "token_revoked"},
		{"LateReplays", func(c *cfg) { c.LateReplays = 1 }, l.replayed(time.Hour, 0), "token_revoked", "good"},
		{"StoreLag", func(c *cfg) { c.StoreLag = 2 }, l.replayed(0, 2), "token_revoked", "good"},
		{"IdleTTL", func(c *cfg) { c.IdleTTL = time.Hour }, listed(1), "1 720h0m0s 2160h0m0s", "1 1h0m0s 2160h0m0s"},
		{"AbsoluteTTL", func(c *cfg) { c.AbsoluteTTL = time.Hour }, listed(1), "1 720h0m0s 2160h0m0s", "1 1h0m0s 1h0m0s"},
		{"MaxSessions", func(c *cfg) { c.MaxSessions = 2 }, listed(21), "20 720h0m0s 2160h0m0s", "2 720h0m0s 2160h0m0s"},
		{"ClientID", func(c *cfg) { c.ClientID = "pages" }, func(t *testing.T, c cfg) string {
			t.Helper()
			claims, err := l.newVerifier(issuerName).Verify(t.Context(), l.login(l.manager(c)).AccessToken, authsdk.Policy{})
			if err != nil {
				t.Fatal(err)
			}
			return claims.ClientID
		}, "", "pages"},
		{"OtherIssuers", func(c *cfg) { c.OtherIssuers = []string{"https://old.example"} }, func(t *testing.T, c cfg) string {
			t.Helper()
			m := l.manager(c)
			_, err := m.Refresh(t.Context(), &authsdk.Claims{
				Type: authsdk.Refresh, Issuer: "https://old.example", Subject: "alice", SessionID: l.login(m).SessionID,
			})
			if err != nil {
				return authsdk.ErrorOf(err).Code
			}
			return "good"
		}, "token_invalid", "good"},
		{"Revocations", func(c *cfg) { c.Revocations = &recorder{tell: func(did string) { l.told = did }} }, func(t *testing.T, c cfg) string {
			t.Helper()
			m := l.manager(c)
			if err := m.Revoke(t.Context(), "alice", l.login(m).SessionID); err != nil {
				t.Fatal(err)
			}
			return l.told
		}, "", "publish 1"},
		{"OnEvent", func(c *cfg) { c.OnEvent = func(_ context.Context, e session.Event) { l.told = e.Kind } }, told, "", "login"},
		{"Now", func(c *cfg) { c.Now = func() time.Time { return l.now.Add(time.Hour) } }, at, "12:00:00", "13:00:00"},
	})
	const prefix = "session: Config: "
	construct := func(c cfg) error { _, err := session.New(c); return err }
	checkMistakes(t, l.config, construct, []mistake[cfg]{
		{func(c *cfg) { c.Issuer = nil }, prefix + "Issuer is required: see authsdk.NewIssuer"},
		{func(c *cfg) { c.Store = nil }, prefix + "Store is required: memstore.New or sqlitestore.Open"},
		{func(c *cfg) { c.Accounts = nil }, prefix + "Accounts is required: your user base, or users.New"},
		{func(c *cfg) { c.Grace = -1 }, prefix + "Grace is -1ns: it must lie between 0 (the default, 30s) and 5m0s"},
		{func(c *cfg) { c.Grace = time.Hour }, prefix + "Grace is 1h0m0s: it must lie between 0 (the default, 30s) and 5m0s"},
		{func(c *cfg) { c.Store = (*memstore.Store)(nil) }, prefix + "Store is required: memstore.New or sqlitestore.Open"},
		{func(c *cfg) { c.Accounts = (*accounts)(nil) }, prefix + "Accounts is required: your user base, or users.New"},
		{func(c *cfg) { c.Revocations = (*recorder)(nil) }, prefix + "Revocations is a nil pointer: make one by revocation.New, or leave the field empty"},
		{func(c *cfg) { c.Grace = 1 }, prefix + "Grace is 1ns: it must be at least 1s"},
		{func(c *cfg) { c.Grace, c.IdleTTL = time.Minute, time.Second }, prefix + "Grace 1m0s is longer than IdleTTL 1s"},
		{func(c *cfg) { c.Grace, c.StrictRotation = time.Second, true }, prefix + "StrictRotation excludes Grace and LateReplays: they accept a token again"},
		{func(c *cfg) { c.LateReplays, c.StrictRotation = 1, true }, prefix + "StrictRotation excludes Grace and LateReplays: they accept a token again"},
		{func(c *cfg) { c.LateReplays = -1 }, prefix + "LateReplays is -1: it must lie between 0 and 100"},
		{func(c *cfg) { c.StoreLag = 101 }, prefix + "StoreLag is 101: it must lie between 0 and 100"},
		{func(c *cfg) { c.MaxSessions = -1 }, prefix + "MaxSessions must not be negative"},
		{func(c *cfg) { c.IdleTTL = time.Millisecond }, prefix + "IdleTTL is 1ms: a lifetime must be at least 1s; leave it zero for the default"},
		{func(c *cfg) { c.AbsoluteTTL = 401 * 24 * time.Hour }, prefix + "AbsoluteTTL is 9624h0m0s: a lifetime must be at most 9600h0m0s"},
		{func(c *cfg) { c.IdleTTL, c.AbsoluteTTL = time.Hour, time.Minute }, prefix + "AbsoluteTTL 1m0s is shorter than IdleTTL 1h0m0s"},
		{func(c *cfg) { c.Issuer, c.Store = nil, nil }, prefix + "Issuer is required: see authsdk.NewIssuer\nStore is required: memstore.New or sqlitestore.Open"},
	})
}

func TestSliderOptions(t *testing.T) {
	t.Parallel()
	type cfg = session.SliderConfig
	l := newLab(t)
	newCookies := func(c authsdk.CookieConfig) *authsdk.Cookies {
		cookies, err := authsdk.NewCookies(c)
		if err != nil {
			t.Fatal(err)
		}
		return cookies
	}
	sessions := l.manager(l.config())
	base := func() cfg {
		l.now, l.told = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC), ""
		return cfg{Manager: sessions, Verifier: l.newVerifier(issuerName), Cookies: newCookies(authsdk.CookieConfig{Now: l.clock})}
	}
	// renewed is how many cookies an answer sets a while after the login.
	renewed := func(after time.Duration) func(*testing.T, cfg) string {
		return func(t *testing.T, c cfg) string {
			t.Helper()
			slider, err := session.NewSlider(c)
			if err != nil {
				t.Fatal(err)
			}
			pair := l.login(sessions)
			l.now = l.now.Add(after)
			w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", http.NoBody)
			r.AddCookie(&http.Cookie{Name: "__Host-access_token", Value: pair.AccessToken})
			r.AddCookie(&http.Cookie{Name: "__Host-refresh_token", Value: pair.RefreshToken})
			slider.Renew(w, r)
			return strconv.Itoa(len(w.Header().Values("Set-Cookie"))) + l.told
		}
	}
	// foreign is a session whose row the manager does not have.
	foreign := func(c *cfg) { c.Manager = l.manager(l.config()) }
	checkOptions(t, base, []option[cfg]{
		{"Manager", foreign, renewed(11 * time.Minute), "4", "0"},
		{"Verifier", func(c *cfg) { c.Verifier = l.newVerifier("https://other.example") }, renewed(11 * time.Minute), "4", "0"},
		{"Cookies", func(c *cfg) {
			c.Cookies = newCookies(authsdk.CookieConfig{Refresh: authsdk.CookieNames{Name: "r"}, Now: l.clock})
		}, renewed(11 * time.Minute), "4", "0"},
		{"Below", func(c *cfg) { c.Below = 8 * time.Minute }, renewed(8 * time.Minute), "0", "4"},
		{"OnError", func(c *cfg) {
			foreign(c)
			c.OnError = func(_ *http.Request, err error) { l.told = " " + authsdk.ErrorOf(err).Code }
		}, renewed(11 * time.Minute), "4", "0 token_revoked"},
	})
	strict := l.config()
	strict.StrictRotation = true
	const prefix = "session: SliderConfig: "
	construct := func(c cfg) error { _, err := session.NewSlider(c); return err }
	checkMistakes(t, base, construct, []mistake[cfg]{
		{func(c *cfg) { c.Manager = nil }, prefix + "Manager is required: see New"},
		{func(c *cfg) { c.Verifier = nil }, prefix + "Verifier is required: see authsdk.NewVerifier"},
		{func(c *cfg) { c.Cookies = nil }, prefix + "Cookies is required: see authsdk.NewCookies"},
		{func(c *cfg) { c.Below = -1 }, prefix + "Below is -1ns: it must lie between 0 (the default, a third) and the AccessTTL, 15m0s"},
		{func(c *cfg) { c.Below = 15 * time.Minute }, prefix + "Below is 15m0s: it must lie between 0 (the default, a third) and the AccessTTL, 15m0s"},
		{func(c *cfg) { c.Manager = l.manager(strict) }, prefix + "Manager has StrictRotation: a page that loads two things at once would log itself out"},
	})
}
