package static_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/authsdk/authsdk-go/internal/static"
)

const text = "some text, and the same text: some text, and the same text"

func get(h http.Handler, method, path string, header http.Header) *http.Response {
	r := httptest.NewRequest(method, path, http.NoBody)
	r.Header = header
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, res *http.Response) string {
	t.Helper()
	var r io.Reader = res.Body
	if res.Header.Get("Content-Encoding") == "gzip" {
		zipped, err := gzip.NewReader(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		r = zipped
	}
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func newFile(t *testing.T) *static.File {
	t.Helper()
	f, err := static.NewFile([]byte(text), http.Header{"Content-Type": {"text/plain"}})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestEncoding(t *testing.T) {
	t.Parallel()
	f := newFile(t)
	for _, tt := range []struct {
		accept []string
		want   string
	}{
		{nil, ""},
		{[]string{"gzip"}, "gzip"},
		{[]string{"br, GZIP;q=0.5"}, "gzip"},
		{[]string{"br", "x-gzip"}, "gzip"},
		{[]string{"gzip;q=0, *"}, ""},
		{[]string{"*;q=0.1"}, "gzip"},
		{[]string{"*;q=0"}, ""},
		{[]string{"gzip;q=0.000"}, ""},
		{[]string{"gzip;q=nonsense"}, ""},
		{[]string{"identity, br"}, ""},
	} {
		res := get(f, http.MethodGet, "/", http.Header{"Accept-Encoding": tt.accept})
		if got := res.Header.Get("Content-Encoding"); got != tt.want {
			t.Errorf("Accept-Encoding %q: got %q, want %q", tt.accept, got, tt.want)
		}
		if res.Header.Get("Vary") != "Accept-Encoding" || res.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("Accept-Encoding %q: got the headers %v", tt.accept, res.Header)
		}
		if got := body(t, res); got != text {
			t.Errorf("Accept-Encoding %q: got the body %q", tt.accept, got)
		}
	}
}

// TestValidation: a client that has the file is told so, and only with the tag
// of what it would get.
func TestValidation(t *testing.T) {
	t.Parallel()
	f := newFile(t)
	plain := get(f, http.MethodGet, "/", http.Header{}).Header.Get("ETag")
	zipped := get(f, http.MethodGet, "/", http.Header{"Accept-Encoding": {"gzip"}}).Header.Get("ETag")
	if plain == "" || plain == zipped {
		t.Fatalf("got the tags %s and %s, want two", plain, zipped)
	}
	for _, tt := range []struct {
		method, accept, match string
		want                  int
	}{
		{http.MethodGet, "", plain, 304},
		{http.MethodHead, "", plain, 304},
		{http.MethodGet, "gzip", zipped, 304},
		{http.MethodGet, "gzip", "W/" + zipped, 304}, // a proxy may have weakened it
		{http.MethodGet, "gzip", `"other", ` + zipped, 304},
		{http.MethodGet, "", "*", 304},
		{http.MethodGet, "gzip", plain, 200},
		{http.MethodGet, "", `"other"`, 200},
		{http.MethodHead, "", `"other"`, 200},
	} {
		res := get(f, tt.method, "/", http.Header{"Accept-Encoding": {tt.accept}, "If-None-Match": {tt.match}})
		if res.StatusCode != tt.want {
			t.Errorf("%s, Accept-Encoding %q, If-None-Match %s: got %d, want %d", tt.method, tt.accept, tt.match, res.StatusCode, tt.want)
		}
		if data, _ := io.ReadAll(res.Body); (tt.method == http.MethodHead || tt.want == 304) && len(data) > 0 {
			t.Errorf("%s, If-None-Match %s: got a body", tt.method, tt.match)
		}
	}
}

func TestFiles(t *testing.T) {
	t.Parallel()
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	h, err := static.New(static.Config{
		Files: fstest.MapFS{
			"index.html":    {Data: []byte("replaced")},
			"app/index.js":  {Data: []byte("js")},
			"lib/style.css": {Data: []byte("css")}, "lib/LICENSE.txt.gz": {Data: zipped.Bytes()},
		},
		Replace:   map[string][]byte{"index.html": []byte("page")},
		Policy:    "default-src 'none'",
		Immutable: func(name string) bool { return strings.HasPrefix(name, "lib/") },
	})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]struct{ kind, cache, body string }{
		"/":                {"text/html; charset=utf-8", "no-cache", "page"},
		"/index.html":      {"text/html; charset=utf-8", "no-cache", "page"},
		"/app/index.js":    {"text/javascript; charset=utf-8", "no-cache", "js"},
		"/lib/style.css":   {"text/css; charset=utf-8", "public, max-age=31536000, immutable", "css"},
		"/lib/LICENSE.txt": {"text/plain; charset=utf-8", "public, max-age=31536000, immutable", text},
	} {
		res := get(h, http.MethodGet, path, http.Header{"Accept-Encoding": {"gzip"}})
		got := struct{ kind, cache, body string }{res.Header.Get("Content-Type"), res.Header.Get("Cache-Control"), body(t, res)}
		if got != want || res.Header.Get("Content-Security-Policy") != "default-src 'none'" {
			t.Errorf("%s: got %+v and %v, want %+v", path, got, res.Header, want)
		}
	}
	for _, path := range []string{"/app/", "/nothing", "/lib/LICENSE.txt.gz", "/../index.html", "//"} {
		if res := get(h, http.MethodGet, path, nil); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: got %d, want 404", path, res.StatusCode)
		}
	}
}

func TestUnknownType(t *testing.T) {
	t.Parallel()
	_, err := static.New(static.Config{Files: fstest.MapFS{"x.exe": {}}})
	if err == nil || !strings.Contains(err.Error(), "x.exe") {
		t.Errorf("got the error %v, want one that names x.exe", err)
	}
}

// TestBrokenZip: what cannot be decompressed is an error, not an empty file.
func TestBrokenZip(t *testing.T) {
	t.Parallel()
	h, err := static.New(static.Config{Files: fstest.MapFS{"x.txt.gz": {Data: []byte("no gzip")}}})
	if err != nil {
		t.Fatal(err)
	}
	if res := get(h, http.MethodGet, "/x.txt", nil); res.StatusCode != http.StatusInternalServerError {
		t.Errorf("got %d, want 500", res.StatusCode)
	}
}
