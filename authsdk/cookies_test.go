package authsdk_test

import (
	"errors"
	"io"
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
			"__Host-access_token=a.a.a; Path=/; Max-Age=2592000; HttpOnly; Secure; SameSite=Lax",
			"__Host-access_token_csrf=csrf-of-the-access-token; Path=/; Max-Age=2592000; Secure; SameSite=Lax",
			"__Host-refresh_token=r.r.r; Path=/; Max-Age=2592000; HttpOnly; Secure; SameSite=Lax",
			"__Host-refresh_token_csrf=csrf-of-the-refresh-token; Path=/; Max-Age=2592000; Secure; SameSite=Lax",
		}},
		{"refresh path", authsdk.CookieConfig{Refresh: authsdk.CookieNames{Path: "/auth"}, SameSite: http.SameSiteStrictMode, Partitioned: true}, []string{
			"__Host-access_token=a.a.a; Path=/; Max-Age=2592000; HttpOnly; Secure; SameSite=Strict; Partitioned",
			"__Host-access_token_csrf=csrf-of-the-access-token; Path=/; Max-Age=2592000; Secure; SameSite=Strict; Partitioned",
			"__Secure-refresh_token=r.r.r; Path=/auth; Max-Age=2592000; HttpOnly; Secure; SameSite=Strict; Partitioned",
			"__Secure-refresh_token_csrf=csrf-of-the-refresh-token; Path=/; Max-Age=2592000; Secure; SameSite=Strict; Partitioned",
		}},
		{"domain, until the browser is closed, CSRF values in the body", authsdk.CookieConfig{Domain: "example.com", SessionOnly: true, CSRFInBody: true}, []string{
			"__Secure-access_token=a.a.a; Path=/; Domain=example.com; HttpOnly; Secure; SameSite=Lax",
			"__Secure-refresh_token=r.r.r; Path=/; Domain=example.com; HttpOnly; Secure; SameSite=Lax",
		}},
		{"no CSRF values, own paths", authsdk.CookieConfig{
			InsecureNoCSRF: true, Access: authsdk.CookieNames{Name: "acc", Path: "/api"}, Refresh: authsdk.CookieNames{Name: "ref", Path: "/auth/refresh"},
		}, []string{
			"acc=a.a.a; Path=/api; Max-Age=2592000; HttpOnly; Secure; SameSite=Lax",
			"ref=r.r.r; Path=/auth/refresh; Max-Age=2592000; HttpOnly; Secure; SameSite=Lax",
		}},
		{"own CSRF cookies", authsdk.CookieConfig{
			Access:  authsdk.CookieNames{Name: "acc", CSRFName: "acc_csrf_value", CSRFPath: "/a"},
			Refresh: authsdk.CookieNames{Name: "ref", CSRFName: "ref_csrf_value", CSRFPath: "/r"},
		}, []string{
			"acc=a.a.a; Path=/; Max-Age=2592000; HttpOnly; Secure; SameSite=Lax",
			"acc_csrf_value=csrf-of-the-access-token; Path=/a; Max-Age=2592000; Secure; SameSite=Lax",
			"ref=r.r.r; Path=/; Max-Age=2592000; HttpOnly; Secure; SameSite=Lax",
			"ref_csrf_value=csrf-of-the-refresh-token; Path=/r; Max-Age=2592000; Secure; SameSite=Lax",
		}},
		{"insecure, own names", authsdk.CookieConfig{InsecureHTTP: true, Access: authsdk.CookieNames{Name: "at"}}, []string{
			"at=a.a.a; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax",
			"at_csrf=csrf-of-the-access-token; Path=/; Max-Age=2592000; SameSite=Lax",
			"refresh_token=r.r.r; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax",
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
		if n := len(cleared.Header()["Set-Cookie"]); n != len(tt.want) {
			t.Errorf("%s: %d cookies are cleared, want %d", tt.name, n, len(tt.want))
		}
		for i, got := range cleared.Header()["Set-Cookie"] {
			name, rest, _ := strings.Cut(tt.want[i], "=")
			_, attributes, _ := strings.Cut(rest, "; ")
			attributes = strings.NewReplacer("Max-Age=2592000", "Max-Age=0").Replace(attributes)
			if !strings.Contains(attributes, "Max-Age") { // one that lasted until the browser is closed
				attributes = strings.Replace(attributes, "Domain=example.com; ", "Domain=example.com; Max-Age=0; ", 1)
			}
			if want := name + "=; " + attributes; got != want {
				t.Errorf("%s: cleared by\n%s, want\n%s", tt.name, got, want)
			}
		}
	}
}

