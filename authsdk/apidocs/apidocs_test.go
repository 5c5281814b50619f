package apidocs_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/authsdk/authsdk-go/authsdk/apidocs"
)

func get(h http.Handler, path string) *http.Response {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, http.NoBody))
	return w.Result()
}

func TestPage(t *testing.T) {
	t.Parallel()
	h, err := apidocs.New(apidocs.Config{Document: `/v1/"openapi".json`, Title: "<Notes>"})
	if err != nil {
		t.Fatal(err)
	}
	res := get(h, "/")
	data, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	page := string(data)
	for _, want := range []string{`content="/v1/&#34;openapi&#34;.json"`, "<title>&lt;Notes&gt;</title>"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %s:\n%s", want, page)
		}
	}
	if policy := res.Header.Get("Content-Security-Policy"); strings.Contains(policy, "unsafe") || !strings.Contains(policy, "connect-src 'self'") {
		t.Errorf("got the policy %s", policy)
	}
	refers := regexp.MustCompile(`<(?:link|script)[^>]* (?:src|href)="([^"]+)"`).FindAllStringSubmatch(page, -1)
	if len(refers) != 5 {
		t.Errorf("the page refers to %q, want 5 files", refers)
	}
	for _, r := range refers {
		res := get(h, "/"+r[1])
		forever := strings.Contains(res.Header.Get("Cache-Control"), "immutable")
		if res.StatusCode != http.StatusOK || forever != strings.HasPrefix(r[1], "swagger-ui-") {
			t.Errorf("%s: got %d, Cache-Control %s", r[1], res.StatusCode, res.Header.Get("Cache-Control"))
		}
	}
}

// TestVersion: the script that fetches Swagger UI and the page name one version,
// and its licence came along.
func TestVersion(t *testing.T) {
	t.Parallel()
	script, err := os.ReadFile("../../scripts/swagger-ui.sh")
	if err != nil {
		t.Fatal(err)
	}
	version := regexp.MustCompile(`(?m)^version=(.+)$`).FindStringSubmatch(string(script))
	if version == nil {
		t.Fatal("the script names no version")
	}
	h, err := apidocs.New(apidocs.Config{})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"swagger-ui-bundle.js", "swagger-ui.css", "LICENSE.txt", "NOTICE.txt"} {
		if res := get(h, "/swagger-ui-"+version[1]+"/"+name); res.StatusCode != http.StatusOK {
			t.Errorf("%s of version %s: got %d", name, version[1], res.StatusCode)
		}
	}
	page, _ := io.ReadAll(get(h, "/").Body)
	if n := strings.Count(string(page), "swagger-ui-"+version[1]+"/"); n != 2 {
		t.Errorf("the page refers %d times to version %s, want 2", n, version[1])
	}
}

func TestDocumentElsewhere(t *testing.T) {
	t.Parallel()
	for _, document := range []string{"https://other.example/openapi.json", "//other.example/openapi.json", "%zz", "data:application/json,{}"} {
		if _, err := apidocs.New(apidocs.Config{Document: document}); err == nil || !strings.Contains(err.Error(), "Document") {
			t.Errorf("%s: got the error %v, want one that names the field", document, err)
		}
	}
}
