package server_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/adapters/authhttp"
	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/memstore"
	"github.com/authsdk/authsdk-go/authsdk/oauth"
	"github.com/authsdk/authsdk-go/authsdk/security"
	"github.com/authsdk/authsdk-go/authsdk/server"
	"github.com/authsdk/authsdk-go/authsdk/session"
	"github.com/authsdk/authsdk-go/gen/api"
	"github.com/authsdk/authsdk-go/gen/client"
)

// services is the endpoints of an issuer, with the clients reports and gateway.
type services struct {
	cfg             server.Config
	reports, secret string
}

func newServices(t *testing.T, name string) *services {
	t.Helper()
	store := memstore.New()
	keys := must[*authsdk.KeySet](t)(authsdk.NewKeySet(must[*authsdk.Key](t)(authsdk.GenerateKey(authsdk.ES256))))
	issuer := must[*authsdk.Issuer](t)(authsdk.NewIssuer(authsdk.IssuerConfig{Issuer: name, Keys: keys}))
	sessions := must[*session.Manager](t)(session.New(session.Config{Issuer: issuer, Store: store, Accounts: &oneUser{}}))
	verifier := must[*authsdk.Verifier](t)(authsdk.NewVerifier(authsdk.VerifierConfig{Issuer: name, Keys: keys, Revoked: sessions.Revoked}))
	service := must[*oauth.Service](t)(oauth.New(oauth.Config{Issuer: issuer, Verifier: verifier, Sessions: sessions, Clients: store}))
	register := func(id string, grants ...string) string {
		return must[string](t)(oauth.Register(t.Context(), store, oauth.Registration{ID: id, Scopes: []string{"read"}, Grants: grants}, time.Now()))
	}
	must[string](t)(oauth.Register(t.Context(), store, oauth.Registration{ID: "app", Public: true}, time.Now()))
	return &services{
		cfg:     server.Config{Sessions: sessions, Verifier: verifier, Keys: keys, OAuth: service},
		reports: register("reports"), secret: register("gateway", oauth.GrantIntrospection),
	}
}

func (s *services) handler(t *testing.T, base string, protect bool) http.Handler {
	t.Helper()
	endpoints, mux := must[*server.Server](t)(server.New(s.cfg)), http.NewServeMux()
	options := authhttp.Options{BasePath: base}
	authhttp.Mount(mux, endpoints, options)
	if !protect {
		return mux
	}
	return authhttp.Protect(must[*security.Validator](t)(endpoints.Validator()), options)(mux)
}

// TestTypedClient: the generated client speaks with the OAuth endpoints, also
// through a guard by the document around them.
func TestTypedClient(t *testing.T) {
	t.Parallel()
	for _, protect := range []bool{false, true} {
		s := newServices(t, issuerName)
		ts := httptest.NewServer(s.handler(t, "/v1", protect))
		t.Cleanup(ts.Close)
		by := func(id, secret string) *client.ClientWithResponses {
			return must[*client.ClientWithResponses](t)(client.NewClientWithResponses(ts.URL+"/v1", client.WithClientBasic(
				func(context.Context) (string, string, error) { return id, secret, nil })))
		}
		token := must[*client.TokenResponse](t)(by("reports", s.reports).TokenWithFormdataBodyWithResponse(t.Context(), client.TokenRequest{GrantType: "client_credentials"}))
		if token.JSON200 == nil || token.JSON200.Scope != "read" || token.JSON200.TokenType != client.TokenTypeBearer {
			t.Fatalf("token: %d %s", token.StatusCode(), token.Body)
		}
		body := client.IntrospectionRequest{Token: token.JSON200.AccessToken}
		said := must[*client.IntrospectResponse](t)(by("gateway", s.secret).IntrospectWithFormdataBodyWithResponse(t.Context(), body))
		if said.JSON200 == nil || !said.JSON200.Active || said.JSON200.ClientID != "reports" {
			t.Errorf("introspect: %d %s", said.StatusCode(), said.Body)
		}
		refused := must[*client.IntrospectResponse](t)(by("gateway", "wrong").IntrospectWithFormdataBodyWithResponse(t.Context(), body))
		if refused.JSON401 == nil || refused.JSON401.Error != "invalid_client" {
			t.Errorf("introspect with a wrong secret: %d %s", refused.StatusCode(), refused.Body)
		}
		revoked := must[*client.RevokeResponse](t)(by("reports", s.reports).RevokeWithFormdataBodyWithResponse(t.Context(), client.RevocationRequest{Token: token.JSON200.AccessToken}))
		if revoked.JSON400 == nil || revoked.JSON400.Error != "unsupported_token_type" {
			t.Errorf("revoke: %d %s", revoked.StatusCode(), revoked.Body)
		}
		metadata := must[*client.GetMetadataResponse](t)(by("", "").GetMetadataWithResponse(t.Context()))
		if metadata.JSON200 == nil || metadata.JSON200.TokenEndpoint != issuerName+"/auth/token" {
			t.Errorf("metadata: %d %s", metadata.StatusCode(), metadata.Body)
		}
	}
}

