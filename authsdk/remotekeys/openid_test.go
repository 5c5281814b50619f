package remotekeys_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/remotekeys"
	"github.com/authsdk/authsdk-go/authsdk/security"
)

// TestAuthenticators: an openIdConnect scheme of a document needs no more than
// the name of the service.
func TestAuthenticators(t *testing.T) {
	t.Parallel()
	issuer, _, cfg := world(t)
	cfg.URL = ""
	table := &security.Table{
		Schemes: []security.Scheme{
			{Name: "oidc", Kind: security.Bearer, DiscoveryURL: issuer.URL + "/.well-known/openid-configuration"},
			{Name: "key", Kind: security.APIKeyHeader, Param: "X-Key"},
		},
		Operations: []security.Operation{{ID: "get", Method: "GET", Path: "/", Security: []security.Alternative{{{Scheme: 0, Scopes: []string{"read"}}}}}},
	}
	auths, sources, err := remotekeys.Authenticators(t.Context(), table, remotekeys.OpenIDConfig{Audience: []string{issuer.URL}, Keys: cfg})
	if err != nil || len(auths) != 1 || len(sources) != 1 {
		t.Fatal(auths, sources, err)
	}
	v, err := security.New(table, auths)
	if err != nil {
		t.Fatal(err)
	}
	check := func(token string) error {
		r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
		r.Header.Set("Authorization", "Bearer "+token)
		_, err := v.Check(r, &table.Operations[0])
		return err
	}
	if err := check(issuer.Token(authsdk.Claims{Scopes: []string{"read"}}, nil)); err != nil {
		t.Error(err)
	}
	if err := check(issuer.Token(authsdk.Claims{}, nil)); err == nil || !strings.Contains(err.Error(), "insufficient_scope") {
		t.Error(err)
	}
	if err := check(issuer.Token(authsdk.Claims{Type: authsdk.Refresh, Scopes: []string{"read"}}, nil)); err == nil {
		t.Error("a refresh token was accepted")
	}
	for name, bad := range map[string]remotekeys.OpenIDConfig{
		"no audience": {Keys: cfg}, "a URL": {Audience: []string{"x"}, Keys: remotekeys.Config{URL: "https://a.example/"}},
		"private": {Audience: []string{"x"}},
	} {
		if _, _, err := remotekeys.Authenticators(t.Context(), table, bad); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	table.Schemes[0].DiscoveryURL = issuer.URL
	if _, _, err := remotekeys.Authenticators(t.Context(), table, remotekeys.OpenIDConfig{Audience: []string{"x"}, Keys: cfg}); err == nil {
		t.Error("a URL that is no discovery URL")
	}
}
