package server_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/authsdk/authsdk-go/authsdk"
)

// TestBodyDelivery walks a session from login to logout.
func TestBodyDelivery(t *testing.T) {
	t.Parallel()
	for _, s := range []setup{{}, {basePath: "/api/v1"}, {protect: true}, {basePath: "/api/v1", protect: true}} {
		b := newBench(t, s)
		first := b.login()
		if first.Type != "Bearer" || first.Expires != 900 || first.Later != 30*24*3600 || first.Scope != "read write" || first.CSRF != "" {
			t.Errorf("login: %+v", first)
		}
		me := b.do("GET", "/auth/me", bearer(first.Access), "")
		var got map[string]any
		me.into(t, &got)
		if diff := cmp.Diff(map[string]any{
			"sub": "alice", "scope": "read write", "roles": []any{"admin"}, "fresh": true, "session_id": first.Session,
			"expires_at": "2026-11-20T12:15:00Z", "claims": map[string]any{"tenant": "acme"},
		}, got); diff != "" {
			t.Errorf("me (-want +got):\n%s", diff)
		}
		second := b.do("POST", "/auth/refresh", bearer(first.Refresh), "").pair(t)
		again := b.do("POST", "/auth/refresh", nil, `{"refresh_token":"`+first.Refresh+`"}`).pair(t)
		if g := generation(t, second.Refresh); g != 1 || generation(t, again.Refresh) != g {
			t.Errorf("generations %d and %d, want 1 twice", g, generation(t, again.Refresh))
		}
		if b.do("GET", "/auth/me", bearer(second.Access), "").status != http.StatusOK {
			t.Error("the new access token is refused")
		}
		out := b.do("POST", "/auth/logout", bearer(again.Refresh), "")
		if out.status != http.StatusNoContent || out.body != "" || out.header["Set-Cookie"] != nil {
			t.Errorf("logout: %+v", out)
		}
		want(t, "me after logout", b.do("GET", "/auth/me", bearer(second.Access), ""), 401, "token_revoked")
		want(t, "refresh after logout", b.do("POST", "/auth/refresh", bearer(second.Refresh), ""), 401, "token_revoked")
		want(t, "logout again", b.do("POST", "/auth/logout", bearer(second.Access), ""), 204, "")
	}
}

// generation reads gen of a refresh token.
func generation(t *testing.T, token string) int {
	t.Helper()
	var claims struct{ Gen int }
	payload := must[[]byte](t)(decodeSegment(strings.Split(token, ".")[1]))
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatal(err)
	}
	return claims.Gen
}

// TestCookieDelivery walks the same with cookies.
func TestCookieDelivery(t *testing.T) {
	t.Parallel()
	for _, protect := range []bool{false, true} {
		cookieDelivery(t, newBench(t, setup{protect: protect}))
	}
	without := newBench(t, setup{noCookies: true})
	const cookieLogin = `{"username":"alice","password":"right","delivery":"cookie"}`
	want(t, "cookies that are off", without.do("POST", "/auth/login", nil, cookieLogin), 400, "request_malformed")
	want(t, "a cookie that is not read", without.do("GET", "/auth/me", head{"Cookie": "__Host-access_token=x"}, ""), 401, "token_missing")
	guarded := newBench(t, setup{noCookies: true, protect: true})
	want(t, "a cookie that is off, by the guard", guarded.do("GET", "/auth/me", head{"Cookie": "__Host-access_token=x"}, ""), 401, "token_missing")
}

// TestOwnCookieNames: a guard knows the cookies by the names they are given.
func TestOwnCookieNames(t *testing.T) {
	t.Parallel()
	b := newBench(t, setup{protect: true, cookies: authsdk.CookieConfig{InsecureHTTP: true, Access: authsdk.CookieNames{Name: "at", CSRFHeader: "X-Own"}, Refresh: authsdk.CookieNames{CSRFHeader: "X-Other"}}})
	login := b.do("POST", "/auth/login", nil, `{"username":"alice","password":"right","delivery":"cookie"}`)
	jar := login.cookies()
	if a := b.do("GET", "/auth/me", head{"Cookie": "at=" + jar["at"]}, ""); a.status != 200 {
		t.Errorf("me: %d %s", a.status, a.body)
	}
	refresh := head{"Cookie": "refresh_token=" + jar["refresh_token"], "X-Other": login.pair(t).RefreshCSRF}
	if a := b.do("POST", "/auth/refresh", refresh, ""); a.status != 200 {
		t.Errorf("refresh: %d %s", a.status, a.body)
	}
	open := newBench(t, setup{protect: true, cookies: authsdk.CookieConfig{InsecureNoCSRF: true}})
	jar = open.do("POST", "/auth/login", nil, `{"username":"alice","password":"right","delivery":"cookie"}`).cookies()
	if a := open.do("POST", "/auth/refresh", head{"Cookie": "__Host-refresh_token=" + jar["__Host-refresh_token"]}, ""); a.status != 200 {
		t.Errorf("refresh without CSRF values, which are off: %d %s", a.status, a.body)
	}
	// A proof alone is no credential: the token of the body counts.
	token := b.login().Refresh
	a := b.do("POST", "/auth/refresh", head{"X-Own": "x"}, `{"refresh_token":"`+token+`"}`)
	if a.status != 200 {
		t.Errorf("refresh in the body, beside a CSRF header: %d %s", a.status, a.body)
	}
}

