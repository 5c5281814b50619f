package console_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/authsdk/authsdk-go/authsdk/console"
)

func get(t *testing.T, h http.Handler, path string) *http.Response {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, http.NoBody))
	return w.Result()
}

// TestPage: what the page refers to is there, unchanging, and none of it is
// inline, which the policy would forbid.
func TestPage(t *testing.T) {
	t.Parallel()
	h, err := console.New()
	if err != nil {
		t.Fatal(err)
	}
	res := get(t, h, "/")
	data, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	page := string(data)
	policy := res.Header.Get("Content-Security-Policy")
	if !strings.HasPrefix(policy, "default-src 'none'; script-src 'self'; style-src 'self';") || strings.Contains(policy, "unsafe") {
		t.Errorf("got the policy %s", policy)
	}
	if m := regexp.MustCompile(`<style|style=|<script[^>]*>[^<]|\son\w+=|https?://`).FindString(page); m != "" {
		t.Errorf("the page has %q, which its policy forbids", m)
	}
	refers := regexp.MustCompile(`(?:src|href)="\./(\w[^"]*)"`).FindAllStringSubmatch(page, -1)
	if len(refers) < 4 {
		t.Fatalf("the page refers to %d files", len(refers))
	}
	for _, r := range refers {
		res := get(t, h, "/"+r[1])
		forever := strings.Contains(res.Header.Get("Cache-Control"), "immutable")
		if res.StatusCode != http.StatusOK || forever != strings.HasPrefix(r[1], "assets/") {
			t.Errorf("%s: got %d, Cache-Control %s", r[1], res.StatusCode, res.Header.Get("Cache-Control"))
		}
	}
}
