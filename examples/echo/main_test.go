package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// call sends a request and returns status and body of the answer.
func call(t *testing.T, method, url, token, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

func TestGuard(t *testing.T) {
	ts := httptest.NewServer(newHandler("http://auth.example"))
	defer ts.Close()
	status, body := call(t, "POST", ts.URL+"/auth/login", "", `{"username":"alice","password":"correct horse"}`)
	var pair struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(body), &pair); err != nil || status != http.StatusOK {
		t.Fatalf("login: %d %s", status, body)
	}
	_, body = call(t, "GET", ts.URL+"/auth/me", pair.AccessToken, "")
	var me struct {
		Sub string `json:"sub"`
	}
	if err := json.Unmarshal([]byte(body), &me); err != nil || me.Sub == "" {
		t.Fatalf("me: %s", body)
	}
	for _, tt := range []struct {
		method, path, token string
		status              int
		part                string
	}{
		{"GET", "/about", "", 200, "Hello, anybody."},
		{"GET", "/notes", "", 401, `"code":"token_missing"`},
		{"GET", "/notes", "forged", 401, `"code":"token_malformed"`},
		{"GET", "/notes", pair.AccessToken, 200, "Hello, " + me.Sub + "."},
		{"POST", "/notes", "", 401, `"code":"token_missing"`},
		{"POST", "/notes", pair.AccessToken, 403, `"code":"insufficient_scope"`},
		{"GET", "/auth/me", "", 401, `"code":"token_missing"`},
		{"GET", "/healthz", "", 204, ""},
		{"GET", "/elsewhere", pair.AccessToken, 404, ""},
	} {
		status, body := call(t, tt.method, ts.URL+tt.path, tt.token, "")
		if status != tt.status || !strings.Contains(body, tt.part) {
			t.Errorf("%s %s: got %d %s, want %d %s", tt.method, tt.path, status, body, tt.status, tt.part)
		}
	}
}
