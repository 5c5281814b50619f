package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestBasic(t *testing.T) {
	var later atomic.Int64
	start := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	ts := httptest.NewServer(newHandler("http://auth.example", func() time.Time { return start.Add(time.Duration(later.Load())) }))
	defer ts.Close()
	do := func(method, path, token, body string) (int, string) {
		t.Helper()
		req := must(http.NewRequestWithContext(t.Context(), method, ts.URL+path, strings.NewReader(body)))
		if token != "" {
			req.Header.Set("Authorization", "Bearer "+token)
		}
		res := must(http.DefaultClient.Do(req))
		defer res.Body.Close()
		return res.StatusCode, string(must(io.ReadAll(res.Body)))
	}
	var answer struct {
		Token string `json:"access_token"`
	}
	_, body := do("POST", "/login", "", `{"username":"alice","password":"correct horse"}`)
	if err := json.Unmarshal([]byte(body), &answer); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		what, method, path, token, body string
		after                           time.Duration
		status                          int
		want                            string
	}{
		{"a token", "GET", "/protected", answer.Token, "", 0, 200, "Hello, "},
		{"no token", "GET", "/protected", "", "", 0, 401, `"code":"token_missing"`},
		{"no token", "GET", "/protected", "x", "", 0, 401, `"code":"token_malformed"`},
		{"a wrong password", "POST", "/login", "", `{"username":"alice","password":"x"}`, 0, 401, `"code":"invalid_credentials"`},
		{"no JSON", "POST", "/login", "", "x", 0, 400, `"code":"request_malformed"`},
		{"just before its end", "GET", "/protected", answer.Token, "", 15*time.Minute - time.Second, 200, "Hello, "},
		{"at its end", "GET", "/protected", answer.Token, "", 15 * time.Minute, 401, `"code":"token_expired"`},
	} {
		later.Store(int64(tt.after))
		if status, got := do(tt.method, tt.path, tt.token, tt.body); status != tt.status || !strings.Contains(got, tt.want) {
			t.Errorf("%s: %d %s, want %d %s", tt.what, status, got, tt.status, tt.want)
		}
	}
}
