package main

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// world is the program, and who talks to it.
type world struct {
	*testing.T

	url    string
	client *http.Client
}

func newWorld(t *testing.T) world {
	t.Helper()
	h, err := newHandler([]byte(defaultSecret))
	if err != nil {
		t.Fatal(err)
	}
	ts := httptest.NewServer(h)
	t.Cleanup(ts.Close)
	return world{t, ts.URL, ts.Client()}
}

// send sends "METHOD path"; headers are names and values in turn.
func (w world) send(route, body string, headers ...string) (*http.Response, string) {
	w.Helper()
	method, path, _ := strings.Cut(route, " ")
	r, err := http.NewRequest(method, w.url+path, strings.NewReader(body))
	if err != nil {
		w.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	if body != "" && r.Header.Get("Content-Type") == "" {
		r.Header.Set("Content-Type", "application/json")
	}
	res, err := w.client.Do(r)
	if err != nil {
		w.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		w.Fatal(err)
	}
	return res, strings.TrimSpace(string(text))
}

// wants fails the test unless the answer has the status and its body the text.
func (w world) wants(status int, text, route, body string, headers ...string) {
	w.Helper()
	if res, got := w.send(route, body, headers...); res.StatusCode != status || !strings.Contains(got, text) {
		w.Errorf("%s: %d %s, want %d with %s", route, res.StatusCode, got, status, text)
	}
}

const alice = `{"username":"alice","password":"wonder"}`

// login returns the tokens of a profile.
func (w world) login(profile, body string) (access, refresh string) {
	w.Helper()
	res, text := w.send("POST /"+profile+"/login", body)
	var tokens struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
	}
	if err := json.Unmarshal([]byte(text), &tokens); err != nil || res.StatusCode != http.StatusOK {
		w.Fatalf("%s: %d %s", profile, res.StatusCode, text)
	}
	return tokens.Access, tokens.Refresh
}

// part is the header or the claims of a token.
func (w world) part(token string, i int) (members map[string]any) {
	w.Helper()
	data, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[i])
	if err != nil || json.Unmarshal(data, &members) != nil {
		w.Fatal(token)
	}
	return members
}

func bearer(token string) []string { return []string{"Authorization", "Bearer " + token} }

// TestProfiles logs in with every profile, and opens a route as that profile
// wants it.
func TestProfiles(t *testing.T) {
	w := newWorld(t)
	// Where the token goes, unless it is the header Authorization.
	headers := map[string][]string{"custom_header": {"X-Auth", "JWT TOKEN"}, "bare_header": {"Authorization", "TOKEN"}}
	for _, name := range []string{
		"cookies", "cookies_form", "cookies_hardened", "cookies_nocsrf", "cookies_csrf_body", "cookies_csrf_get", "cookies_headers",
	} {
		headers[name] = []string{"Cookie", "access_token_cookie=TOKEN"}
	}
	headers["cookies_hardened"] = []string{"Cookie", "acc=TOKEN"}
	headers["cookies_csrf_get"] = []string{"Cookie", "access_token_cookie=TOKEN", "X-CSRF-TOKEN", "CSRF"}
	routes := map[string]string{"query": "GET /query/protected?token=Bearer+TOKEN", "json": "POST /json/protected", "json_query": "POST /json_query/protected"}
	bodies := map[string]string{"json": `{"access_token":"TOKEN"}`, "json_query": `{"tok":"TOKEN"}`}
	locations := map[string]string{"query": "query_string", "json": "json", "json_query": "json"}
	for _, p := range profiles() {
		access, _ := w.login(p.name, alice)
		csrf, _ := w.part(access, 1)["csrf"].(string)
		fill := strings.NewReplacer("TOKEN", access, "CSRF", csrf)
		route, location := routes[p.name], locations[p.name]
		if route == "" {
			route = "GET /" + p.name + "/protected"
		}
		sent := slices.Clone(headers[p.name])
		if sent == nil && location == "" {
			sent = bearer("TOKEN")
		}
		if location == "" {
			location = "headers"
		}
		if strings.HasPrefix(p.name, "cookies") {
			location = "cookies"
		}
		for i := range sent {
			if i%2 == 1 {
				sent[i] = fill.Replace(sent[i])
			}
		}
		w.wants(200, `"identity":"alice","location":"`+location+`"`, fill.Replace(route), fill.Replace(bodies[p.name]), sent...)
		nobody := http.StatusUnauthorized
		if p.errors {
			nobody = http.StatusForbidden
		}
		w.wants(nobody, "", "PUT /"+p.name+"/protected", "")
		w.wants(401, `{"msg":"Bad username or password"}`, "POST /"+p.name+"/login", `{"username":"alice"}`)
	}
	w.wants(404, "", "GET /unknown/public", "")
	w.wants(200, "hello", "GET /headers/public", "")
	w.wants(500, "bogus", "GET /headers/loc/bogus", "")
}

