package flaskcompat_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/flaskcompat"
)

// accessLine is the Set-Cookie line of the access cookie, without the token.
func accessLine(t *testing.T, c cookies) string {
	t.Helper()
	return kinds[0].login(t, manager(t, inCookies(c)), flaskcompat.CookieOptions{})["access_token_cookie"]
}

// names are those of the cookies that a login sets.
func names(t *testing.T, c cookies) string {
	t.Helper()
	w := httptest.NewRecorder()
	m := manager(t, inCookies(c))
	for _, k := range kinds {
		k.set(t, m, w, k.make(t, m, options{}), flaskcompat.CookieOptions{})
	}
	var found []string
	for _, line := range w.Header().Values("Set-Cookie") {
		name, _, _ := strings.Cut(line, "=")
		found = append(found, name)
	}
	return strings.Join(found, " ")
}

// asked is the answer to a request with the access cookie. CSRF stands for its
// value.
func asked(method, body string, headers ...string) func(*testing.T, cookies) string {
	return func(t *testing.T, c cookies) string {
		t.Helper()
		m := manager(t, inCookies(c))
		token := access(t, m, options{})
		fill := strings.NewReplacer("CSRF", csrfOf(t, token))
		sent := []string{"Content-Type", "application/x-www-form-urlencoded"}
		for i := 0; i < len(headers); i += 2 {
			sent = append(sent, headers[i], fill.Replace(headers[i+1]))
		}
		got := kinds[0].post(m, method, token, fill.Replace(body), sent...)
		if got.status == http.StatusOK {
			return "good"
		}
		return fmt.Sprint(got.status, " ", parsed(t, []byte(got.body))["msg"])
	}
}

func TestCookieOptions(t *testing.T) {
	const attributes = "Path=/; HttpOnly; Secure"
	fromApp := asked("POST", "", "X-CSRF-TOKEN", "CSRF", "Origin", "https://app.example", "Host", "example.com")
	const elsewhere = "401 The request comes from another origin"
	checkOptions(t, func() cookies { return cookies{} }, []option[cookies]{
		{
			"Access", nil, func(c *cookies) { c.Access = authsdk.CookieNames{Name: "a", CSRFName: "b"} }, names,
			"access_token_cookie csrf_access_token refresh_token_cookie csrf_refresh_token", "a b refresh_token_cookie csrf_refresh_token",
		},
		{
			"Refresh", nil, func(c *cookies) { c.Refresh = authsdk.CookieNames{Name: "a", CSRFName: "b"} }, names,
			"access_token_cookie csrf_access_token refresh_token_cookie csrf_refresh_token", "access_token_cookie csrf_access_token a b",
		},
		{"Domain", nil, func(c *cookies) { c.Domain = "example.com" }, accessLine, attributes, "Path=/; Domain=example.com; HttpOnly; Secure"},
		{"SameSite", nil, func(c *cookies) { c.SameSite = http.SameSiteNoneMode }, accessLine, attributes, attributes + "; SameSite=None"},
		{"Partitioned", nil, func(c *cookies) { c.Partitioned = true }, accessLine, attributes, attributes + "; Partitioned"},
		{"Lasting", nil, func(c *cookies) { c.Lasting = true }, accessLine, attributes, "Path=/; Expires=Sat, 20 Nov 2027 13:06:40 GMT; Max-Age=31540000; HttpOnly; Secure"},
		{"CSRFInBody", nil, func(c *cookies) { c.CSRFInBody = true }, names, "access_token_cookie csrf_access_token refresh_token_cookie csrf_refresh_token", "access_token_cookie refresh_token_cookie"},
		{"CSRFForm", nil, func(c *cookies) { c.CSRFForm = true }, asked("POST", "csrf_token=CSRF"), "401 " + noCSRF, "good"},
		{"TrustedOrigins", nil, func(c *cookies) { c.TrustedOrigins = []string{"https://app.example"} }, fromApp, elsewhere, "good"},
		{"InsecureHTTP", nil, func(c *cookies) { c.InsecureHTTP = true }, accessLine, attributes, "Path=/; HttpOnly"},
		{"InsecureAnyOrigin", nil, func(c *cookies) { c.InsecureAnyOrigin = true }, fromApp, elsewhere, "good"},
		{"InsecureNoCSRF", nil, func(c *cookies) { c.InsecureNoCSRF = true }, asked("POST", ""), "401 " + noCSRF, "good"},
		{"InsecureCSRFMethods", nil, func(c *cookies) { c.InsecureCSRFMethods = []string{"PUT"} }, asked("POST", ""), "401 " + noCSRF, "good"},
	})
}

// A form that cannot be read is the client's mistake.
func TestCSRFFormBounds(t *testing.T) {
	t.Parallel()
	large := "csrf_token=" + strings.Repeat("x", 64<<10)
	same(t, "large", asked("POST", large)(t, cookies{CSRFForm: true}), "400 The request is malformed.")
	same(t, "no form", asked("POST", `{"csrf_token":"CSRF"}`, "Content-Type", "application/json")(t, cookies{CSRFForm: true}), "401 "+noCSRF)
}

func TestSetCookies(t *testing.T) {
	t.Parallel()
	m := manager(t, inCookies(cookies{Lasting: true}))
	for want, age := range map[string]time.Duration{
		"Path=/; Expires=Fri, 20 Nov 2026 13:00:00 GMT; Max-Age=3600; HttpOnly; Secure": time.Hour,
		"Path=/; Expires=Fri, 20 Nov 2026 12:00:00 GMT; Max-Age=0; HttpOnly; Secure":    0,
	} {
		got := kinds[0].login(t, m, flaskcompat.CookieOptions{MaxAge: &age})
		same(t, "age", got["access_token_cookie"], want)
	}
	// Nothing is set for a token that is not good, or has no CSRF value.
	for want, token := range map[string]string{
		expired:        access(t, m, options{ExpiresIn: -time.Minute}),
		segments:       "x",
		"server_error": foreign(t, object{"sub": "username"}),
	} {
		w := httptest.NewRecorder()
		err := m.SetAccessCookies(t.Context(), w, token, flaskcompat.CookieOptions{})
		if e := authsdk.ErrorOf(err); e == nil || flaskcompat.Message(e) != want && e.Code != want || len(w.Header()) > 0 {
			t.Errorf("%v, want %s; header %v", err, want, w.Header())
		}
	}
	// Clearing needs no token, and clears no CSRF cookies where none are set.
	w := httptest.NewRecorder()
	manager(t, inCookies(cookies{CSRFInBody: true})).UnsetCookies(w, flaskcompat.CookieOptions{})
	if got := w.Header().Values("Set-Cookie"); len(got) != 2 {
		t.Errorf("cleared %q", got)
	}
}
