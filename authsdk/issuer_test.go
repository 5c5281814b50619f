package authsdk_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/authsdk/authsdk-go/authsdk"
)

// segments decodes header and payload of a token.
func segments(t *testing.T, token string) (header, payload map[string]any) {
	t.Helper()
	seg := strings.Split(token, ".")
	for i, into := range []*map[string]any{&header, &payload} {
		if err := json.Unmarshal(must[[]byte](t)(base64.RawURLEncoding.DecodeString(seg[i])), into); err != nil {
			t.Fatal(err)
		}
	}
	return header, payload
}

// TestIssueWire holds the tokens to the letters of the design.
func TestIssueWire(t *testing.T) {
	t.Parallel()
	keys := hmacKeys(t)
	now := float64(start.Unix())
	for _, tt := range []struct {
		name   string
		claims authsdk.Claims
		typ    string
		want   map[string]any
	}{
		{"access", authsdk.Claims{ID: "0123456789abcdef", Fresh: true, Scopes: []string{"a", "b"}}, "at+jwt", map[string]any{
			"type": "access", "fresh": true, "exp": now + 900, "scope": "a b",
		}},
		{"refresh", authsdk.Claims{Type: authsdk.Refresh, ID: "0123456789abcdef", SessionID: "session-01234567", Generation: 3}, "rt+jwt", map[string]any{
			"type": "refresh", "exp": now + 30*24*3600, "sid": "session-01234567", "gen": float64(3),
		}},
		{"first refresh", authsdk.Claims{Type: authsdk.Refresh, ID: "0123456789abcdef", SessionID: "session-01234567"}, "rt+jwt", map[string]any{
			"type": "refresh", "exp": now + 30*24*3600, "sid": "session-01234567", "gen": float64(0),
		}},
		{"own", authsdk.Claims{Type: "invite", ID: "0123456789abcdef", FreshUntil: start.Add(time.Minute), Expires: start.Add(time.Hour)}, "invite+jwt", map[string]any{
			"type": "invite", "fresh": now + 60, "exp": now + 3600,
		}},
	} {
		header, got := segments(t, issue(t, keys, tt.claims))
		if want := map[string]any{"alg": "HS256", "kid": keys.Signer().ID(), "typ": tt.typ}; !cmp.Equal(want, header) {
			t.Errorf("%s: header %v, want %v", tt.name, header, want)
		}
		want := map[string]any{
			"iss": testIssuer, "aud": []any{testIssuer}, "sub": "alice", "jti": "0123456789abcdef", "iat": now, "nbf": now,
		}
		if tt.claims.Type == "" {
			want["fresh"] = false
		}
		maps.Copy(want, tt.want)
		if tt.name == "own" {
			want["fresh"] = tt.want["fresh"]
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestIssueRefuses(t *testing.T) {
	t.Parallel()
	i := newIssuer(t, hmacKeys(t))
	long := make([]string, 257)
	for n := range long {
		long[n] = "r"
	}
	for _, tt := range []struct {
		name   string
		claims authsdk.Claims
		want   string
	}{
		{"no subject", authsdk.Claims{}, "Subject must"},
		{"subject with line break", authsdk.Claims{Subject: "a\nb"}, "Subject must"},
		{"type", authsdk.Claims{Subject: "a", Type: "ACCESS"}, "Type must match"},
		{"any type", authsdk.Claims{Subject: "a", Type: authsdk.AnyType}, "Type must match"},
		{"short ID", authsdk.Claims{Subject: "a", ID: "x"}, "ID must match"},
		{"session", authsdk.Claims{Subject: "a", SessionID: "x"}, "SessionID must match"},
		{"CSRF", authsdk.Claims{Subject: "a", CSRF: "x"}, "CSRF must match"},
		{"generation", authsdk.Claims{Subject: "a", Generation: -1}, "Generation must"},
		{"over at once", authsdk.Claims{Subject: "a", Expires: start}, "Expires must"},
		{"in the past", authsdk.Claims{Subject: "a", Expires: start.Add(-time.Hour)}, "Expires must"},
		{"scope", authsdk.Claims{Subject: "a", Scopes: []string{"a b"}}, "Scopes must"},
		{"role", authsdk.Claims{Subject: "a", Roles: []string{""}}, "Roles must"},
		{"roles", authsdk.Claims{Subject: "a", Roles: long}, "Roles must be at most"},
	} {
		token, err := i.Issue(t.Context(), tt.claims, nil)
		if err == nil || !strings.Contains(err.Error(), tt.want) || token != "" {
			t.Errorf("%s: %q, %v; want an error that says %q", tt.name, token, err, tt.want)
		}
	}
	_, err := i.Issue(t.Context(), authsdk.Claims{Type: "X", CSRF: "x"}, nil)
	for _, want := range []string{"Type", "Subject", "CSRF"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not name %s: %v", want, err)
		}
	}
}

func TestIssueCustomClaims(t *testing.T) {
	t.Parallel()
	i := newIssuer(t, hmacKeys(t))
	for _, tt := range []struct {
		name   string
		custom any
		want   string
	}{
		{"nil", nil, ""},
		{"empty", map[string]any{}, ""},
		{"struct", struct {
			Tenant string `json:"tenant"`
		}{"acme"}, ""},
		{"URL as name", map[string]any{"https://example.com/role": 1}, ""},
		{"not an object", []int{1}, "not one well-formed JSON object"},
		{"text", "x", "not one well-formed JSON object"},
		{"not JSON", func() {}, "custom claims"},
		{"look-alike names", map[string]any{"a": 1, "A": 2}, "look-alike"},
		{"bad name", map[string]any{`x":0,"admin`: 1}, "must match"},
		{"empty name", map[string]any{"": 1}, "must match"},
		{"sub", map[string]any{"sub": "admin"}, "belongs to this package"},
		{"SUB", map[string]any{"SUB": "admin"}, "belongs to this package"},
		{"exp", json.RawMessage(`{"exp":99999999999}`), "belongs to this package"},
		{"cnf", map[string]any{"cnf": 1}, "belongs to this package"},
		{"too much", map[string]any{"x": strings.Repeat("x", 8192)}, "carry fewer claims"},
	} {
		token, err := i.Issue(t.Context(), authsdk.Claims{Subject: "a"}, tt.custom)
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want) || token != "") {
			t.Errorf("%s: %v, want an error that says %q", tt.name, err, tt.want)
		}
	}
	if _, err := authsdk.Custom[struct{ Tenant int }](&authsdk.Claims{Raw: json.RawMessage(`{"Tenant":"x"}`)}); !errors.Is(err, authsdk.ErrTokenInvalid) {
		t.Errorf("Custom of another type: %v, want token_invalid", err)
	}
}

