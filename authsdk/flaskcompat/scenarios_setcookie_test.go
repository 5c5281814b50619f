package flaskcompat_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/flaskcompat"
)

// sets fails the test unless the cookies of a kind have just these attributes.
func (k kind) sets(t *testing.T, c cookies, want map[string]string) {
	t.Helper()
	if got := k.login(t, manager(t, inCookies(c)), flaskcompat.CookieOptions{}); !maps.Equal(got, want) {
		t.Errorf("%s cookies: %q\nwant %q", k.name, got, want)
	}
}

// JWT_COOKIE_SECURE is off there by default, and here only with InsecureHTTP.
func TestFJE042_DefaultCookieOptions(t *testing.T) {
	t.Parallel()
	for _, k := range kinds {
		k.sets(t, cookies{InsecureHTTP: true}, map[string]string{k.cookie: "Path=/; HttpOnly", k.csrf: "Path=/"})
		k.sets(t, cookies{}, map[string]string{k.cookie: "Path=/; HttpOnly; Secure", k.csrf: "Path=/; Secure"})
	}
}

func TestFJE043_CustomCookieOptions(t *testing.T) {
	t.Parallel()
	const domain = "Path=/; Domain=test.com; "
	const end = "Expires=Sat, 20 Nov 2027 13:06:40 GMT; Max-Age=31540000; "
	for _, k := range kinds {
		k.sets(t, cookies{Domain: "test.com", Lasting: true, SameSite: http.SameSiteStrictMode}, map[string]string{
			k.cookie: domain + end + "HttpOnly; Secure; SameSite=Strict",
			k.csrf:   domain + end + "Secure; SameSite=Strict",
		})
	}
}

func TestFJE044_CustomCookieNamesAndPaths(t *testing.T) {
	t.Parallel()
	c := cookies{
		Access:  authsdk.CookieNames{Name: "new_access_cookie", Path: "/api", CSRFName: "new_csrf_access_cookie", CSRFPath: "/csrf/access"},
		Refresh: authsdk.CookieNames{Name: "new_refresh_cookie", Path: "/auth", CSRFName: "new_csrf_refresh_cookie", CSRFPath: "/csrf/refresh"},
	}
	kinds[0].sets(t, c, map[string]string{"new_access_cookie": "Path=/api; HttpOnly; Secure", "new_csrf_access_cookie": "Path=/csrf/access; Secure"})
	kinds[1].sets(t, c, map[string]string{"new_refresh_cookie": "Path=/auth; HttpOnly; Secure", "new_csrf_refresh_cookie": "Path=/csrf/refresh; Secure"})
}

func TestFJE045_CSRFNotInCookie(t *testing.T) {
	t.Parallel()
	for _, k := range kinds {
		k.sets(t, cookies{CSRFInBody: true}, map[string]string{k.cookie: "Path=/; HttpOnly; Secure"})
	}
}

func TestFJE046_CookiesWithoutCSRF(t *testing.T) {
	t.Parallel()
	for _, k := range kinds {
		k.sets(t, cookies{InsecureNoCSRF: true}, map[string]string{k.cookie: "Path=/; HttpOnly; Secure"})
	}
}

func TestFJE048_OverrideDomain(t *testing.T) {
	t.Parallel()
	m := manager(t, inCookies(cookies{Domain: "default.example"}))
	o := flaskcompat.CookieOptions{Domain: new("other.example")}
	const gone = "Path=/; Domain=other.example; Expires=Thu, 01 Jan 1970 00:00:00 GMT; "
	for _, k := range kinds {
		want := map[string]string{
			k.cookie: "Path=/; Domain=other.example; HttpOnly; Secure",
			k.csrf:   "Path=/; Domain=other.example; Secure",
		}
		if got := k.login(t, m, o); !maps.Equal(got, want) {
			t.Errorf("set: %q\nwant %q", got, want)
		}
		w := httptest.NewRecorder()
		m.UnsetCookies(w, o, k.t)
		want = map[string]string{k.cookie: gone + "HttpOnly; Secure", k.csrf: gone + "Secure"}
		if got := linesOf(w.Header()); !maps.Equal(got, want) {
			t.Errorf("unset: %q\nwant %q", got, want)
		}
	}
}