func cookieDelivery(t *testing.T, b *bench) {
	t.Helper()
	login := b.do("POST", "/auth/login", nil, `{"username":"alice","password":"right","delivery":"cookie","label":"Firefox"}`)
	first := login.pair(t)
	if first.Access != "" || first.Refresh != "" || strings.Contains(login.body, ".") { // a token has dots, nothing else has
		t.Errorf("the body shows tokens: %s", login.body)
	}
	jar := login.cookies()
	access, refresh := "__Host-access_token="+jar["__Host-access_token"], "__Host-refresh_token="+jar["__Host-refresh_token"]
	if jar["__Host-access_token_csrf"] != first.CSRF || jar["__Host-refresh_token_csrf"] != first.RefreshCSRF {
		t.Errorf("CSRF values in cookies %v, in the body %q and %q", jar, first.CSRF, first.RefreshCSRF)
	}
	if a := b.do("GET", "/auth/me", head{"Cookie": access}, ""); a.status != 200 {
		t.Errorf("me: %d %s", a.status, a.body)
	}
	want(t, "refresh without the CSRF value", b.do("POST", "/auth/refresh", head{"Cookie": refresh}, ""), 403, "csrf_failed")
	want(t, "refresh with that of the access token", b.do("POST", "/auth/refresh", head{"Cookie": refresh, "X-CSRF-Token": first.CSRF}, ""), 403, "csrf_failed")
	want(t, "refresh from a foreign page", b.do("POST", "/auth/refresh", head{"Cookie": refresh, "X-CSRF-Token": first.RefreshCSRF, "Sec-Fetch-Site": "cross-site"}, ""), 403, "csrf_failed")
	renewed := b.do("POST", "/auth/refresh", head{"Cookie": refresh, "X-CSRF-Token": first.RefreshCSRF}, "")
	second := renewed.pair(t)
	if second.Access != "" || second.CSRF != first.CSRF || second.RefreshCSRF != first.RefreshCSRF || len(renewed.cookies()) != 4 {
		t.Errorf("refresh: %s, cookies %v", renewed.body, renewed.cookies())
	}
	refresh = "__Host-refresh_token=" + renewed.cookies()["__Host-refresh_token"]
	want(t, "reauthenticate without the CSRF value", b.do("POST", "/auth/reauthenticate", head{"Cookie": access}, `{"password":"right"}`), 403, "csrf_failed")
	fresh := b.do("POST", "/auth/reauthenticate", head{"Cookie": access, "X-CSRF-Token": first.CSRF}, `{"password":"right"}`)
	if len(fresh.cookies()) != 4 || fresh.pair(t).Access != "" {
		t.Errorf("reauthenticate: %s, cookies %v", fresh.body, fresh.cookies())
	}

	// A stolen cookie in the header is delivered as it came: in the body.
	header := b.do("POST", "/auth/refresh", bearer(strings.TrimPrefix(refresh, "__Host-refresh_token=")), "")
	if header.pair(t).Access == "" || header.header["Set-Cookie"] != nil {
		t.Errorf("by header: %s", header.body)
	}
	refresh = "__Host-refresh_token=" + header.pair(t).Refresh

	b.clock.advance(time.Hour) // the access token has expired, the refresh token has not
	want(t, "logout by an expired access token alone", b.do("POST", "/auth/logout", head{"Cookie": access, "X-CSRF-Token": first.CSRF}, ""), 401, "token_expired")
	out := b.do("POST", "/auth/logout", head{"Cookie": access + "; " + refresh, "X-CSRF-Token": first.RefreshCSRF}, "")
	if out.status != 204 || len(out.header["Set-Cookie"]) != 4 || len(out.cookies()) != 0 {
		t.Errorf("logout: %d, %q", out.status, out.header["Set-Cookie"])
	}
	want(t, "refresh after logout", b.do("POST", "/auth/refresh", head{"Cookie": refresh, "X-CSRF-Token": first.RefreshCSRF}, ""), 401, "token_revoked")

	want(t, "login from a foreign page", b.do("POST", "/auth/login", head{"Sec-Fetch-Site": "cross-site"}, `{"username":"alice","password":"right","delivery":"cookie"}`), 403, "csrf_failed")
	if a := b.do("POST", "/auth/login", head{"Sec-Fetch-Site": "cross-site"}, loginAlice); a.status != 200 {
		t.Errorf("login for the body from a foreign page: %d", a.status)
	}
}

