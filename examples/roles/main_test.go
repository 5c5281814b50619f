package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestRoles(t *testing.T) {
	ts := httptest.NewServer(newHandler("http://auth.example"))
	defer ts.Close()
	do := func(method, path, token, body string) (int, string) {
		t.Helper()
		req := must(http.NewRequestWithContext(t.Context(), method, ts.URL+path, strings.NewReader(body)))
		if token != "" {
			req.Header.Set("Authorization", "Bearer "+token)
		}
		res := must(http.DefaultClient.Do(req))
		defer res.Body.Close()
		return res.StatusCode, strings.TrimSpace(string(must(io.ReadAll(res.Body))))
	}
	type pair struct{ Access, Refresh string }
	tokens := func(method, path, token, body string) (p pair) {
		t.Helper()
		status, answer := do(method, path, token, body)
		if err := json.Unmarshal([]byte(answer), &p); err != nil || status != 200 {
			t.Fatalf("%s %s: %d %s", method, path, status, answer)
		}
		return p
	}
	alice := tokens("POST", "/login", "", `{"name":"alice","password":"correct horse"}`)
	bob := tokens("POST", "/login", "", `{"name":"bob","password":"battery staple"}`)
	again := tokens("POST", "/refresh", bob.Refresh, "")
	for _, tt := range []struct {
		what, method, path, token, body string
		status                          int
		want                            string
	}{
		{"a wrong password", "POST", "/login", "", `{"name":"alice","password":"x"}`, 401, "invalid_credentials"},
		{"no JSON", "POST", "/login", "", `x`, 400, "request_malformed"},
		{"everybody", "GET", "/", "", "", 200, `{"hello":"stranger"}`},
		{"somebody", "GET", "/", alice.Access, "", 200, `{"hello":"alice"}`},
		{"a bad token is not nobody", "GET", "/", "x", "", 401, "token_malformed"},
		{"claims and user", "GET", "/me", alice.Access, "", 200, `{"claims":{"tenant":"acme"},"name":"alice","roles":["admin"]}`},
		{"no token", "GET", "/me", "", "", 401, "token_missing"},
		{"a refresh token", "GET", "/me", alice.Refresh, "", 401, "token_wrong_type"},
		{"an access token", "POST", "/refresh", alice.Access, "", 401, "token_wrong_type"},
		{"a role", "GET", "/admin", alice.Access, "", 200, `"name":"alice"`},
		{"a role that is lacking", "GET", "/admin", bob.Access, "", 403, "insufficient_scope"},
		{"after a refresh", "GET", "/me", again.Access, "", 200, `"name":"bob"`},
		{"logout of the access token", "DELETE", "/logout", bob.Access, "", 204, ""},
		{"which is ended", "GET", "/me", bob.Access, "", 401, "token_revoked"},
		{"and not optional", "GET", "/", bob.Access, "", 401, "token_revoked"},
		{"the refresh token is not", "POST", "/refresh", bob.Refresh, "", 200, "access"},
		{"logout of the refresh token", "DELETE", "/logout", bob.Refresh, "", 204, ""},
		{"which is ended, too", "POST", "/refresh", bob.Refresh, "", 401, "token_revoked"},
		{"others are not", "GET", "/me", alice.Access, "", 200, "alice"},
	} {
		if status, got := do(tt.method, tt.path, tt.token, tt.body); status != tt.status || !strings.Contains(got, tt.want) {
			t.Errorf("%s: %s %s: %d %s, want %d %s", tt.what, tt.method, tt.path, status, got, tt.status, tt.want)
		}
	}
}
