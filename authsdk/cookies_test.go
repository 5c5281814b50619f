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
)

func newCookies(t *testing.T, cfg authsdk.CookieConfig) *authsdk.Cookies {
	t.Helper()
	cfg.Now = fixedClock
	return must[*authsdk.Cookies](t)(authsdk.NewCookies(cfg))
}

func testPair() *authsdk.TokenPair {
	return &authsdk.TokenPair{
		AccessToken: "a.a.a", RefreshToken: "r.r.r", AccessCSRF: "csrf-of-the-access-token", RefreshCSRF: "csrf-of-the-refresh-token",
		AccessExpires: start.Add(15 * time.Minute), RefreshExpires: start.Add(30 * 24 * time.Hour),
	}
}

func TestSetCookies(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		cfg  authsdk.CookieConfig
		want []string
	}{
		{"default", authsdk.CookieConfig{}, []string{
			"__Host-access_token=a.a.a; Path=/; Max-Age=900; HttpOnly; Secure; SameSite=Lax",
			"__Host-refresh_token=r.r.r; Path=/; Max-Age=2592000; HttpOnly; Secure; SameSite=Lax",
			"__Host-access_token_csrf=csrf-of-the-access-token; Path=/; Max-Age=900; Secure; SameSite=Lax",
			"__Host-refresh_token_csrf=csrf-of-the-refresh-token; Path=/; Max-Age=2592000; Secure; SameSite=Lax",
		}},
		{"refresh path", authsdk.CookieConfig{RefreshPath: "/auth", SameSite: http.SameSiteStrictMode, Partitioned: true}, []string{
			"__Host-access_token=a.a.a; Path=/; Max-Age=900; HttpOnly; Secure; SameSite=Strict; Partitioned",
			"__Secure-refresh_token=r.r.r; Path=/auth; Max-Age=2592000; HttpOnly; Secure; SameSite=Strict; Partitioned",
			"__Host-access_token_csrf=csrf-of-the-access-token; Path=/; Max-Age=900; Secure; SameSite=Strict; Partitioned",
			"__Secure-refresh_token_csrf=csrf-of-the-refresh-token; Path=/; Max-Age=2592000; Secure; SameSite=Strict; Partitioned",
		}},
		{"insecure, own names", authsdk.CookieConfig{InsecureHTTP: true, AccessName: "at"}, []string{
			"at=a.a.a; Path=/; Max-Age=900; HttpOnly; SameSite=Lax",
			"refresh_token=r.r.r; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax",
			"at_csrf=csrf-of-the-access-token; Path=/; Max-Age=900; SameSite=Lax",
			"refresh_token_csrf=csrf-of-the-refresh-token; Path=/; Max-Age=2592000; SameSite=Lax",
		}},
	} {
		k := newCookies(t, tt.cfg)
		set, cleared := httptest.NewRecorder(), httptest.NewRecorder()
		if err := k.Set(set, testPair()); err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if diff := cmp.Diff(tt.want, set.Header()["Set-Cookie"]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
		k.Clear(cleared)
		for i, got := range cleared.Header()["Set-Cookie"] {
			name, rest, _ := strings.Cut(tt.want[i], "=")
			_, attributes, _ := strings.Cut(rest, "; ")
			attributes = strings.NewReplacer("Max-Age=900", "Max-Age=0", "Max-Age=2592000", "Max-Age=0").Replace(attributes)
			if want := name + "=; " + attributes; got != want {
				t.Errorf("%s: cleared by\n%s, want\n%s", tt.name, got, want)
			}
		}
	}
}

func TestSetCookiesRefuses(t *testing.T) {
	t.Parallel()
	k := newCookies(t, authsdk.CookieConfig{})
	large, body := testPair(), testPair()
	large.RefreshToken = strings.Repeat("r", 4096)
	body.RefreshCSRF = ""
	for name, pair := range map[string]*authsdk.TokenPair{"browsers keep 4096": large, "without CSRF values": body} {
		w := httptest.NewRecorder()
		if err := k.Set(w, pair); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("Set = %v, want an error that says %q", err, name)
		}
		if got := w.Header()["Set-Cookie"]; got != nil {
			t.Errorf("%s: cookies were set all the same: %q", name, got)
		}
	}
}

func TestCookieConfig(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		cfg  authsdk.CookieConfig
		want []string
	}{
		{
			authsdk.CookieConfig{AccessName: "a b", RefreshPath: "auth", SameSite: http.SameSiteNoneMode, TrustedOrigins: []string{"app.example"}},
			[]string{`AccessName "a b"`, `RefreshPath is "auth"`, "SameSite=None", `TrustedOrigins: "app.example"`},
		},
		{authsdk.CookieConfig{RefreshName: "__Host-r", RefreshPath: "/auth"}, []string{"must have the path /"}},
		{authsdk.CookieConfig{RefreshName: "__Secure-r", InsecureHTTP: true}, []string{"InsecureHTTP turns off"}},
		{authsdk.CookieConfig{RefreshName: "same", AccessName: "same"}, []string{"must differ"}},
	} {
		_, err := authsdk.NewCookies(tt.cfg)
		for _, want := range tt.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("NewCookies(%+v) = %v, want an error that says %q", tt.cfg, err, want)
			}
		}
	}
}