func TestSessionsEndpoints(t *testing.T) {
	t.Parallel()
	b := newBench(t, setup{})
	one := b.do("POST", "/auth/login", head{"User-Agent": "curl/8"}, loginAlice).pair(t)
	b.clock.advance(time.Minute)
	two := b.do("POST", "/auth/login", nil, `{"username":"alice","password":"right","label":"Télé"}`).pair(t)
	list := b.do("GET", "/auth/sessions", bearer(two.Access), "")
	var got struct{ Sessions []map[string]any }
	list.into(t, &got)
	if diff := cmp.Diff([]map[string]any{
		{"id": two.Session, "label": "Télé", "current": true, "created_at": "2026-11-20T12:01:00Z", "last_seen_at": "2026-11-20T12:01:00Z", "expires_at": "2026-12-20T12:01:00Z"},
		{"id": one.Session, "label": "curl/8", "current": false, "created_at": "2026-11-20T12:00:00Z", "last_seen_at": "2026-11-20T12:00:00Z", "expires_at": "2026-12-20T12:00:00Z"},
	}, got.Sessions); diff != "" {
		t.Errorf("sessions (-want +got):\n%s", diff)
	}
	want(t, "revoke by an ill-formed ID", b.do("DELETE", "/auth/sessions/x", bearer(two.Access), ""), 400, "request_malformed")
	want(t, "revoke an unknown one", b.do("DELETE", "/auth/sessions/ABCDEFGHIJKLMNOPQRSTUVWXYZ", bearer(two.Access), ""), 404, "session_not_found")
	want(t, "revoke without a token, by an ill-formed ID", b.do("DELETE", "/auth/sessions/x", nil, ""), 401, "token_missing")
	want(t, "revoke", b.do("DELETE", "/auth/sessions/"+one.Session, bearer(two.Access), ""), 204, "")
	want(t, "revoke again", b.do("DELETE", "/auth/sessions/"+one.Session, bearer(two.Access), ""), 404, "session_not_found")
	want(t, "the revoked one", b.do("GET", "/auth/me", bearer(one.Access), ""), 401, "token_revoked")
	three := b.login()
	want(t, "log out everywhere", b.do("POST", "/auth/logout-all", bearer(three.Access), ""), 204, "")
	for _, token := range []string{two.Access, three.Access} {
		want(t, "after logging out everywhere", b.do("GET", "/auth/me", bearer(token), ""), 401, "token_revoked")
	}
	cookie := b.do("POST", "/auth/login", nil, `{"username":"alice","password":"right","delivery":"cookie"}`)
	h := head{"Cookie": "__Host-access_token=" + cookie.cookies()["__Host-access_token"], "X-CSRF-Token": cookie.pair(t).CSRF}
	if a := b.do("DELETE", "/auth/sessions/"+cookie.pair(t).Session, h, ""); len(a.header["Set-Cookie"]) != 4 {
		t.Errorf("revoking one's own session keeps its cookies: %q", a.header["Set-Cookie"])
	}
}

