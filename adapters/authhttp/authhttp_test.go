package authhttp_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/authsdk/authsdk-go/adapters/authhttp"
	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/security"
	"github.com/authsdk/authsdk-go/gen/api"
)

const issuerName = "https://auth.example"

// guard is a verifier and a way to make tokens for it.
func guard(t *testing.T, change func(*authsdk.VerifierConfig)) (*authsdk.Verifier, func(authsdk.Claims) string) {
	t.Helper()
	key, err := authsdk.GenerateKey(authsdk.EdDSA)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := authsdk.NewKeySet(key)
	if err != nil {
		t.Fatal(err)
	}
	cfg := authsdk.VerifierConfig{Issuer: issuerName, Keys: keys}
	if change != nil {
		change(&cfg)
	}
	v, err := authsdk.NewVerifier(cfg)
	if err != nil {
		t.Fatal(err)
	}
	issuer, err := authsdk.NewIssuer(authsdk.IssuerConfig{Issuer: issuerName, Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	return v, func(c authsdk.Claims) string {
		t.Helper()
		token, err := issuer.Issue(t.Context(), c, nil)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
}

// who answers with the principal that it finds.
func who(w http.ResponseWriter, r *http.Request) {
	p, ok := security.PrincipalFrom(r.Context())
	if !ok {
		_, _ = fmt.Fprint(w, "nobody")
		return
	}
	claims, _ := p.Claims.(*authsdk.Claims)
	_, _ = fmt.Fprintf(w, "%s %v %s", p.Subject, p.Scopes, claims.Type)
}

func TestRequire(t *testing.T) {
	t.Parallel()
	v, token := guard(t, nil)
	alice := token(authsdk.Claims{Subject: "alice", Scopes: []string{"read"}})
	for _, tt := range []struct {
		name, authorization string
		p                   authsdk.Policy
		status              int
		body                string
	}{
		{"good", "Bearer " + alice, authsdk.Policy{}, 200, "alice [read] access"},
		{"nothing", "", authsdk.Policy{}, 401, `"code":"token_missing"`},
		{"nothing, optional", "", authsdk.Policy{Optional: true}, 200, "nobody"},
		{"good, optional", "Bearer " + alice, authsdk.Policy{Optional: true}, 200, "alice [read] access"},
		{"bad, optional", "Bearer x", authsdk.Policy{Optional: true}, 401, `"code":"token_malformed"`},
		{"scope", "Bearer " + alice, authsdk.Policy{Scopes: []string{"write"}}, 403, `"code":"insufficient_scope"`},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
		if tt.authorization != "" {
			r.Header.Set("Authorization", tt.authorization)
		}
		w := httptest.NewRecorder()
		authhttp.Require(v, tt.p)(http.HandlerFunc(who)).ServeHTTP(w, r)
		if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.body) {
			t.Errorf("%s: %d %s, want %d %s", tt.name, w.Code, w.Body, tt.status, tt.body)
		}
	}
}

func TestRequireRenders(t *testing.T) {
	t.Parallel()
	var cause error
	v, _ := guard(t, func(c *authsdk.VerifierConfig) {
		c.Render = func(w http.ResponseWriter, _ *http.Request, e *authsdk.Error) { http.Error(w, "own "+e.Code, e.Status) }
		c.OnError = func(_ *http.Request, err error) { cause = err }
	})
	w := httptest.NewRecorder()
	authhttp.Require(v, authsdk.Policy{})(http.HandlerFunc(who)).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", http.NoBody))
	if w.Code != 401 || w.Body.String() != "own token_missing\n" || !errors.Is(cause, authsdk.ErrTokenMissing) {
		t.Errorf("%d %s, cause %v", w.Code, w.Body, cause)
	}
}

// stub implements the operations that the tests call.
type stub struct {
	api.StrictServerInterface

	err error
}

func (s stub) LogoutAll(context.Context, api.LogoutAllRequestObject) (api.LogoutAllResponseObject, error) {
	return api.LogoutAll204Response{}, s.err
}

func (s stub) Login(_ context.Context, req api.LoginRequestObject) (api.LoginResponseObject, error) {
	return nil, fmt.Errorf("%w: %s", authsdk.ErrInvalidCredentials, req.Body.Username)
}

func TestMount(t *testing.T) {
	t.Parallel()
	var cause error
	mux := http.NewServeMux()
	mux.HandleFunc("GET /own", who)
	authhttp.Mount(mux, stub{err: errors.New("boom")}, authhttp.Options{
		BasePath: "/api/", OnError: func(_ *http.Request, err error) { cause = err },
		Render: func(w http.ResponseWriter, _ *http.Request, e *authsdk.Error) { http.Error(w, "own "+e.Code, e.Status) },
	})
	for _, tt := range []struct {
		method, path, body string
		status             int
		want               string
		cause              error
	}{
		{"GET", "/own", "", 200, "nobody", nil},
		{"POST", "/auth/logout-all", "", 404, "404 page not found\n", nil},
		{"GET", "/api/auth/logout-all", "", 405, "Method Not Allowed\n", nil},
		{"POST", "/api/auth/logout-all", "", 500, "own server_error\n", nil},
		{"POST", "/api/auth/login", `{"username":"x"}`, 401, "own invalid_credentials\n", authsdk.ErrInvalidCredentials},
		{"POST", "/api/auth/login", `{"username":1}`, 400, "own request_malformed\n", authsdk.ErrRequestMalformed},
		{"POST", "/api/auth/login", `x`, 400, "own request_malformed\n", authsdk.ErrRequestMalformed},
		{"POST", "/api/auth/login", "", 400, "own request_malformed\n", authsdk.ErrRequestMalformed},
	} {
		cause = nil
		r := httptest.NewRequest(tt.method, tt.path, strings.NewReader(tt.body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		if w.Code != tt.status || w.Body.String() != tt.want || tt.cause != nil && !errors.Is(cause, tt.cause) {
			t.Errorf("%s %s %s: %d %q, cause %v; want %d %q, %v", tt.method, tt.path, tt.body, w.Code, w.Body, cause, tt.status, tt.want, tt.cause)
		}
	}
	r := httptest.NewRequest(http.MethodGet, "/api/.well-known/jwks.json", http.NoBody)
	r.Header["If-None-Match"] = []string{`"a"`, `"b"`}
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, r)
	if w.Code != 400 || w.Body.String() != "own request_malformed\n" {
		t.Errorf("If-None-Match twice: %d %q", w.Code, w.Body)
	}
	defer func() {
		if recover() == nil {
			t.Error("mounting twice is no mistake")
		}
	}()
	authhttp.Mount(mux, stub{}, authhttp.Options{BasePath: "/api"})
}

// endless is a body that counts what is read of it.
type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	e.read += len(p)
	return len(p), nil
}

func (*endless) Close() error { return nil }

// TestLargeBody: a body of any size is refused after a few kilobytes.
func TestLargeBody(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	authhttp.Mount(mux, stub{}, authhttp.Options{})
	body := &endless{}
	r := httptest.NewRequest(http.MethodPost, "/auth/login", http.NoBody)
	r.Body, r.ContentLength = body, 64<<20
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, r)
	if w.Code != 413 || body.read > 64<<10 {
		t.Errorf("%d after %d bytes, want 413 after less than 64 KiB", w.Code, body.read)
	}
}

// TestProtectNeedsMux: a guard that cannot see the routes refuses, and tells
// the log why.
func TestProtectNeedsMux(t *testing.T) {
	t.Parallel()
	v, err := security.New(&security.Table{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var cause error
	h := authhttp.Protect(v, authhttp.Options{PassUnknown: true, OnError: func(_ *http.Request, err error) { cause = err }})(http.HandlerFunc(who))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", http.NoBody))
	if w.Code != 404 || cause == nil || !strings.Contains(cause.Error(), "directly around the mux") {
		t.Errorf("%d %s, cause %v", w.Code, w.Body, cause)
	}
}