// TestCookieRequests sends the cookie of a token in every way that must be
// told apart.
func TestCookieRequests(t *testing.T) {
	t.Parallel()
	const csrf, otherCSRF = "csrf-of-the-access-token", "csrf-of-the-refresh-token"
	keys := hmacKeys(t)
	token := issue(t, keys, authsdk.Claims{CSRF: csrf})
	refresh := issue(t, keys, authsdk.Claims{Type: authsdk.Refresh, CSRF: otherCSRF})
	noCSRF := issue(t, keys, authsdk.Claims{})
	k := newCookies(t, authsdk.CookieConfig{TrustedOrigins: []string{"https://app.example"}})
	v := newVerifier(t, keys, func(c *authsdk.VerifierConfig) { c.Locations = []authsdk.Location{authsdk.Bearer(), k.Location()} })
	const access, refreshName = "__Host-access_token=", "__Host-refresh_token="
	type header = map[string]string
	for _, tt := range []struct {
		name, method, cookie string
		headers              header
		types                []authsdk.TokenType
		want                 error
	}{
		{"GET", "GET", access + token, nil, nil, nil},
		{"HEAD", "HEAD", access + token, nil, nil, nil},
		{"GET from a foreign site", "GET", access + token, header{"Sec-Fetch-Site": "cross-site"}, nil, nil},
		{"no cookie", "GET", "", nil, nil, authsdk.ErrTokenMissing},
		{"empty cookie", "GET", access, nil, nil, authsdk.ErrTokenMissing},
		{"refresh cookie on an access route", "GET", refreshName + refresh, nil, nil, authsdk.ErrTokenMissing},
		{"refresh token in the access cookie", "GET", access + refresh, nil, nil, authsdk.ErrTokenWrongType},
		{"twice", "GET", access + token + "; " + access + token, nil, nil, authsdk.ErrCredentialsMalformed},
		{"POST without value", "POST", access + token, nil, nil, authsdk.ErrCSRF},
		{"POST", "POST", access + token, header{"X-CSRF-Token": csrf}, nil, nil},
		{"DELETE", "DELETE", access + token, header{"X-CSRF-Token": csrf}, nil, nil},
		{"unknown method without value", "PURGE", access + token, nil, nil, authsdk.ErrCSRF},
		{"POST with an empty value", "POST", access + token, header{"X-CSRF-Token": ""}, nil, authsdk.ErrCSRF},
		{"POST, one character off", "POST", access + token, header{"X-CSRF-Token": csrf[1:] + "x"}, nil, authsdk.ErrCSRF},
		{"POST with the value of the refresh token", "POST", access + token, header{"X-CSRF-Token": otherCSRF}, nil, authsdk.ErrCSRF},
		{"token without value, nothing sent", "POST", access + noCSRF, nil, nil, authsdk.ErrCSRF},
		{"token without value, empty sent", "POST", access + noCSRF, header{"X-CSRF-Token": ""}, nil, authsdk.ErrCSRF},
		{"same origin", "POST", access + token, header{"X-CSRF-Token": csrf, "Sec-Fetch-Site": "same-origin"}, nil, nil},
		{"same site", "POST", access + token, header{"X-CSRF-Token": csrf, "Sec-Fetch-Site": "same-site"}, nil, authsdk.ErrCSRF},
		{"cross site", "POST", access + token, header{"X-CSRF-Token": csrf, "Sec-Fetch-Site": "cross-site"}, nil, authsdk.ErrCSRF},
		{"origin null", "POST", access + token, header{"X-CSRF-Token": csrf, "Origin": "null"}, nil, authsdk.ErrCSRF},
		{"foreign origin", "POST", access + token, header{"X-CSRF-Token": csrf, "Origin": "https://evil.example"}, nil, authsdk.ErrCSRF},
		{"own origin", "POST", access + token, header{"X-CSRF-Token": csrf, "Origin": "https://example.com"}, nil, nil},
		{"trusted origin", "POST", access + token, header{"X-CSRF-Token": csrf, "Origin": "https://app.example", "Sec-Fetch-Site": "cross-site"}, nil, nil},
		{"a header decides first", "POST", access + token, header{"Authorization": "Bearer " + noCSRF}, nil, nil},
		{"refresh route", "POST", refreshName + refresh, header{"X-CSRF-Token": otherCSRF}, []authsdk.TokenType{authsdk.Refresh}, nil},
		{"refresh route, value of the access token", "POST", refreshName + refresh, header{"X-CSRF-Token": csrf}, []authsdk.TokenType{authsdk.Refresh}, authsdk.ErrCSRF},
	} {
		r := httptest.NewRequest(tt.method, "/", http.NoBody) // for example.com
		if tt.cookie != "" {
			r.Header.Set("Cookie", tt.cookie)
		}
		for name, value := range tt.headers {
			r.Header.Set(name, value)
		}
		_, err := v.Authenticate(r, authsdk.Policy{Types: tt.types})
		if !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
	r := httptest.NewRequest(http.MethodPost, "/", http.NoBody)
	r.Header.Set("Cookie", access+token)
	r.Header["X-Csrf-Token"] = []string{csrf, csrf}
	if _, err := v.Authenticate(r, authsdk.Policy{}); !errors.Is(err, authsdk.ErrCSRF) {
		t.Errorf("the CSRF header twice: %v, want csrf_failed", err)
	}
}