func TestReauthenticateEndpoint(t *testing.T) {
	t.Parallel()
	b := newBench(t, setup{})
	pair := b.login()
	stale := b.do("POST", "/auth/refresh", bearer(pair.Refresh), "").pair(t)
	want(t, "wrong password", b.do("POST", "/auth/reauthenticate", bearer(stale.Access), `{"password":"wrong"}`), 401, "invalid_credentials")
	want(t, "throttled", b.do("POST", "/auth/reauthenticate", bearer(stale.Access), `{"password":"throttle"}`), 429, "too_many_attempts")
	want(t, "no token", b.do("POST", "/auth/reauthenticate", nil, `{"password":"right"}`), 401, "token_missing")
	want(t, "no token, and no password", b.do("POST", "/auth/reauthenticate", nil, `{"x":1}`), 401, "token_missing")
	want(t, "refresh token", b.do("POST", "/auth/reauthenticate", bearer(stale.Refresh), `{"password":"right"}`), 401, "token_wrong_type")
	fresh := b.do("POST", "/auth/reauthenticate", bearer(stale.Access), `{"password":"right"}`).pair(t)
	var me struct{ Fresh bool }
	b.do("GET", "/auth/me", bearer(fresh.Access), "").into(t, &me)
	if !me.Fresh {
		t.Error("the access token is not fresh")
	}
	b.users.mu.Lock()
	last := b.users.attempts[len(b.users.attempts)-1]
	b.users.mu.Unlock()
	if last.Subject != "alice" || last.Username != "" || last.Address != "127.0.0.1" {
		t.Errorf("asked for %v from %q", last, last.Address)
	}
}

func TestKeySetEndpoint(t *testing.T) {
	t.Parallel()
	b := newBench(t, setup{})
	a := b.do("GET", "/.well-known/jwks.json", nil, "")
	etag := a.header.Get("ETag")
	if a.status != 200 || etag == "" || !strings.HasPrefix(a.header.Get("Cache-Control"), "public") || strings.Contains(a.body, `"d"`) {
		t.Errorf("%+v", a)
	}
	for header, status := range map[string]int{
		etag: 304, "W/" + etag: 304, `"other", ` + etag: 304, "*": 304, `"other"`: 200, "": 200,
	} {
		a := b.do("GET", "/.well-known/jwks.json", head{"If-None-Match": header}, "")
		if a.status != status || (a.body == "") != (status == 304) || a.header.Get("ETag") != etag {
			t.Errorf("If-None-Match %q: %d with %d bytes, want %d", header, a.status, len(a.body), status)
		}
	}
	keys := must[*authsdk.KeySet](t)(authsdk.ParseKeySet([]byte(a.body)))
	v := must[*authsdk.Verifier](t)(authsdk.NewVerifier(authsdk.VerifierConfig{Issuer: issuerName, Keys: keys, Now: b.clock.Now}))
	if _, err := v.Verify(t.Context(), b.login().Access, authsdk.Policy{}); err != nil {
		t.Errorf("verified by the published keys: %v", err)
	}
}

// TestStoreDown: 503 everywhere, and everything is good afterwards.
func TestStoreDown(t *testing.T) {
	t.Parallel()
	b := newBench(t, setup{})
	pair := b.login()
	cookie := b.do("POST", "/auth/login", nil, `{"username":"alice","password":"right","delivery":"cookie"}`)
	b.store.setDown(true)
	for _, tt := range []struct{ method, path, token, body string }{
		{"POST", "/auth/login", "", loginAlice},
		{"POST", "/auth/refresh", pair.Refresh, ""},
		{"POST", "/auth/reauthenticate", pair.Access, `{"password":"right"}`},
		{"POST", "/auth/logout", pair.Refresh, ""},
		{"POST", "/auth/logout-all", pair.Access, ""},
		{"GET", "/auth/me", pair.Access, ""},
		{"GET", "/auth/sessions", pair.Access, ""},
		{"DELETE", "/auth/sessions/" + pair.Session, pair.Access, ""},
	} {
		a := b.do(tt.method, tt.path, bearer(tt.token), tt.body)
		want(t, tt.method+" "+tt.path, a, 503, "store_unavailable")
		if a.header.Get("Retry-After") == "" {
			t.Errorf("%s %s: no Retry-After", tt.method, tt.path)
		}
	}
	h := head{"Cookie": "__Host-refresh_token=" + cookie.cookies()["__Host-refresh_token"], "X-CSRF-Token": cookie.pair(t).RefreshCSRF}
	for _, path := range []string{"/auth/logout", "/auth/refresh"} {
		if a := b.do("POST", path, h, ""); a.status != 503 || a.header["Set-Cookie"] != nil {
			t.Errorf("%s with a cookie: %d, cookies touched: %q", path, a.status, a.header["Set-Cookie"])
		}
	}
	if !slices.ContainsFunc(b.causes, func(err error) bool { return strings.Contains(err.Error(), "connection refused") }) {
		t.Errorf("the log is not told the cause: %v", b.causes)
	}
	b.store.setDown(false)
	if g := generation(t, b.do("POST", "/auth/refresh", bearer(pair.Refresh), "").pair(t).Refresh); g != 1 {
		t.Errorf("generation %d after the store came back, want 1", g)
	}
}

