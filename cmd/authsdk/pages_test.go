package main

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// pages are those of a server, without its endpoints.
func pages(t *testing.T, browser bool) http.Handler {
	t.Helper()
	a := &app{log: slog.New(slog.DiscardHandler)}
	mux := http.NewServeMux()
	if err := a.addPages(mux, browser); err != nil {
		t.Fatal(err)
	}
	return unknown(mux)
}

func ask(h http.Handler, method, path string, header ...string) *http.Response {
	r := httptest.NewRequest(method, path, http.NoBody)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func TestDocument(t *testing.T) {
	t.Parallel()
	h := pages(t, false)
	for path, want := range map[string]struct{ kind, begins string }{
		"/openapi.yaml": {"application/yaml", "openapi: 3.0.3"},
		"/openapi.json": {"application/json", "{"},
	} {
		res := ask(h, http.MethodGet, path, "Origin", "https://elsewhere.example")
		data, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != http.StatusOK || !strings.HasPrefix(string(data), want.begins) {
			t.Errorf("%s: got %d %.40s and error %v", path, res.StatusCode, data, err)
		}
		for name, value := range map[string]string{
			"Content-Type": want.kind, "Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "ETag",
			"Cache-Control": "public, max-age=300", "X-Content-Type-Options": "nosniff", "Vary": "Accept-Encoding",
		} {
			if got := res.Header.Get(name); got != value {
				t.Errorf("%s: got %s %q, want %q", path, name, got, value)
			}
		}
		tag := res.Header.Get("ETag")
		again := ask(h, http.MethodGet, path, "If-None-Match", tag, "Origin", "https://elsewhere.example")
		if again.StatusCode != http.StatusNotModified || again.Header.Get("ETag") != tag || again.Header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s with its tag: got %d %v, want 304", path, again.StatusCode, again.Header)
		}
		head := ask(h, http.MethodHead, path)
		if data, _ := io.ReadAll(head.Body); head.StatusCode != http.StatusOK || len(data) != 0 || head.Header.Get("ETag") != tag {
			t.Errorf("HEAD %s: got %d, %d bytes, %v", path, head.StatusCode, len(data), head.Header)
		}
		if res := ask(h, http.MethodGet, path, "Accept-Encoding", "gzip, br"); res.Header.Get("Content-Encoding") != "gzip" {
			t.Errorf("%s for a client with gzip: got %v", path, res.Header)
		}
		if res := ask(h, http.MethodPost, path); res.StatusCode != http.StatusMethodNotAllowed || res.Header.Get("Allow") != "GET, HEAD" {
			t.Errorf("POST %s: got %d %v, want 405", path, res.StatusCode, res.Header)
		}
	}
}

// TestBrowserPages: they are there if they are asked for, and only then.
func TestBrowserPages(t *testing.T) {
	t.Parallel()
	without, with := pages(t, false), pages(t, true)
	for _, path := range []string{"/console/", "/docs/"} {
		if res := ask(without, http.MethodGet, path); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s without --console: got %d, want 404", path, res.StatusCode)
		}
		res := ask(with, http.MethodGet, path)
		policy := res.Header.Get("Content-Security-Policy")
		if res.StatusCode != http.StatusOK || !strings.HasPrefix(policy, "default-src 'none'; script-src 'self';") {
			t.Errorf("%s: got %d with the policy %q", path, res.StatusCode, policy)
		}
		bare := strings.TrimSuffix(path, "/")
		if res := ask(with, http.MethodGet, bare); res.StatusCode/100 != 3 || res.Header.Get("Location") != path {
			t.Errorf("%s: got %d to %s, want the way to %s", bare, res.StatusCode, res.Header.Get("Location"), path)
		}
	}
}
