package main

import (
	"encoding/json"
	"net/http"
	"testing"
)

// TestUnknown: what is not there is refused in the form of every refusal.
func TestUnknown(t *testing.T) {
	t.Parallel()
	p := serve(t, t.TempDir(), "--store", "memory:")
	once := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for _, tt := range []struct {
		method, path string
		status       int
		code, allow  string
	}{
		{"GET", "/", 404, "not_found", ""},
		{"POST", "/auth/nothing", 404, "not_found", ""},
		{"GET", "/auth/login", 405, "method_not_allowed", "POST"},
		{"DELETE", "/auth/me", 405, "method_not_allowed", "GET, HEAD"},
		{"POST", "/healthz", 405, "method_not_allowed", "GET, HEAD"},
		{"POST", "/readyz", 405, "method_not_allowed", "GET, HEAD"},
		{"HEAD", "/readyz", 200, "", ""},
		{"HEAD", "/healthz", 200, "", ""},
		{"GET", "//auth/me", 307, "", ""},
		{"GET", "//nothing", 307, "", ""},
		{"GET", "/auth/me", 401, "token_missing", ""},
	} {
		req, err := http.NewRequest(tt.method, p.url+tt.path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		res, err := once.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		var problem struct{ Code string }
		if res.Header.Get("Content-Type") == "application/problem+json" {
			err = json.NewDecoder(res.Body).Decode(&problem)
		}
		_ = res.Body.Close()
		if allow := res.Header.Get("Allow"); err != nil || res.StatusCode != tt.status || problem.Code != tt.code || allow != tt.allow {
			t.Errorf("%s %s: %d %q, Allow %q, %v; want %d %q, Allow %q",
				tt.method, tt.path, res.StatusCode, problem.Code, allow, err, tt.status, tt.code, tt.allow)
		}
	}
}