// TestRefusals: the seven callbacks of custom_errors.
func TestRefusals(t *testing.T) {
	w := newWorld(t)
	const c = "/custom_errors/"
	access, refresh := w.login("custom_errors", alice)
	old, _ := w.login("custom_errors", `{"identity":"alice","expires_in":-5}`)
	denied, _ := w.login("custom_errors", `{"identity":"alice","claims":{"deny":true}}`)
	ghost, _ := w.login("custom_errors", `{"username":"ghost","password":"boo"}`)
	w.wants(403, `{"error":"unauthorized:Missing Authorization Header"}`, "GET "+c+"protected", "")
	w.wants(400, `{"error":"invalid:Not enough segments"}`, "GET "+c+"protected", "", bearer("x")...)
	w.wants(400, `{"error":"invalid:Only non-refresh tokens are allowed"}`, "GET "+c+"protected", "", bearer(refresh)...)
	w.wants(419, `{"error":"expired:alice:access"}`, "GET "+c+"protected", "", bearer(old)...)
	w.wants(428, `{"error":"stale:alice"}`, "GET "+c+"fresh", "", bearer(access)...)
	w.wants(451, `{"error":"denied:alice"}`, "GET "+c+"protected", "", bearer(denied)...)
	w.wants(404, `{"error":"nouser:ghost"}`, "GET "+c+"protected", "", bearer(ghost)...)
	w.wants(200, `"full_name":"Alice Liddell"`, "GET "+c+"me", "", bearer(access)...)
	w.wants(200, `Access token successfully revoked`, "DELETE "+c+"logout", "", bearer(access)...)
	w.wants(410, `{"error":"revoked:access"}`, "GET "+c+"protected", "", bearer(access)...)
}

// TestTokens: what the profiles about tokens put into them and accept.
func TestTokens(t *testing.T) {
	w := newWorld(t)
	for user, kid := range map[string]string{alice: "k1", `{"username":"admin","password":"secret"}`: "k2"} {
		access, _ := w.login("kid", user)
		if got := w.part(access, 0)["kid"]; got != kid {
			t.Errorf("kid %v, want %s", got, kid)
		}
		w.wants(200, `"kid":"`+kid+`"`, "GET /kid/claims", "", bearer(access)...)
	}
	plain, plainRefresh := w.login("headers", alice)
	w.wants(422, "Signature verification failed", "GET /kid/protected", "", bearer(plain)...)

	access, _ := w.login("hs512", alice)
	w.wants(200, `"alg":"HS512"`, "GET /hs512/claims", "", bearer(access)...)
	w.wants(200, `"alg":"HS256"`, "GET /hs512/claims", "", bearer(plain)...)
	w.wants(422, "The specified alg value is not allowed", "GET /headers/claims", "", bearer(access)...)

	access, _ = w.login("aud_iss", alice)
	w.wants(200, `"aud":["api","web"]`, "GET /aud_iss/claims", "", bearer(access)...)
	w.wants(422, `Token is missing the \"iss\" claim`, "GET /aud_iss/protected", "", bearer(plain)...)
	late, _ := w.login("aud_iss", `{"identity":"alice","expires_in":-5}`)
	w.wants(200, "alice", "GET /aud_iss/protected", "", bearer(late)...) // within the leeway

	access, refresh := w.login("lax", `{"identity":{"id":7}}`)
	for _, token := range []string{access, refresh} {
		names := slices.Sorted(maps.Keys(w.part(token, 1)))
		if want := []string{"csrf", "fresh", "iat", "jti", "sub", "type"}; !slices.Equal(names, want) {
			t.Errorf("claims %v, want %v", names, want)
		}
	}
	w.wants(200, `"identity":{"id":7}`, "GET /lax/protected", "", bearer(access)...)
	w.wants(422, "Subject must be a string", "GET /headers/protected", "", bearer(access)...)

	access, _ = w.login("identity_claim", alice)
	w.wants(200, `"uid":"alice"`, "GET /identity_claim/claims", "", bearer(access)...)
	w.wants(422, "Missing claim: uid", "GET /identity_claim/claims", "", bearer(plain)...)
	w.wants(401, `{"message":"Missing Authorization Header"}`, "GET /errkey/protected", "")

	access, _ = w.login("main", `{"username":"admin","password":"secret","fresh":true}`)
	w.wants(200, "go banana!", "GET /main/admin", "", bearer(access)...)
	w.wants(403, "Admins only!", "GET /main/admin", "", bearer(plain)...)
	w.wants(200, `"fresh":true`, "GET /main/fresh", "", bearer(access)...)
	w.wants(401, "Missing JWT in headers, cookies, query_string or json (", "GET /main/protected", "")
	w.wants(200, `"access_token"`, "POST /headers/refresh", "", bearer(plainRefresh)...)
	w.wants(422, "Only refresh tokens are allowed", "POST /headers/refresh", "", bearer(plain)...)
	w.wants(200, `"verified":true`, "GET /headers/verify-inline", "", bearer(plain)...)
	w.wants(200, `"verified":false`, "GET /headers/verify-inline", "")
	w.wants(200, `{"header":{},"identity":null,"jwt":{},"location":null}`, "GET /headers/optional-getters", "")
	w.wants(200, "ok", "OPTIONS /headers/preflight-fresh", "")
	odd, _ := w.login("main", `{"identity":"alice","claims":{"type":""}}`)
	w.wants(200, `{"msg":" token successfully revoked"}`, "DELETE /main/logout", "", bearer(odd)...)
}

