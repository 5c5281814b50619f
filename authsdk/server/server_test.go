package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"github.com/authsdk/authsdk-go/adapters/authhttp"
	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/memstore"
	"github.com/authsdk/authsdk-go/authsdk/security"
	"github.com/authsdk/authsdk-go/authsdk/server"
	"github.com/authsdk/authsdk-go/authsdk/session"
	"github.com/authsdk/authsdk-go/gen/spec"
)

const issuerName = "https://auth.example"

// oneUser is a user base of alice.
type oneUser struct {
	mu       sync.Mutex
	gone     bool
	attempts []session.Credentials
}

func (o *oneUser) Authenticate(ctx context.Context, c session.Credentials) (*session.Account, error) {
	o.mu.Lock()
	o.attempts = append(o.attempts, c)
	o.mu.Unlock()
	switch {
	case c.Password == "throttle":
		e := *authsdk.ErrTooManyAttempts
		e.RetryAfter = 90 * time.Second
		return nil, &e
	case c.Password != "right" || c.Username+c.Subject != "alice":
		return nil, authsdk.ErrInvalidCredentials
	}
	return o.Account(ctx, "alice")
}

func (o *oneUser) Account(_ context.Context, subject string) (*session.Account, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.gone || subject != "alice" {
		return nil, authsdk.ErrUserNotFound
	}
	return &session.Account{Subject: "alice", Scopes: []string{"read", "write"}, Roles: []string{"admin"}, Claims: map[string]any{"tenant": "acme"}}, nil
}

// closable is a store that can be told not to answer.
type closable struct {
	session.Store

	mu   sync.Mutex
	down bool
}

func (c *closable) setDown(down bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.down = down
}

func (c *closable) fault() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.down {
		return errors.New("secret-dsn: connection refused")
	}
	return nil
}

func (c *closable) Session(ctx context.Context, id string) (session.Session, error) {
	if err := c.fault(); err != nil {
		return session.Session{}, err
	}
	return c.Store.Session(ctx, id)
}

func (c *closable) CreateSession(ctx context.Context, s session.Session, most int) ([]string, error) {
	if err := c.fault(); err != nil {
		return nil, err
	}
	return c.Store.CreateSession(ctx, s, most)
}

func (c *closable) RevokeSessions(ctx context.Context, m session.Match, at time.Time, reason string) ([]string, error) {
	if err := c.fault(); err != nil {
		return nil, err
	}
	return c.Store.RevokeSessions(ctx, m, at, reason)
}

func (c *closable) Sessions(ctx context.Context, subject string, now time.Time) ([]session.Session, error) {
	if err := c.fault(); err != nil {
		return nil, err
	}
	return c.Store.Sessions(ctx, subject, now)
}

// bench is the endpoints on a loopback server, with everything behind them in
// the test's hands. Every answer is held against the document.
type bench struct {
	t        *testing.T
	url      string
	store    *closable
	users    *oneUser
	clock    *clock
	keys     *authsdk.KeySet
	issuer   *authsdk.Issuer
	router   routers.Router
	basePath string
	mu       sync.Mutex
	causes   []error
}

type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

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

type setup struct {
	noCookies bool
	basePath  string
	cookies   authsdk.CookieConfig
	trusted   []authsdk.TrustedIssuer
	// protect puts a guard by the document around the endpoints.
	protect bool
}

func newBench(t *testing.T, s setup) *bench {
	t.Helper()
	key := must[*authsdk.Key](t)(authsdk.GenerateKey(authsdk.ES256))
	b := &bench{
		t: t, users: &oneUser{}, store: &closable{Store: memstore.New()},
		clock:    &clock{now: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)},
		keys:     must[*authsdk.KeySet](t)(authsdk.NewKeySet(key)),
		basePath: s.basePath,
	}
	b.issuer = must[*authsdk.Issuer](t)(authsdk.NewIssuer(authsdk.IssuerConfig{Issuer: issuerName, Keys: b.keys, Now: b.clock.Now}))
	sessions := must[*session.Manager](t)(session.New(session.Config{Issuer: b.issuer, Store: b.store, Accounts: b.users, Now: b.clock.Now}))
	verifier := must[*authsdk.Verifier](t)(authsdk.NewVerifier(authsdk.VerifierConfig{
		Issuer: issuerName, Keys: b.keys, Revoked: sessions.Revoked, Now: b.clock.Now, Trusted: s.trusted,
	}))
	cfg := server.Config{Sessions: sessions, Verifier: verifier, Keys: b.keys}
	if !s.noCookies {
		s.cookies.Now = b.clock.Now
		cfg.Cookies = must[*authsdk.Cookies](t)(authsdk.NewCookies(s.cookies))
	}
	endpoints := must[*server.Server](t)(server.New(cfg))
	options := authhttp.Options{BasePath: s.basePath, OnError: func(_ *http.Request, err error) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.causes = append(b.causes, err)
	}}
	mux := http.NewServeMux()
	authhttp.Mount(mux, endpoints, options)
	var handler http.Handler = mux
	if s.protect {
		handler = authhttp.Protect(must[*security.Validator](t)(endpoints.Validator()), options)(mux)
	}
	ts := httptest.NewServer(handler)
	t.Cleanup(ts.Close)
	b.url = ts.URL + s.basePath

	doc := must[*openapi3.T](t)(openapi3.NewLoader().LoadFromData(spec.YAML()))
	doc.Servers = nil
	b.router = must[routers.Router](t)(gorillamux.NewRouter(doc))
	return b
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

