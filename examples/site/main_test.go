package main

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// TestSite walks through the site as a browser does.
func TestSite(t *testing.T) {
	ts := httptest.NewTLSServer(newHandler("https://site.example"))
	defer ts.Close()
	browser := ts.Client()
	browser.Jar, _ = cookiejar.New(nil)

	// visit returns the page that a request ends at.
	visit := func(res *http.Response, err error) (status int, path, page string) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, res.Request.URL.Path, string(body)
	}
	form := func(pairs ...string) url.Values {
		v := url.Values{}
		for i := 0; i < len(pairs); i += 2 {
			v.Set(pairs[i], pairs[i+1])
		}
		return v
	}
	check := func(what string, status int, path, page, want string, wantStatus int, wantPath string) {
		t.Helper()
		if status != wantStatus || path != wantPath || !strings.Contains(page, want) {
			t.Errorf("%s: %d at %s:\n%s\nwant %d at %s with %q", what, status, path, page, wantStatus, wantPath, want)
		}
	}

	status, path, page := visit(browser.Get(ts.URL + "/"))
	check("nobody", status, path, page, "Log in", 200, "/login")
	status, path, page = visit(browser.PostForm(ts.URL+"/login", form("username", "alice", "password", "wrong")))
	check("a wrong password", status, path, page, "is wrong", 401, "/login")
	status, path, page = visit(browser.PostForm(ts.URL+"/login", form("username", "alice", "password", "correct horse")))
	check("login", status, path, page, "Hello, ", 200, "/")
	csrf := regexp.MustCompile(`name="csrf_token" value="([^"]+)"`).FindStringSubmatch(page)
	if csrf == nil {
		t.Fatal("the form has no CSRF value")
	}

	status, path, page = visit(browser.PostForm(ts.URL+"/logout", nil))
	check("logout without the CSRF value", status, path, page, "csrf_failed", 403, "/logout")

	// Without its access token the page still comes, with new cookies.
	at, err := url.Parse(ts.URL)
	if err != nil {
		t.Fatal(err)
	}
	refresh := cookie(browser.Jar, at, "__Host-refresh_token")
	browser.Jar.SetCookies(at, []*http.Cookie{{Name: "__Host-access_token", Path: "/", MaxAge: -1, Secure: true}})
	status, path, page = visit(browser.Get(ts.URL + "/"))
	check("no access token", status, path, page, "Hello, ", 200, "/")
	if next := cookie(browser.Jar, at, "__Host-refresh_token"); next == "" || next == refresh {
		t.Error("the cookies were not renewed")
	}

	status, path, page = visit(browser.PostForm(ts.URL+"/logout", form("csrf_token", csrf[1])))
	check("logout", status, path, page, "Log in", 200, "/login")
	if left := browser.Jar.Cookies(at); len(left) != 0 {
		t.Errorf("cookies after the logout: %v", left)
	}
	status, path, page = visit(browser.Get(ts.URL + "/"))
	check("after the logout", status, path, page, "Log in", 200, "/login")
}

func cookie(jar http.CookieJar, at *url.URL, name string) string {
	for _, c := range jar.Cookies(at) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}
