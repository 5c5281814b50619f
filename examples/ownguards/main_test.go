package main

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/authsdk/authsdk-go/authsdk"
)

func TestOwnGuards(t *testing.T) {
	const url = "http://auth.example"
	keys := must(authsdk.NewKeySet(must(authsdk.GenerateKey(authsdk.ES256))))
	s := newService(url, keys)
	ts := httptest.NewServer(s.handler())
	defer ts.Close()
	issuer := must(authsdk.NewIssuer(authsdk.IssuerConfig{Issuer: url, Keys: keys}))
	issue := func(c authsdk.Claims, tenant string) string {
		t.Helper()
		c.Subject = "alice"
		return must(issuer.Issue(t.Context(), c, map[string]string{"tenant": tenant}))
	}
	clerk := issue(authsdk.Claims{Roles: []string{"clerk"}, Scopes: []string{"mail:send"}}, "acme")
	plain, suspended := issue(authsdk.Claims{Roles: []string{"other"}}, "acme"), issue(authsdk.Claims{Roles: []string{"admin"}}, "initech")
	for _, tt := range []struct {
		what, path, token string
		status            int
		want              string
	}{
		{"one of the roles", "/orders", clerk, 200, "No orders.\n"},
		{"none of the roles", "/orders", plain, 403, `"code":"insufficient_scope"`},
		{"no token", "/orders", "", 401, `"code":"token_missing"`},
		{"suspended", "/orders", suspended, 403, `"code":"tenant_suspended"`},
		{"nobody", "/", "", 200, "Please log in.\n"},
		{"somebody", "/", plain, 200, "You are logged in.\n"},
		{"a bad token", "/", "x", 401, `"code":"token_malformed"`},
		{"suspended", "/", suspended, 403, `"code":"tenant_suspended"`},
	} {
		req := must(http.NewRequestWithContext(t.Context(), http.MethodGet, ts.URL+tt.path, http.NoBody))
		if tt.token != "" {
			req.Header.Set("Authorization", "Bearer "+tt.token)
		}
		res := must(http.DefaultClient.Do(req))
		body := string(must(io.ReadAll(res.Body)))
		res.Body.Close()
		if res.StatusCode != tt.status || !strings.Contains(body, tt.want) {
			t.Errorf("%s: %d %s, want %d %s", tt.what, res.StatusCode, body, tt.status, tt.want)
		}
	}
	if got, err := s.send(t.Context(), job{clerk, "bob"}); err != nil || got != "From alice to bob." {
		t.Errorf("send: %q, %v", got, err)
	}
	for token, want := range map[string]error{plain: authsdk.ErrInsufficientScope, "x": authsdk.ErrTokenMalformed, suspended: errSuspended} {
		if got, err := s.send(t.Context(), job{token, "bob"}); !errors.Is(err, want) || got != "" {
			t.Errorf("send: %q, %v, want %v", got, err, want)
		}
	}
}