// code is the problem's code, or "".
func (a answer) code() string {
	var p struct{ Code string }
	_ = json.Unmarshal([]byte(a.body), &p)
	return p.Code
}

func (a answer) into(t *testing.T, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.body), v); err != nil {
		t.Fatalf("%s: %v", a.body, err)
	}
}

func (a answer) pair(t *testing.T) tokens {
	t.Helper()
	if a.status != http.StatusOK {
		t.Fatalf("no tokens: %d %s", a.status, a.body)
	}
	var p tokens
	a.into(t, &p)
	return p
}

// tokens are both bodies that carry tokens or their CSRF values.
type tokens struct {
	Access      string `json:"access_token"`
	Refresh     string `json:"refresh_token"`
	Type        string `json:"token_type"`
	Session     string `json:"session_id"`
	Scope       string `json:"scope"`
	Expires     int    `json:"expires_in"`
	Later       int    `json:"refresh_expires_in"`
	CSRF        string `json:"csrf_token"`
	RefreshCSRF string `json:"refresh_csrf_token"`
}

// cookies returns the cookies that an answer leaves in a browser.
func (a answer) cookies() map[string]string {
	jar := map[string]string{}
	for _, c := range (&http.Response{Header: a.header}).Cookies() {
		if c.MaxAge >= 0 {
			jar[c.Name] = c.Value
		}
	}
	return jar
}

// head is the headers of a request.
type head map[string]string

func bearer(token string) head { return head{"Authorization": "Bearer " + token} }

// do sends a request and holds the answer against the document.
func (b *bench) do(method, path string, h head, body string) answer {
	b.t.Helper()
	req := must[*http.Request](b.t)(http.NewRequestWithContext(context.Background(), method, b.url+path, strings.NewReader(body)))
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for name, value := range h {
		if value == "" {
			req.Header.Del(name)
			continue
		}
		req.Header.Set(name, value)
	}
	resp := must[*http.Response](b.t)(http.DefaultTransport.RoundTrip(req))
	defer resp.Body.Close()
	a := answer{resp.StatusCode, resp.Header, string(must[[]byte](b.t)(io.ReadAll(resp.Body)))}
	b.check(method, path, a)
	return a
}

// check holds an answer against the document: its status must be declared, and
// its headers and body must fit.
func (b *bench) check(method, path string, a answer) {
	b.t.Helper()
	if cache := a.header.Get("Cache-Control"); cache != "no-store" && (!strings.HasSuffix(path, "jwks.json") || a.status >= 400) ||
		a.header.Get("X-Content-Type-Options") != "nosniff" {
		b.t.Errorf("%s %s: %d with the headers %v, want no-store and nosniff", method, path, a.status, a.header)
	}
	req := must[*http.Request](b.t)(http.NewRequestWithContext(context.Background(), method, path, http.NoBody))
	route, params, err := b.router.FindRoute(req)
	if err != nil {
		b.t.Errorf("%s %s is not of the document: %v", method, path, err)
		return
	}
	input := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: req, PathParams: params, Route: route},
		Status:                 a.status, Header: a.header,
		Options: &openapi3filter.Options{IncludeResponseStatus: true},
	}
	input.SetBodyBytes([]byte(a.body))
	if err := openapi3filter.ValidateResponse(context.Background(), input); err != nil {
		b.t.Errorf("%s %s: the answer is not that of the document: %v", method, path, err)
	}
	if a.status >= 400 && a.header.Get("Content-Type") != "application/problem+json" {
		b.t.Errorf("%s %s: %d with %q", method, path, a.status, a.header.Get("Content-Type"))
	}
	if a.status == 401 && a.header.Get("WWW-Authenticate") == "" {
		b.t.Errorf("%s %s: 401 without a challenge", method, path)
	}
	if strings.Contains(a.body, "secret-dsn") {
		b.t.Errorf("%s %s: the answer shows the cause: %s", method, path, a.body)
	}
}

const loginAlice = `{"username":"alice","password":"right"}`

func (b *bench) login() tokens {
	b.t.Helper()
	return b.do("POST", "/auth/login", nil, loginAlice).pair(b.t)
}

// want checks the status and the code of an answer.
func want(t *testing.T, what string, a answer, status int, code string) {
	t.Helper()
	if a.status != status || a.code() != code {
		t.Errorf("%s: %d %s, want %d %s; %s", what, a.status, a.code(), status, code, bytes.TrimSpace([]byte(a.body)))
	}
}
