package authsdk_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
)

// TestPolicy asks each demand of a policy of each kind of token.
func TestPolicy(t *testing.T) {
	t.Parallel()
	keys := hmacKeys(t)
	tokens := map[string]string{
		"plain":     issue(t, keys, authsdk.Claims{}),
		"fresh":     issue(t, keys, authsdk.Claims{Fresh: true, AuthTime: start}),
		"stale":     issue(t, keys, authsdk.Claims{AuthTime: start.Add(-10 * time.Minute)}),
		"until":     issue(t, keys, authsdk.Claims{FreshUntil: start}),
		"was fresh": issue(t, keys, authsdk.Claims{FreshUntil: start.Add(-time.Second), Fresh: true}),
		"refresh":   issue(t, keys, authsdk.Claims{Type: authsdk.Refresh}),
		"own type":  issue(t, keys, authsdk.Claims{Type: "password-reset"}),
		"reader":    issue(t, keys, authsdk.Claims{Scopes: []string{"read"}}),
		"both":      issue(t, keys, authsdk.Claims{Scopes: []string{"read", "write"}, Roles: []string{"admin", "ops"}}),
	}
	var (
		wrongType = authsdk.ErrTokenWrongType
		fresh     = authsdk.ErrFreshTokenRequired
		scope     = authsdk.ErrInsufficientScope
	)
	types := func(t ...authsdk.TokenType) authsdk.Policy { return authsdk.Policy{Types: t} }
	v := newVerifier(t, keys)
	for _, tt := range []struct {
		token string
		p     authsdk.Policy
		want  error
	}{
		{"plain", authsdk.Policy{}, nil},
		{"refresh", authsdk.Policy{}, wrongType},
		{"own type", authsdk.Policy{}, wrongType},
		{"plain", types(authsdk.Refresh), wrongType},
		{"refresh", types(authsdk.Refresh), nil},
		{"refresh", types(authsdk.Access, authsdk.Refresh), nil},
		{"plain", types(authsdk.Access, authsdk.Refresh), nil},
		{"own type", types(authsdk.Access, authsdk.Refresh), wrongType},
		{"own type", types("password-reset"), nil},
		{"plain", types("password-reset"), wrongType},
		{"own type", types(authsdk.AnyType), nil},
		{"refresh", types(authsdk.AnyType), nil},

		{"plain", authsdk.Policy{Fresh: true}, fresh},
		{"fresh", authsdk.Policy{Fresh: true}, nil},
		{"until", authsdk.Policy{Fresh: true}, nil},
		{"was fresh", authsdk.Policy{Fresh: true}, fresh},
		{"refresh", authsdk.Policy{Fresh: true}, wrongType},
		{"refresh", authsdk.Policy{Fresh: true, Types: []authsdk.TokenType{authsdk.AnyType}}, fresh},
		{"plain", authsdk.Policy{FreshWithin: time.Hour}, fresh},
		{"fresh", authsdk.Policy{FreshWithin: time.Second}, nil},
		{"stale", authsdk.Policy{FreshWithin: 10 * time.Minute}, nil},
		{"stale", authsdk.Policy{FreshWithin: 10*time.Minute - 1}, fresh},
		{"fresh", authsdk.Policy{FreshWithin: -1}, fresh},

		{"plain", authsdk.Policy{Scopes: []string{"read"}}, scope},
		{"reader", authsdk.Policy{Scopes: []string{"read"}}, nil},
		{"reader", authsdk.Policy{Scopes: []string{"read", "write"}}, scope},
		{"reader", authsdk.Policy{Scopes: []string{"rea"}}, scope},
		{"both", authsdk.Policy{Scopes: []string{"write", "read"}, Roles: []string{"ops"}}, nil},
		{"both", authsdk.Policy{Roles: []string{"root"}}, scope},
	} {
		_, err := v.Verify(t.Context(), tokens[tt.token], tt.p)
		if !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) {
			t.Errorf("%s with %+v: %v, want %v", tt.token, tt.p, err, tt.want)
		}
	}
	_, err := v.Verify(t.Context(), tokens["reader"], authsdk.Policy{Scopes: []string{"read", "write"}})
	if got := authsdk.ErrorOf(err).Scope; got != "read write" {
		t.Errorf("the refusal names the scope %q, want all that are needed", got)
	}
	if authsdk.ErrInsufficientScope.Scope != "" {
		t.Error("the sentinel was changed")
	}
}