// TestRefusals presents bad tokens at the endpoints.
func TestRefusals(t *testing.T) {
	t.Parallel()
	b := newBench(t, setup{})
	pair := b.login()
	foreign := must[*authsdk.KeySet](t)(authsdk.NewKeySet(must[*authsdk.Key](t)(authsdk.GenerateKey(authsdk.ES256))))
	forger := must[*authsdk.Issuer](t)(authsdk.NewIssuer(authsdk.IssuerConfig{Issuer: issuerName, Keys: foreign, Now: b.clock.Now}))
	forged := must[string](t)(forger.Issue(t.Context(), authsdk.Claims{Subject: "alice"}, nil))
	own := must[string](t)(b.issuer.Issue(t.Context(), authsdk.Claims{Subject: "alice", Type: "invite"}, nil))
	expired := must[string](t)(b.issuer.Issue(t.Context(), authsdk.Claims{Subject: "alice", IssuedAt: b.clock.Now().Add(-time.Hour), Expires: b.clock.Now().Add(-time.Minute)}, nil))
	for _, tt := range []struct {
		name   string
		h      head
		status int
		code   string
	}{
		{"nothing", nil, 401, "token_missing"},
		{"another scheme", head{"Authorization": "Basic YTpi"}, 401, "token_missing"},
		{"the scheme alone", head{"Authorization": "Bearer"}, 400, "credentials_malformed"},
		{"garbage", bearer("garbage"), 401, "token_malformed"},
		{"forged", bearer(forged), 401, "token_invalid"},
		{"refresh token", bearer(pair.Refresh), 401, "token_wrong_type"},
		{"own type", bearer(own), 401, "token_wrong_type"},
		{"expired", bearer(expired), 401, "token_expired"},
	} {
		want(t, tt.name, b.do("GET", "/auth/me", tt.h, ""), tt.status, tt.code)
	}
	for _, tt := range []struct {
		name, token string
		code        string
	}{
		{"access token", pair.Access, "token_wrong_type"},
		{"garbage", "a.b.c", "token_malformed"},
		{"forged", forged, "token_invalid"},
	} {
		want(t, "refresh with "+tt.name, b.do("POST", "/auth/refresh", bearer(tt.token), ""), 401, tt.code)
		want(t, "refresh in the body with "+tt.name, b.do("POST", "/auth/refresh", nil, `{"refresh_token":"`+tt.token+`"}`), 401, tt.code)
	}
	want(t, "refresh with nothing", b.do("POST", "/auth/refresh", nil, ""), 401, "token_missing")
	b.users.mu.Lock()
	b.users.gone = true
	b.users.mu.Unlock()
	want(t, "refresh of an account that is gone", b.do("POST", "/auth/refresh", bearer(pair.Refresh), ""), 401, "user_not_found")
	want(t, "its access token", b.do("GET", "/auth/me", bearer(pair.Access), ""), 401, "token_revoked")
	want(t, "wrong password", b.do("POST", "/auth/login", nil, `{"username":"alice","password":"wrong"}`), 401, "invalid_credentials")
	want(t, "unknown user", b.do("POST", "/auth/login", nil, `{"username":"eve","password":"right"}`), 401, "invalid_credentials")
	throttled := b.do("POST", "/auth/login", nil, `{"username":"alice","password":"throttle"}`)
	want(t, "throttled", throttled, 429, "too_many_attempts")
	if got := throttled.header.Get("Retry-After"); got != "90" {
		t.Errorf("Retry-After %q, want 90", got)
	}
	if !slices.ContainsFunc(b.causes, func(err error) bool { return errors.Is(err, authsdk.ErrTooManyAttempts) }) {
		t.Error("the log is not told")
	}
}

// TestLogoutWithoutSession: of a token that stays good it is not said that it was logged
// out.
func TestLogoutWithoutSession(t *testing.T) {
	t.Parallel()
	b := newBench(t, setup{})
	token := must[string](t)(b.issuer.Issue(t.Context(), authsdk.Claims{Subject: "alice"}, nil))
	want(t, "bearer", b.do("POST", "/auth/logout", bearer(token), ""), 400, "request_malformed")
	want(t, "afterwards", b.do("GET", "/auth/me", bearer(token), ""), 200, "")
}