// TestClientBasic: the scheme of the document, for operations of one's own.
func TestClientBasic(t *testing.T) {
	t.Parallel()
	s := newServices(t, issuerName)
	endpoints := must[*server.Server](t)(server.New(s.cfg))
	v := must[*security.Validator](t)(security.New(api.SecurityTable(), api.SecurityAuthenticators(endpoints)))
	op := v.Index("").Lookup(http.MethodPost, "/auth/token")
	for _, c := range []struct{ id, secret, want string }{
		{"reports", s.reports, "reports"},
		{"reports", "wrong", ""},
		{"reports", "%zz", ""},
		{"reports", "", ""},
		{"app", "", ""}, // public: its name is no proof
		{"%00", "x", ""},
	} {
		r := httptest.NewRequest(http.MethodPost, "/auth/token", http.NoBody)
		r.SetBasicAuth(c.id, c.secret)
		p, err := v.Check(r, op)
		if c.want != "" && (err != nil || p.Subject != c.want) || c.want == "" && (err == nil || authsdk.ErrorOf(err).Status != http.StatusUnauthorized) {
			t.Errorf("%s with %q: got %v and error %v", c.id, c.secret, p, err)
		}
	}
}

// TestClientsAreNoOwners: the token of a client does not see or end the other
// sessions of the person it is about; its own it does.
func TestClientsAreNoOwners(t *testing.T) {
	t.Parallel()
	s := newServices(t, issuerName)
	h := s.handler(t, "", false)
	alice := &session.Account{Subject: "alice", Scopes: []string{"read"}}
	begin := func(id string) *authsdk.TokenPair {
		t.Helper()
		o := session.LoginOptions{Grant: session.Grant{ClientID: id}}
		return must[*authsdk.TokenPair](t)(s.cfg.Sessions.Start(t.Context(), alice, o))
	}
	own, app := begin(""), begin("app")
	for _, c := range []struct {
		method, path, token string
		want                int
	}{
		{"GET", "/auth/sessions", app.AccessToken, 403},
		{"DELETE", "/auth/sessions/" + own.SessionID, app.AccessToken, 403},
		{"POST", "/auth/logout-all", app.AccessToken, 403},
		{"GET", "/auth/sessions", own.AccessToken, 200},
		{"POST", "/auth/logout", app.AccessToken, 204},
		{"POST", "/auth/logout-all", own.AccessToken, 204},
	} {
		r := httptest.NewRequest(c.method, c.path, http.NoBody)
		r.Header.Set("Authorization", "Bearer "+c.token)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != c.want || c.want == 403 && !strings.Contains(w.Body.String(), "insufficient_scope") {
			t.Errorf("%s %s: got %d %s, want %d", c.method, c.path, w.Code, w.Body, c.want)
		}
	}
}

func TestNoClients(t *testing.T) {
	t.Parallel()
	b := newBench(t, setup{})
	form := head{"Content-Type": "application/x-www-form-urlencoded"}
	for _, path := range []string{"/auth/token", "/auth/revoke", "/auth/introspect"} {
		want(t, path, b.do("POST", path, form, "token=x&grant_type=client_credentials"), 404, "not_found")
	}
	want(t, "metadata", b.do("GET", "/.well-known/oauth-authorization-server", nil, ""), 404, "not_found")
}

// TestMetadata: where it is and what it says, by the issuer and the base URL.
func TestMetadata(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ issuer, base, path, token string }{
		{"https://auth.example", "", "", "https://auth.example/auth/token"},
		{"https://auth.example/", "", "", "https://auth.example/auth/token"},
		{"https://example.com/tenant/a", "", "/tenant/a", "https://example.com/tenant/a/auth/token"},
		{"https://example.com/tenant/", "", "/tenant", "https://example.com/tenant/auth/token"},
		{"https://auth.example", "https://api.example/v1/", "", "https://api.example/v1/auth/token"},
		{"urn:example:auth", "http://127.0.0.1:8080", "", "http://127.0.0.1:8080/auth/token"},
	} {
		s := newServices(t, c.issuer)
		s.cfg.BaseURL = c.base
		path, h := must[*server.Server](t)(server.New(s.cfg)).Metadata()
		if want := "/.well-known/oauth-authorization-server" + c.path; path != want && c.issuer[:3] != "urn" {
			t.Errorf("%s: at %s, want %s", c.issuer, path, want)
		}
		for name, h := range map[string]http.Handler{"Metadata": h, "Mount": s.handler(t, "", false)} {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/.well-known/oauth-authorization-server", http.NoBody))
			var got api.Metadata
			if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || got.Issuer != c.issuer || got.TokenEndpoint != c.token {
				t.Errorf("%s, %s: got %s", c.issuer, name, w.Body)
			}
			if w.Header().Get("Cache-Control") != "public, max-age=300" || w.Header().Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%s, %s: got the headers %v", c.issuer, name, w.Header())
			}
		}
	}
	for _, bad := range []struct{ issuer, base string }{
		{"urn:example:auth", ""}, {issuerName, "api.example"}, {issuerName, "ftp://x"}, {issuerName, "https://x?y"}, {issuerName, "https://x#y"}, {issuerName, "https://u@x"}, {issuerName, "https://"},
	} {
		s := newServices(t, bad.issuer)
		s.cfg.BaseURL = bad.base
		if _, err := server.New(s.cfg); err == nil || !strings.Contains(err.Error(), "BaseURL must be the URL in front of /auth") {
			t.Errorf("%q, %q: got %v", bad.issuer, bad.base, err)
		}
	}
	s := newServices(t, issuerName)
	s.cfg.OAuth, s.cfg.BaseURL = nil, issuerName
	if _, err := server.New(s.cfg); err == nil || !strings.Contains(err.Error(), "BaseURL has no effect without OAuth") {
		t.Errorf("BaseURL alone: got %v", err)
	}
}