// TestStepOrder: where several demands fail, the first step of the documented
// order answers.
func TestStepOrder(t *testing.T) {
	t.Parallel()
	keys := hmacKeys(t)
	v := newVerifier(t, keys, func(c *authsdk.VerifierConfig) {
		c.Revoked = func(context.Context, *authsdk.Claims) (bool, error) { return true, nil }
	})
	p := authsdk.Policy{Fresh: true, Scopes: []string{"none"}}
	for _, tt := range []struct {
		name   string
		claims authsdk.Claims
		want   error
	}{
		{"expired before type", authsdk.Claims{Type: authsdk.Refresh, IssuedAt: start.Add(-time.Hour), Expires: start.Add(-time.Minute)}, authsdk.ErrTokenExpired},
		{"type before freshness", authsdk.Claims{Type: authsdk.Refresh}, authsdk.ErrTokenWrongType},
		{"freshness before revocation", authsdk.Claims{}, authsdk.ErrFreshTokenRequired},
		{"revocation before scopes", authsdk.Claims{Fresh: true}, authsdk.ErrTokenRevoked},
	} {
		if _, err := v.Verify(t.Context(), issue(t, keys, tt.claims), p); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
}

// TestPolicyValidate reports every mistake of a policy, all together.
func TestPolicyValidate(t *testing.T) {
	t.Parallel()
	good := authsdk.Policy{
		Fresh: true, FreshWithin: time.Minute, Types: []authsdk.TokenType{authsdk.AnyType, "password-reset"},
		Scopes: []string{"orders:read"}, Roles: []string{"admin"}, Locations: []authsdk.Location{authsdk.Bearer()},
	}
	for _, p := range []authsdk.Policy{{}, good} {
		if err := p.Validate(); err != nil {
			t.Error(err)
		}
	}
	bad := authsdk.Policy{
		FreshWithin: -time.Second, Types: []authsdk.TokenType{"A B"}, Scopes: []string{"a b"}, Roles: []string{""},
		Locations: []authsdk.Location{
			{},
			authsdk.Query("", ""), authsdk.JSONBody("", "x"),
			authsdk.Header(authsdk.HeaderConfig{Name: "X Y"}), authsdk.Header(authsdk.HeaderConfig{Scheme: "a b"}),
			authsdk.Header(authsdk.HeaderConfig{Bare: true, Scheme: "Bearer"}),
		},
	}
	err := bad.Validate()
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		"FreshWithin is -1s: it must not be negative", `Types: "A B" must match`, "Scopes must be scopes of RFC 6749",
		"Roles must have 1 to 255 bytes", "a member without Find", "Query needs the name", "JSONBody needs two keys",
		`the Name "X Y" is no header name`, `the Scheme "a b" is not one word`, "a Bare header has no Scheme",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v\ndoes not say %q", err, want)
		}
	}
}

// TestAnyTypeLooksEverywhere: where every type is accepted, a refresh token is
// found where refresh tokens stand.
func TestAnyTypeLooksEverywhere(t *testing.T) {
	t.Parallel()
	keys := hmacKeys(t)
	cookies := must[*authsdk.Cookies](t)(authsdk.NewCookies(authsdk.CookieConfig{}))
	v := newVerifier(t, keys, func(cfg *authsdk.VerifierConfig) { cfg.Locations = []authsdk.Location{cookies.Location()} })
	access, refresh := issue(t, keys, authsdk.Claims{}), issue(t, keys, authsdk.Claims{Type: authsdk.Refresh})
	for _, tt := range []struct {
		cookies map[string]string
		want    authsdk.TokenType
	}{
		{map[string]string{"__Host-access_token": access}, authsdk.Access},
		{map[string]string{"__Host-refresh_token": refresh}, authsdk.Refresh},
		{map[string]string{"__Host-refresh_token": refresh, "__Host-access_token": access}, authsdk.Access},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
		for name, value := range tt.cookies {
			r.AddCookie(&http.Cookie{Name: name, Value: value})
		}
		p, err := v.Principal(r, authsdk.Policy{Types: []authsdk.TokenType{authsdk.AnyType}})
		if err != nil {
			t.Errorf("%v: %v", tt.want, err)
			continue
		}
		if c, ok := p.Claims.(*authsdk.Claims); !ok || c.Type != tt.want || p.Location != "cookies" {
			t.Errorf("%v in %s, want %s", p.Claims, p.Location, tt.want)
		}
	}
}