// TestOneToken sets and clears what belongs to one token.
func TestOneToken(t *testing.T) {
	t.Parallel()
	k := newCookies(t, authsdk.CookieConfig{})
	pair := testPair()
	pair.RefreshToken, pair.RefreshCSRF = "", ""
	set, cleared := httptest.NewRecorder(), httptest.NewRecorder()
	if err := k.Set(set, pair); err != nil {
		t.Fatal(err)
	}
	k.Clear(cleared, authsdk.Access)
	for _, w := range []*httptest.ResponseRecorder{set, cleared} {
		for _, c := range w.Header()["Set-Cookie"] {
			if !strings.HasPrefix(c, "__Host-access_token") {
				t.Errorf("touches %s", c)
			}
		}
		if n := len(w.Header()["Set-Cookie"]); n != 2 {
			t.Errorf("%d cookies, want 2", n)
		}
	}
}

// TestCSRFOptions: form fields, methods, and what the weakenings let pass.
func TestCSRFOptions(t *testing.T) {
	t.Parallel()
	const csrf = "csrf-of-the-access-token"
	keys := hmacKeys(t)
	token, bare := issue(t, keys, authsdk.Claims{CSRF: csrf}), issue(t, keys, authsdk.Claims{})
	form := authsdk.CookieConfig{Access: authsdk.CookieNames{CSRFField: "csrf_token"}}
	type header = map[string]string
	formType := header{"Content-Type": "application/x-www-form-urlencoded"}
	for _, tt := range []struct {
		name, method, token string
		cfg                 authsdk.CookieConfig
		headers             header
		body                string
		want                error
	}{
		{"field", "POST", token, form, formType, "a=b&csrf_token=" + csrf, nil},
		{"field, wrong", "POST", token, form, formType, "csrf_token=x", authsdk.ErrCSRF},
		{"field, missing", "POST", token, form, formType, "a=b", authsdk.ErrCSRF},
		{"field, twice", "POST", token, form, formType, "csrf_token=" + csrf + "&csrf_token=" + csrf, authsdk.ErrCSRF},
		{"field, another type", "POST", token, form, header{"Content-Type": "text/plain"}, "csrf_token=" + csrf, authsdk.ErrCSRF},
		{"field, unreadable", "POST", token, form, formType, "csrf_token=%zz", authsdk.ErrCSRF},
		{"field, large", "POST", token, form, formType, "csrf_token=" + csrf + "&x=" + strings.Repeat("x", 65<<10), authsdk.ErrRequestMalformed},
		{"field in the query", "POST", token, form, formType, "", authsdk.ErrCSRF},
		{"field that is not configured", "POST", token, authsdk.CookieConfig{}, formType, "csrf_token=" + csrf, authsdk.ErrCSRF},
		{"a wrong header goes before a right field", "POST", token, form, header{"Content-Type": formType["Content-Type"], "X-CSRF-Token": "x"}, "csrf_token=" + csrf, authsdk.ErrCSRF},
		{"an empty header does not", "POST", token, form, header{"Content-Type": formType["Content-Type"], "X-CSRF-Token": ""}, "csrf_token=" + csrf, nil},
		{"a method that changes something", "DELETE", token, authsdk.CookieConfig{}, nil, "", authsdk.ErrCSRF},
		{"further methods: in the list", "GET", token, authsdk.CookieConfig{CSRFMethods: []string{"GET"}}, nil, "", authsdk.ErrCSRF},
		{"further methods: not in the list", "POST", token, authsdk.CookieConfig{CSRFMethods: []string{"GET"}}, nil, "", authsdk.ErrCSRF},
		{"own header", "POST", token, authsdk.CookieConfig{Access: authsdk.CookieNames{CSRFHeader: "X-Own"}}, header{"X-Own": csrf}, "", nil},
		{"own header, the usual one sent", "POST", token, authsdk.CookieConfig{Access: authsdk.CookieNames{CSRFHeader: "X-Own"}}, header{"X-CSRF-Token": csrf}, "", authsdk.ErrCSRF},
		{"any origin", "POST", token, authsdk.CookieConfig{InsecureAnyOrigin: true}, header{"Sec-Fetch-Site": "cross-site", "X-CSRF-Token": csrf}, "", nil},
		{"any origin, no value", "POST", token, authsdk.CookieConfig{InsecureAnyOrigin: true}, header{"Sec-Fetch-Site": "cross-site"}, "", authsdk.ErrCSRF},
		{"no value wanted", "POST", bare, authsdk.CookieConfig{InsecureNoCSRF: true}, nil, "", nil},
		{"no value wanted, foreign origin", "POST", bare, authsdk.CookieConfig{InsecureNoCSRF: true}, header{"Sec-Fetch-Site": "cross-site"}, "", authsdk.ErrCSRF},
	} {
		k := newCookies(t, tt.cfg)
		v := newVerifier(t, keys, func(c *authsdk.VerifierConfig) { c.Locations = []authsdk.Location{k.Location()} })
		r := httptest.NewRequest(tt.method, "/?csrf_token="+csrf, strings.NewReader(tt.body))
		r.Header.Set("Cookie", "__Host-access_token="+tt.token)
		for name, value := range tt.headers {
			r.Header.Set(name, value)
		}
		_, err := v.Authenticate(r, authsdk.Policy{})
		if !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
		if rest, err := io.ReadAll(r.Body); err != nil || string(rest) != tt.body {
			t.Errorf("%s: the handler reads %d bytes, %v; want all %d", tt.name, len(rest), err, len(tt.body))
		}
	}
	r := httptest.NewRequest(http.MethodPost, "/", broken{})
	r.Header.Set("Content-Type", formType["Content-Type"])
	r.Header.Set("Cookie", "__Host-access_token="+token)
	k := newCookies(t, form)
	v := newVerifier(t, keys, func(c *authsdk.VerifierConfig) { c.Locations = []authsdk.Location{k.Location()} })
	if _, err := v.Authenticate(r, authsdk.Policy{}); !errors.Is(err, authsdk.ErrRequestMalformed) {
		t.Errorf("a form that ends early: %v, want request_malformed", err)
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
			authsdk.CookieConfig{
				Access: authsdk.CookieNames{Name: "a b"}, Refresh: authsdk.CookieNames{Path: "auth"},
				SameSite: http.SameSiteNoneMode, TrustedOrigins: []string{"app.example"}, CSRFMethods: []string{"post"},
			},
			[]string{
				`Access.Name "a b" with the path "/"`, `Refresh.Name "__Secure-refresh_token" with the path "auth"`,
				"SameSite must be Lax or Strict", `TrustedOrigins: "app.example"`, `CSRFMethods: "post"`,
			},
		},
		{authsdk.CookieConfig{Refresh: authsdk.CookieNames{Name: "__Host-r", Path: "/auth"}}, []string{"must have the path /"}},
		{authsdk.CookieConfig{Access: authsdk.CookieNames{Name: "__Host-a"}, Domain: "example.com"}, []string{"no domain"}},
		{authsdk.CookieConfig{Refresh: authsdk.CookieNames{Name: "__Secure-r"}, InsecureHTTP: true}, []string{"InsecureHTTP turns off"}},
		{authsdk.CookieConfig{Access: authsdk.CookieNames{Name: "same"}, Refresh: authsdk.CookieNames{Name: "same"}}, []string{"another cookie has that name"}},
		{authsdk.CookieConfig{Domain: "not a domain"}, []string{"not a cookie that can be set"}},
		{authsdk.CookieConfig{SameSite: http.SameSiteDefaultMode}, []string{"SameSite must be"}},
		{authsdk.CookieConfig{SameSite: 42}, []string{"SameSite must be"}},
		{authsdk.CookieConfig{Partitioned: true, InsecureHTTP: true}, []string{"Partitioned cookies must be Secure"}},
		{authsdk.CookieConfig{InsecureNoCSRF: true, InsecureAnyOrigin: true}, []string{"SameSite=Strict alone: set it"}},
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
