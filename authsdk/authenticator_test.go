package authsdk_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/security"
)

// credential is what package security hands to an authenticator.
func credential(method, value, tokenType string) *security.Credential {
	return &security.Credential{
		Scheme: &security.Scheme{Name: "s", TokenType: tokenType}, Operation: &security.Operation{ID: "op"},
		Value: value, Request: httptest.NewRequest(method, "/", http.NoBody),
	}
}

func TestAuthenticator(t *testing.T) {
	t.Parallel()
	keys := hmacKeys(t)
	v := newVerifier(t, keys)
	access := issue(t, keys, authsdk.Claims{Scopes: []string{"read"}})
	refresh := issue(t, keys, authsdk.Claims{Type: authsdk.Refresh})
	for _, tt := range []struct {
		name, token, tokenType string
		p                      authsdk.Policy
		want                   error
	}{
		{"access", access, "", authsdk.Policy{}, nil},
		{"refresh", refresh, "", authsdk.Policy{}, authsdk.ErrTokenWrongType},
		{"refresh scheme", refresh, "refresh", authsdk.Policy{}, nil},
		{"refresh scheme, access token", access, "refresh", authsdk.Policy{}, authsdk.ErrTokenWrongType},
		{"the policy's types go first", access, "refresh", authsdk.Policy{Types: []authsdk.TokenType{authsdk.Access}}, nil},
		{"the policy's scopes", access, "", authsdk.Policy{Scopes: []string{"write"}}, authsdk.ErrInsufficientScope},
		{"garbage", "x", "", authsdk.Policy{}, authsdk.ErrTokenMalformed},
	} {
		p, err := v.Authenticator(tt.p)(t.Context(), credential("POST", tt.token, tt.tokenType))
		if !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
		if err == nil && (p.Subject != "alice" || p.Claims.(*authsdk.Claims).Subject != "alice") {
			t.Errorf("%s: principal %+v", tt.name, p)
		}
	}
}

