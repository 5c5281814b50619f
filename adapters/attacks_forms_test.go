package adapters_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/authsdk/authsdk-go/gen/spec"
)

// The rows of section O of the catalogue that are about the form of a request,
// each through every router.

var formPaths = []string{"/auth/token", "/auth/revoke", "/auth/introspect"}

// TestFormPaths: the operations that take a form are those that the document says.
func TestFormPaths(t *testing.T) {
	t.Parallel()
	doc := must[*openapi3.T](t)(openapi3.NewLoader().LoadFromData(spec.YAML()))
	var paths []string
	for path, item := range doc.Paths.Map() {
		if body := item.Operations()["POST"]; body != nil && body.RequestBody != nil && body.RequestBody.Value.Content["application/x-www-form-urlencoded"] != nil {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	if want := slices.Sorted(slices.Values(formPaths)); !slices.Equal(paths, want) {
		t.Errorf("the document has %v, the endpoints %v", paths, want)
	}
	e := newEndpoints(t)
	for router := range e.routers {
		for _, path := range paths {
			if w := e.ask(router, form(path, "")); !strings.Contains(w.Body.String(), `"error":"invalid_`) {
				t.Errorf("%s: %s: got %d %s", router, path, w.Code, w.Body)
			}
		}
	}
}

// TestATK180Methods is ATK-180: only POST.
func TestATK180Methods(t *testing.T) {
	t.Parallel()
	e := newEndpoints(t)
	for _, path := range append([]string{"/auth/login", "/auth/refresh", "/auth/logout"}, formPaths...) {
		for router, h := range e.routers {
			for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete, http.MethodTrace} {
				w := send(h, "", request{method: method, path: path + "?grant_type=client_credentials", headers: []string{e.basic("reports")}})
				if w.Code != http.StatusMethodNotAllowed || !strings.Contains(w.Header().Get("Allow"), http.MethodPost) {
					t.Errorf("%s: %s %s: got %d and Allow %q, want 405 and POST", router, method, path, w.Code, w.Header().Get("Allow"))
				}
			}
		}
	}
}

// TestATK181MediaTypes is ATK-181: only a form, only JSON.
func TestATK181MediaTypes(t *testing.T) {
	t.Parallel()
	e := newEndpoints(t)
	for _, media := range []string{
		"", "text/plain", "multipart/form-data; boundary=x", "application/json", "application/x-www-form-urlencoded; charset=utf-16",
		"application/x-www-form-urlencoded, text/plain", "application/x-www-form-urlencodedx",
	} {
		for _, path := range formPaths {
			e.refuses(media, request{method: "POST", path: path, body: "grant_type=client_credentials&token=x", headers: []string{
				"Content-Type: " + media, e.basic("reports"),
			}}, 400, "invalid_request")
		}
	}
	for router := range e.routers {
		w := e.ask(router, request{method: "POST", path: "/auth/token", body: `{"grant_type":"client_credentials"}`, headers: []string{"Content-Type: application/json", e.basic("reports")}})
		if want := "The body must be application/x-www-form-urlencoded, in UTF-8."; !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: JSON at the token endpoint: got %s, want %q", router, w.Body, want)
		}
	}
	for _, media := range []string{"", "text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "application/json; charset=utf-16"} {
		for router := range e.routers {
			w := e.ask(router, request{method: "POST", path: "/auth/login", body: `{"username":"alice","password":"right"}`, headers: []string{"Content-Type: " + media}})
			if w.Code != http.StatusUnsupportedMediaType {
				t.Errorf("%s: a login with %q: got %d %s, want 415", router, media, w.Code, w.Body)
			}
		}
	}
	for _, good := range []string{"application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=UTF-8", "Application/X-WWW-Form-Urlencoded"} {
		for router, h := range e.routers {
			w := send(h, "", request{method: "POST", path: "/auth/token", body: "grant_type=client_credentials", headers: []string{"Content-Type: " + good, e.basic("reports")}})
			if w.Code != http.StatusOK {
				t.Errorf("%s: %q: got %d %s, want 200", router, good, w.Code, w.Body)
			}
		}
	}
}

// flood is a body that never ends, or ends before it said.
type flood struct{ read, most int }

func (f *flood) Read(p []byte) (int, error) {
	if f.most > 0 && f.read >= f.most {
		return 0, io.ErrUnexpectedEOF
	}
	for i := range p {
		p[i] = 'x'
	}
	f.read += len(p)
	return len(p), nil
}

func (*flood) Close() error { return nil }

// TestATK182LargeBodies is ATK-182: large, endless and broken bodies.
func TestATK182LargeBodies(t *testing.T) {
	t.Parallel()
	e := newEndpoints(t)
	for _, c := range []struct {
		name, path, media string
		length            int64
		most, status      int
		want              string
	}{
		{"over the limit", "/auth/token", "application/x-www-form-urlencoded", 1 << 20, 0, 413, `"error":"invalid_request"`},
		{"endless chunks", "/auth/introspect", "application/x-www-form-urlencoded", -1, 0, 413, `"error":"invalid_request"`},
		{"less than it said", "/auth/revoke", "application/x-www-form-urlencoded", 10_000, 512, 400, `"error":"invalid_request"`},
		{"over the limit, JSON", "/auth/login", "application/json", 1 << 20, 0, 413, "request_too_large"},
		{"endless chunks, JSON", "/auth/refresh", "application/json", -1, 0, 413, "request_too_large"},
		{"less than it said, JSON", "/auth/login", "application/json", 10_000, 512, 400, "request_malformed"},
	} {
		for router, h := range e.routers {
			body := &flood{most: c.most}
			r := httptest.NewRequest(http.MethodPost, c.path, http.NoBody)
			r.Body, r.ContentLength = body, c.length
			r.Header.Set("Content-Type", c.media)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			e.check(router, request{method: "POST", path: c.path}, w)
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.want) || body.read > 32<<10 {
				t.Errorf("%s, %s: got %d %s after %d bytes, want %d %s", c.name, router, w.Code, w.Body, body.read, c.status, c.want)
			}
		}
	}
}