// TestCookies: login, the CSRF value, refresh and logout of a browser.
func TestCookies(t *testing.T) {
	w := newWorld(t)
	lines := func(route string, headers ...string) map[string]string {
		t.Helper()
		res, text := w.send(route, alice, headers...)
		if res.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d %s", route, res.StatusCode, text)
		}
		found := map[string]string{}
		for _, line := range res.Header.Values("Set-Cookie") {
			name, rest, _ := strings.Cut(line, "=")
			found[name] = rest
		}
		return found
	}
	value := func(line string) string { v, _, _ := strings.Cut(line, ";"); return v }

	set := lines("POST /cookies/cookie/login")
	access, csrf := value(set["access_token_cookie"]), value(set["csrf_access_token"])
	if rest := strings.TrimPrefix(set["access_token_cookie"], access); rest != "; Path=/; HttpOnly" {
		t.Errorf("the cookie has %s", rest)
	}
	cookie := []string{"Cookie", "access_token_cookie=" + access}
	w.wants(401, "Missing CSRF token", "POST /cookies/protected", "", cookie...)
	w.wants(401, "CSRF double submit tokens do not match", "POST /cookies/protected", "", append(cookie, "X-CSRF-TOKEN", "x")...)
	w.wants(200, `"location":"cookies"`, "POST /cookies/protected", "", append(cookie, "X-CSRF-TOKEN", csrf)...)
	renewed := lines("POST /cookies/cookie/refresh", "Cookie", "refresh_token_cookie="+value(set["refresh_token_cookie"]),
		"X-CSRF-TOKEN", value(set["csrf_refresh_token"]))
	if len(renewed) != 2 || value(renewed["access_token_cookie"]) == access {
		t.Errorf("refreshing sets %v", renewed)
	}
	if gone := lines("POST /cookies/cookie/logout"); len(gone) != 4 || !strings.HasPrefix(gone["access_token_cookie"], "; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT") {
		t.Errorf("logging out sets %v", gone)
	}
	w.wants(200, "revoked", "DELETE /cookies/cookie/revoke", "", append(cookie, "X-CSRF-TOKEN", csrf)...)
	w.wants(401, "Token has been revoked", "GET /cookies/protected", "", cookie...)

	w.wants(200, "cookies", "POST /cookies_form/protected", "csrf_a="+csrf, append(cookie, "Content-Type", "application/x-www-form-urlencoded")...)
	w.wants(401, "Missing CSRF token", "GET /cookies_csrf_get/protected", "", cookie...)
	if set := lines("POST /cookies_nocsrf/cookie/login"); len(set) != 2 {
		t.Errorf("cookies_nocsrf sets %v", set)
	}
	if set := lines("POST /cookies_csrf_body/cookie/login"); len(set) != 2 {
		t.Errorf("cookies_csrf_body sets %v", set)
	}
	w.wants(200, `"csrf_access":"`, "POST /cookies_csrf_body/cookie/login", `{"username":"alice","password":"wonder","csrf_in_body":true}`)

	hardened := lines("POST /cookies_hardened/cookie/login")
	for name, path := range map[string]string{"acc": "/api", "acc_csrf": "/a", "ref": "/auth/refresh", "ref_csrf": "/r"} {
		for _, want := range []string{"; Path=" + path + ";", "; Domain=example.com;", "; Max-Age=31540000;", "; Secure", "; SameSite=Strict"} {
			if !strings.Contains(hardened[name], want) {
				t.Errorf("%s=%s has no %q", name, hardened[name], want)
			}
		}
		if got := strings.Contains(hardened[name], "HttpOnly"); got == strings.HasSuffix(name, "_csrf") {
			t.Errorf("%s: HttpOnly is %t", name, got)
		}
	}
}
