package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/authsdk/authsdk-go/authsdk"
)

func TestLocations(t *testing.T) {
	const issuer = "http://auth.example"
	keys := must(authsdk.NewKeySet(must(authsdk.GenerateKey(authsdk.ES256))))
	ts := httptest.NewServer(newHandler(issuer, keys))
	defer ts.Close()
	const csrf = "0123456789abcdefghij"
	issue := must(authsdk.NewIssuer(authsdk.IssuerConfig{Issuer: issuer, Keys: keys}))
	token := must(issue.Issue(t.Context(), authsdk.Claims{Subject: "alice", CSRF: csrf}, nil))
	do := func(method, path, body string, headers ...string) (int, string) {
		t.Helper()
		req := must(http.NewRequestWithContext(t.Context(), method, ts.URL+path, strings.NewReader(body)))
		for i := 0; i < len(headers); i += 2 {
			req.Header.Set(headers[i], headers[i+1])
		}
		res := must(http.DefaultClient.Do(req))
		defer res.Body.Close()
		return res.StatusCode, strings.TrimSpace(string(must(io.ReadAll(res.Body))))
	}
	_, link := do("POST", "/link", "", "Authorization", "Bearer "+token)
	inBody := `{"access_token":"` + token + `"}`
	for _, tt := range []struct {
		what, method, path, body string
		headers                  []string
		status                   int
		want                     string
	}{
		{"bearer", "GET", "/whoami", "", []string{"Authorization", "Bearer " + token}, 200, "alice"},
		{"own header", "GET", "/whoami", "", []string{"X-Api-Token", token}, 200, "alice"},
		{"cookie", "GET", "/whoami", "", []string{"Cookie", "__Host-access_token=" + token}, 200, "alice"},
		{"cookie alone", "POST", "/whoami", "", []string{"Cookie", "__Host-access_token=" + token}, 403, "csrf_failed"},
		{"cookie and value", "POST", "/whoami", "", []string{"Cookie", "__Host-access_token=" + token, "X-CSRF-Token", csrf}, 200, "alice"},
		{"body", "POST", "/whoami", inBody, []string{"Content-Type", "application/json"}, 200, "alice"},
		{"own place", "GET", "/whoami", "", []string{"Authorization", "Basic " + basic("x", token)}, 200, "alice"},
		{"nowhere", "GET", "/whoami", "", nil, 401, "token_missing"},
		{"no place of this service", "GET", "/whoami?token=" + token, "", nil, 401, "token_missing"},
		{"the first decides", "GET", "/whoami", "", []string{"Authorization", "Bearer x", "X-Api-Token", token}, 401, "token_malformed"},
		{"a link", "GET", link, "", nil, 200, "alice"},
		{"no link", "GET", "/file?token=" + token, "", nil, 401, "token_wrong_type"},
		{"the place of the others", "GET", "/file", "", []string{"Authorization", "Bearer " + token}, 401, "token_missing"},
		{"socket", "GET", "/socket", "", []string{"Sec-WebSocket-Protocol", "bearer, " + token}, 200, "alice"},
	} {
		if status, got := do(tt.method, tt.path, tt.body, tt.headers...); status != tt.status || !strings.Contains(got, tt.want) {
			t.Errorf("%s: %d %s, want %d %s", tt.what, status, got, tt.status, tt.want)
		}
	}
	if status, _ := do("GET", "/whoami", "", "Authorization", "Bearer "+strings.TrimPrefix(link, "/file?token=")); status != http.StatusUnauthorized {
		t.Errorf("the token of a link opens other routes: %d", status)
	}
}

func basic(name, secret string) string {
	r := http.Request{Header: http.Header{}}
	r.SetBasicAuth(name, secret)
	return strings.TrimPrefix(r.Header.Get("Authorization"), "Basic ")
}
