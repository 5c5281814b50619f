package authsdk_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
)

// TestInsecureOpen replaces the reading of tokens and keeps every step behind it.
func TestInsecureOpen(t *testing.T) {
	t.Parallel()
	errDown := errors.New("no answer")
	errEnded := errors.Join(authsdk.ErrTokenExpired)
	open := func(_ context.Context, raw string) (*authsdk.Claims, error) {
		switch raw {
		case "good":
			return &authsdk.Claims{Type: authsdk.Access, Subject: "alice"}, nil
		case "refresh":
			return &authsdk.Claims{Type: authsdk.Refresh, Subject: "alice"}, nil
		case "ended":
			return &authsdk.Claims{Type: authsdk.Access, Subject: "alice"}, errEnded
		case "revoked":
			return &authsdk.Claims{Type: authsdk.Access, Subject: "mallory"}, nil
		case "ended without claims":
			return nil, errEnded
		case "bad with claims":
			return &authsdk.Claims{Type: authsdk.Access, Subject: "alice"}, authsdk.ErrTokenInvalid
		case "down":
			return nil, errDown
		}
		return nil, nil
	}
	v := must[*authsdk.Verifier](t)(authsdk.NewVerifier(authsdk.VerifierConfig{
		InsecureOpen: open,
		Revoked:      func(_ context.Context, c *authsdk.Claims) (bool, error) { return c.Subject == "mallory", nil },
	}))
	ended := authsdk.Policy{InsecureExpired: true}
	for _, tt := range []struct {
		raw    string
		p      authsdk.Policy
		want   error
		claims bool // the refusal carries them
	}{
		{"good", authsdk.Policy{}, nil, false},
		{"good", authsdk.Policy{Fresh: true}, authsdk.ErrFreshTokenRequired, true},
		{"refresh", authsdk.Policy{}, authsdk.ErrTokenWrongType, true},
		{"revoked", authsdk.Policy{}, authsdk.ErrTokenRevoked, true},
		{"ended", authsdk.Policy{}, authsdk.ErrTokenExpired, true},
		{"ended", ended, nil, false},
		{"ended without claims", ended, authsdk.ErrTokenExpired, false},
		{"bad with claims", ended, authsdk.ErrTokenInvalid, false},
		{"down", authsdk.Policy{}, authsdk.ErrStoreUnavailable, false},
		{"neither", authsdk.Policy{}, authsdk.ErrTokenInvalid, false},
	} {
		c, err := v.Verify(t.Context(), tt.raw, tt.p)
		if !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) || (c == nil) != (tt.want != nil) {
			t.Errorf("%s: %v, %v; want %v", tt.raw, c, err, tt.want)
		}
		if e := authsdk.ErrorOf(err); (e != nil && e.Claims != nil) != tt.claims {
			t.Errorf("%s: the refusal %+v has claims: %v", tt.raw, e, !tt.claims)
		}
	}
}

// TestExpiredIsWeakest: a token that has ended is told so only if the request
// may use it.
func TestExpiredIsWeakest(t *testing.T) {
	t.Parallel()
	keys := hmacKeys(t)
	past := start.Add(-time.Hour)
	token := issue(t, keys, authsdk.Claims{IssuedAt: past, Expires: past.Add(time.Hour / 2), CSRF: "0123456789abcdef"})
	cookies := must[*authsdk.Cookies](t)(authsdk.NewCookies(authsdk.CookieConfig{}))
	v := newVerifier(t, keys, func(cfg *authsdk.VerifierConfig) { cfg.Locations = []authsdk.Location{cookies.Location()} })
	for csrf, want := range map[string]error{"": authsdk.ErrCSRF, "other": authsdk.ErrCSRF, "0123456789abcdef": authsdk.ErrTokenExpired} {
		r := httptest.NewRequest(http.MethodPost, "/", http.NoBody)
		r.AddCookie(&http.Cookie{Name: "__Host-access_token", Value: token})
		r.Header.Set("X-Csrf-Token", csrf)
		_, err := v.Authenticate(r, authsdk.Policy{})
		if !errors.Is(err, want) {
			t.Errorf("CSRF %q: %v, want %v", csrf, err, want)
		}
		if e := authsdk.ErrorOf(err); e.Claims == nil || e.Claims.Subject != "alice" {
			t.Errorf("CSRF %q: the refusal does not say whose token it was: %v", csrf, e.Claims)
		}
	}
	if authsdk.ErrTokenExpired.Claims != nil {
		t.Error("the sentinel was changed")
	}
}

func TestUnverified(t *testing.T) {
	t.Parallel()
	header, claims, err := authsdk.Unverified(seal(`{"alg":"none"}`, `{"iss":"x"}`))
	if string(header) != `{"alg":"none"}` || string(claims) != `{"iss":"x"}` || err != nil {
		t.Errorf("%s %s %v", header, claims, err)
	}
	for _, raw := range []string{"", "x", "a.b.c", seal("no JSON", "{}"), seal("{}", "{}{"), seal("{}", "{}") + "="} {
		if header, claims, err := authsdk.Unverified(raw); !errors.Is(err, authsdk.ErrTokenMalformed) || header != nil || claims != nil {
			t.Errorf("%q: %s %s %v", raw, header, claims, err)
		}
	}
}

func TestOtherIssuers(t *testing.T) {
	t.Parallel()
	keys := hmacKeys(t)
	v := newVerifier(t, keys, func(cfg *authsdk.VerifierConfig) {
		cfg.Issuer, cfg.OtherIssuers, cfg.Audience = "https://new.example", []string{testIssuer}, []string{testIssuer}
	})
	if _, err := v.Verify(t.Context(), issue(t, keys, authsdk.Claims{}), authsdk.Policy{}); err != nil {
		t.Error(err)
	}
	foreign := seal(goodHeader(keys), payload(map[string]string{"iss": `"https://third.example"`}))
	if _, err := v.Verify(t.Context(), foreign, authsdk.Policy{}); !errors.Is(err, authsdk.ErrTokenInvalid) {
		t.Error(err)
	}
}
