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

	"github.com/authsdk/authsdk-go/authsdk"
)

func TestFresh(t *testing.T) {
	const url = "http://bank.example"
	var later atomic.Int64
	now := func() time.Time {
		return time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC).Add(time.Duration(later.Load()))
	}
	keys := must(authsdk.NewKeySet(must(authsdk.GenerateKey(authsdk.ES256))))
	ts := httptest.NewServer(newHandler(url, keys, now))
	defer ts.Close()
	do := func(method, path, token, body string) (int, string) {
		t.Helper()
		req := must(http.NewRequestWithContext(t.Context(), method, ts.URL+path, strings.NewReader(body)))
		req.Header.Set("Content-Type", "application/json")
		if token != "" {
			req.Header.Set("Authorization", "Bearer "+token)
		}
		res := must(http.DefaultClient.Do(req))
		defer res.Body.Close()
		return res.StatusCode, string(must(io.ReadAll(res.Body)))
	}
	type pair struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
	}
	tokens := func(path, token, body string) (p pair) {
		t.Helper()
		status, answer := do("POST", path, token, body)
		if err := json.Unmarshal([]byte(answer), &p); err != nil || status != http.StatusOK {
			t.Fatalf("%s: %d %s", path, status, answer)
		}
		return p
	}
	// check asks for balance, transfer and the end of the account.
	check := func(what, token string, want ...int) {
		t.Helper()
		for i, route := range []string{"GET /balance", "POST /transfer", "DELETE /account"} {
			method, path, _ := strings.Cut(route, " ")
			status, body := do(method, path, token, "")
			if status != want[i] || status == http.StatusUnauthorized && !strings.Contains(body, `"code":"fresh_token_required"`) {
				t.Errorf("%s: %s: %d %s, want %d", what, route, status, body, want[i])
			}
		}
	}

	login := tokens("/auth/login", "", `{"username":"alice","password":"correct horse"}`)
	check("after the login", login.Access, 200, 200, 200)
	later.Store(int64(4 * time.Minute))
	refreshed := tokens("/auth/refresh", login.Refresh, "")
	check("after a refresh", refreshed.Access, 200, 200, 401)
	later.Store(int64(5*time.Minute + time.Second))
	check("after five minutes", login.Access, 200, 401, 200)
	check("after both", refreshed.Access, 200, 401, 401)
	again := tokens("/auth/reauthenticate", refreshed.Access, `{"password":"correct horse"}`)
	check("after the password", again.Access, 200, 200, 200)

	issuer := must(authsdk.NewIssuer(authsdk.IssuerConfig{Issuer: url, Keys: keys, Now: now}))
	limited := must(freshFor(t.Context(), issuer, "alice", now().Add(time.Minute)))
	check("fresh for a minute", limited, 200, 401, 200)
	later.Add(int64(61 * time.Second))
	check("after that minute", limited, 200, 401, 401)
}