// TestMeets: what an operation demands besides its schemes.
func TestMeets(t *testing.T) {
	t.Parallel()
	keys := hmacKeys(t)
	auth := newVerifier(t, keys).Authenticator(authsdk.Policy{})
	stale := authsdk.Claims{AuthTime: start.Add(-10 * time.Minute), Roles: []string{"ops"}}
	fresh := authsdk.Claims{AuthTime: start, Fresh: true, Roles: []string{"ops", "admin"}}
	for _, tt := range []struct {
		name   string
		claims authsdk.Claims
		d      security.Demands
		want   error
	}{
		{"nothing", stale, security.Demands{}, nil},
		{"fresh", fresh, security.Demands{Fresh: true, FreshWithin: time.Minute, Roles: []string{"admin"}}, nil},
		{"stale", stale, security.Demands{Fresh: true}, authsdk.ErrFreshTokenRequired},
		{"too long ago", stale, security.Demands{FreshWithin: 9 * time.Minute}, authsdk.ErrFreshTokenRequired},
		{"not too long ago", stale, security.Demands{FreshWithin: 10 * time.Minute}, nil},
		{"no role", stale, security.Demands{Roles: []string{"admin"}}, authsdk.ErrInsufficientScope},
	} {
		p := must[*security.Principal](t)(auth(t.Context(), credential("GET", issue(t, keys, tt.claims), "")))
		if err := p.Meets(tt.d); !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
}

func TestCookieAuthenticators(t *testing.T) {
	t.Parallel()
	keys := hmacKeys(t)
	v, k := newVerifier(t, keys), newCookies(t, authsdk.CookieConfig{})
	const value = "csrf-of-the-access-token"
	token := issue(t, keys, authsdk.Claims{CSRF: value})
	cookie := k.Authenticator(v, authsdk.Policy{})
	if _, err := cookie(t.Context(), credential("POST", token, "")); !errors.Is(err, authsdk.ErrCSRF) {
		t.Errorf("unsafe, without the value: %v, want csrf_failed", err)
	}
	if _, err := cookie(t.Context(), credential("GET", token, "")); err != nil {
		t.Errorf("safe: %v", err)
	}
	c := credential("POST", token, "")
	c.Request.Header.Set("X-Csrf-Token", value)
	principal, err := cookie(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	csrf := k.CSRFAuthenticator()
	foreign := &security.Principal{Subject: "alice", Claims: "of another kind"}
	none := must[*security.Principal](t)(v.Authenticator(authsdk.Policy{})(t.Context(), credential("GET", issue(t, keys, authsdk.Claims{}), "")))
	for _, tt := range []struct {
		name  string
		p     *security.Principal
		value string
		want  error
	}{
		{"good", principal, value, nil},
		{"another value", principal, value + "x", authsdk.ErrCSRF},
		{"nobody", nil, value, authsdk.ErrCSRF},
		{"claims of another kind", foreign, value, authsdk.ErrCSRF},
		{"a token without a value", none, "", authsdk.ErrCSRF},
	} {
		c := credential("GET", tt.value, "")
		c.Principal = tt.p
		p, err := csrf(t.Context(), c)
		if p != nil || !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) {
			t.Errorf("%s: %v, %v; want %v", tt.name, p, err, tt.want)
		}
	}
}

// detailed is an error that is no authsdk.Error and has something to say.
type detailed struct{}

func (detailed) Error() string       { return "own" }
func (detailed) ErrorCode() string   { return "own" }
func (detailed) ErrorDetail() string { return "For people." }

// TestCookieScheme: a cookie scheme needs the authenticator that checks for
// forged requests.
func TestCookieScheme(t *testing.T) {
	t.Parallel()
	keys := hmacKeys(t)
	c := &security.Credential{
		Scheme: &security.Scheme{Name: "cookie", Kind: security.APIKeyCookie}, Value: issue(t, keys, authsdk.Claims{}),
		Request: httptest.NewRequest(http.MethodPost, "/", http.NoBody),
	}
	p, err := newVerifier(t, keys).Authenticator(authsdk.Policy{})(t.Context(), c)
	if p != nil || err == nil || !strings.Contains(err.Error(), "use Cookies.Authenticator") {
		t.Errorf("Authenticator of a cookie scheme: %v, %v", p, err)
	}
}

// TestDenied: what package security refuses is rendered as the same refusal.
func TestDenied(t *testing.T) {
	t.Parallel()
	challenges := []string{"Bearer x"}
	throttled := *authsdk.ErrTooManyAttempts
	throttled.RetryAfter = time.Minute
	for _, tt := range []struct {
		name string
		d    security.Denied
		want authsdk.Error
	}{
		{
			"by a sentinel's code",
			security.Denied{Status: 401, Code: "token_missing", Challenges: challenges},
			authsdk.Error{Code: "token_missing", Status: 401, Detail: authsdk.ErrTokenMissing.Detail, Challenges: challenges},
		},
		{
			"by its cause",
			security.Denied{Status: 401, Code: "token_expired", Err: authsdk.ErrTokenExpired, Challenges: challenges},
			authsdk.Error{Code: "token_expired", Status: 401, Detail: authsdk.ErrTokenExpired.Detail, Challenges: challenges},
		},
		{
			"nothing known",
			security.Denied{Status: 503, Code: "store_unavailable", RetryAfter: 5 * time.Second},
			authsdk.Error{Code: "store_unavailable", Status: 503, Detail: authsdk.ErrStoreUnavailable.Detail, RetryAfter: 2 * time.Second},
		},
		{
			"waits as its cause says",
			security.Denied{Status: 429, Code: "too_many_attempts", Err: &throttled},
			authsdk.Error{Code: "too_many_attempts", Status: 429, Detail: throttled.Detail, RetryAfter: time.Minute},
		},
		{
			"a code of the application",
			security.Denied{Status: 403, Code: "own", RetryAfter: time.Second},
			authsdk.Error{Code: "own", Status: 403, RetryAfter: time.Second, Challenges: []string{}},
		},
		{
			"the detail of another error",
			security.Denied{Status: 401, Code: "own", Err: detailed{}, Challenges: challenges},
			authsdk.Error{Code: "own", Status: 401, Detail: "For people.", Challenges: challenges},
		},
		{
			"a cause with another code",
			security.Denied{Status: 401, Code: "token_missing", Err: authsdk.ErrTokenExpired, Challenges: challenges},
			authsdk.Error{Code: "token_missing", Status: 401, Detail: authsdk.ErrTokenMissing.Detail, Challenges: challenges},
		},
		{
			"a cause without a status",
			security.Denied{Status: 503, Code: "own", Err: &authsdk.Error{Code: "own"}},
			authsdk.Error{Code: "own", Status: 503},
		},
		{
			"in no document",
			security.Denied{Status: 404, Code: "not_found"},
			authsdk.Error{Code: "not_found", Status: 404, Detail: "There is nothing here."},
		},
	} {
		if diff := cmp.Diff(&tt.want, authsdk.ErrorOf(&tt.d)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
	if authsdk.ErrTokenMissing.Challenges != nil {
		t.Error("a sentinel was changed")
	}
}

func TestExtra(t *testing.T) {
	t.Parallel()
	keys := hmacKeys(t)
	token := must[string](t)(newIssuer(t, keys).Issue(t.Context(), authsdk.Claims{Subject: "alice"}, map[string]any{"n": 9007199254740993, "tenant": "acme"}))
	c := must[*authsdk.Claims](t)(newVerifier(t, keys).Verify(t.Context(), token, authsdk.Policy{}))
	extra := c.Extra()
	if len(extra) != 2 || extra["tenant"] != "acme" || cmp.Equal(extra["n"], float64(9007199254740993)) {
		t.Errorf("Extra = %v", extra)
	}
	if got := (&authsdk.Claims{}).Extra(); got == nil || len(got) != 0 {
		t.Errorf("Extra of no claims = %v", got)
	}
}