// signsNothing is a key source whose keys only verify.
type signsNothing struct{ keys *authsdk.KeySet }

func (s signsNothing) KeySet(context.Context) (*authsdk.KeySet, error) { return s.keys, nil }

func TestIssuerConfig(t *testing.T) {
	t.Parallel()
	_, err := authsdk.NewIssuer(authsdk.IssuerConfig{AccessTTL: -1, RefreshTTL: 1000 * 24 * time.Hour, Audience: []string{"a\n"}})
	for _, want := range []string{"Issuer is required", "Keys is required", "AccessTTL is -1ns", "RefreshTTL is 24000h", "Audience has a member"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not say %q:\n%v", want, err)
		}
	}
	verifying := must[*authsdk.KeySet](t)(authsdk.ParseKeySet(must[*authsdk.KeySet](t)(authsdk.NewKeySet(must[*authsdk.Key](t)(authsdk.GenerateKey(authsdk.ES256)))).PublicJWKS()))
	if _, err := authsdk.NewIssuer(authsdk.IssuerConfig{Issuer: testIssuer, Keys: verifying}); err == nil || !strings.Contains(err.Error(), "no key that can sign") {
		t.Errorf("keys that only verify: %v", err)
	}
	for _, keys := range []authsdk.KeySource{signsNothing{verifying}, brokenKeys{}} {
		if token, err := newIssuer(t, keys).Issue(t.Context(), authsdk.Claims{Subject: "a"}, nil); err == nil || token != "" {
			t.Errorf("%T: token %q, error %v", keys, token, err)
		}
	}
	own := must[*authsdk.Issuer](t)(authsdk.NewIssuer(authsdk.IssuerConfig{Issuer: testIssuer, Keys: hmacKeys(t), Audience: []string{"api"}, AccessTTL: time.Minute}))
	if own.AccessTTL() != time.Minute {
		t.Errorf("AccessTTL = %s", own.AccessTTL())
	}
	token := must[string](t)(own.Issue(t.Context(), authsdk.Claims{Subject: "a"}, nil))
	if _, got := segments(t, token); !cmp.Equal(got["aud"], []any{"api"}) {
		t.Errorf("aud = %v, want api", got["aud"])
	}
}