// TestATK183EncodedBodies is ATK-183: compressed bodies.
func TestATK183EncodedBodies(t *testing.T) {
	t.Parallel()
	e := newEndpoints(t)
	for _, encoding := range []string{"gzip", "deflate", "br", "identity, gzip"} {
		for _, path := range formPaths {
			e.refuses(encoding, form(path, "grant_type=client_credentials&token=x", "Content-Encoding: "+encoding, e.basic("reports")), 415, "invalid_request")
		}
	}
}

// TestATK184ParameterTwice is ATK-184: a parameter twice.
func TestATK184ParameterTwice(t *testing.T) {
	t.Parallel()
	e := newEndpoints(t)
	for _, body := range []string{
		"grant_type=client_credentials&grant_type=client_credentials", "grant_type=client_credentials&grant_type=password",
		"grant_type=client_credentials&scope=read&scope=export", "grant_type=client_credentials&foo=1&foo=2",
		"grant_type=client_credentials&gr%61nt_type=x", "grant_type=client_credentials&scope=&scope=read",
	} {
		e.refuses(body, form("/auth/token", body, e.basic("reports")), 400, "invalid_request")
	}
	for _, path := range formPaths[1:] {
		e.refuses(path, form(path, "token=x&token=y", e.basic("gateway")), 400, "invalid_request")
	}
}

// TestATK185ParameterEmpty is ATK-185: a parameter without a value.
func TestATK185ParameterEmpty(t *testing.T) {
	t.Parallel()
	e := newEndpoints(t)
	for _, body := range []string{"", "grant_type=", "grant_type", "grant_type=refresh_token&refresh_token=", "grant_type=password&username=alice&password="} {
		e.refuses(body, form("/auth/token", body, e.basic("reports")), 400, "invalid_request")
	}
	for _, path := range formPaths[1:] {
		e.refuses(path, form(path, "token=", e.basic("gateway")), 400, "invalid_request")
	}
	for router := range e.routers {
		if g := e.token(router, "grant_type=client_credentials&scope=&client_id=", e.basic("reports")); g.Scope != "read export" {
			t.Errorf("%s: empty parameters: got %+v", router, g)
		}
	}
}

// TestATK186ParameterUnknown is ATK-186: parameters that nobody knows.
func TestATK186ParameterUnknown(t *testing.T) {
	t.Parallel()
	e := newEndpoints(t)
	for router := range e.routers {
		e.token(router, "grant_type=client_credentials&foo=1&SCOPE=x&Grant_Type=password", e.basic("reports"))
		w := e.ask(router, request{method: "POST", path: "/auth/login", body: `{"username":"alice","password":"right","foo":1}`, headers: []string{"Content-Type: application/json"}})
		if w.Code != http.StatusBadRequest {
			t.Errorf("%s: an unknown member of JSON: got %d %s, want 400", router, w.Code, w.Body)
		}
	}
}

// TestATK187Query is ATK-187: the query is not read.
func TestATK187Query(t *testing.T) {
	t.Parallel()
	e := newEndpoints(t)
	secret := url.QueryEscape(e.secrets["reports"])
	e.refuses("all in the query", form("/auth/token?grant_type=client_credentials&client_id=reports&client_secret="+secret, ""), 400, "invalid_request")
	e.refuses("the secret in the query", form("/auth/token?client_secret="+secret, "grant_type=client_credentials&client_id=reports"), 401, "invalid_client")
	e.refuses("the token in the query", form("/auth/introspect?token=x", "", e.basic("gateway")), 400, "invalid_request")
	for router := range e.routers {
		if g := e.token(router, "grant_type=client_credentials", e.basic("reports")); g.Scope != "read export" {
			t.Errorf("%s: got %+v", router, g)
		}
		w := e.ask(router, form("/auth/token?scope=read&grant_type=password&grant_type=x", "grant_type=client_credentials", e.basic("reports")))
		if w.Code != 200 || !strings.Contains(w.Body.String(), `"scope":"read export"`) {
			t.Errorf("%s: a query beside the form: got %d %s", router, w.Code, w.Body)
		}
	}
}

// TestATK188BrokenForms is ATK-188: forms that cannot be read.
func TestATK188BrokenForms(t *testing.T) {
	t.Parallel()
	e := newEndpoints(t)
	many := strings.Repeat("a=1&", 4000)
	for name, body := range map[string]string{
		"semicolon": "grant_type=client_credentials;b=2", "percent": "grant_type=client_credentials&b=%zz", "percent in a name": "grant_type=client_credentials&%=1",
		"NUL": "grant_type=client_credentials&scope=read%00", "NUL in a name": "grant_type=client_credentials&a%00=1",
		"no UTF-8": "grant_type=client_credentials&scope=%ff%fe", "no UTF-8, raw": "grant_type=client_credentials&scope=\xff",
		"surrogates": "grant_type=client_credentials&scope=%ed%a0%80", "many parameters": many + "grant_type=client_credentials",
	} {
		e.refuses(name, form("/auth/token", body, e.basic("reports")), 400, "invalid_request")
	}
	e.refuses("1 MB value", form("/auth/token", "grant_type="+strings.Repeat("x", 1<<20), e.basic("reports")), 413, "invalid_request")
}
