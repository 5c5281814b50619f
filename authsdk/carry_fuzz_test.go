package authsdk_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/authsdk/authsdk-go/authsdk"
)

// FuzzAuthorization: of all headers, those pass that are one good token behind
// the scheme; the others are refused, and never by a mistake of ours.
func FuzzAuthorization(f *testing.F) {
	keys := hmacKeys(f)
	good := issue(f, keys, authsdk.Claims{ID: "0123456789abcdef"}) // the same in every process
	v := newVerifier(f, keys)
	for _, seed := range []string{
		"Bearer " + good, "bearer   " + good + " ", "Bearer", "Bearer ", "Basic " + good, "Bearer " + good + "," + good,
		"Bearer Bearer " + good, "Bearer\t" + good, good, "Bearer \"" + good + "\"",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
		r.Header["Authorization"] = []string{value}
		c, err := v.Authenticate(r, authsdk.Policy{})
		scheme, token, _ := strings.Cut(value, " ")
		if want := strings.EqualFold(scheme, "Bearer") && strings.Trim(token, " ") == good; want != (err == nil) {
			t.Fatalf("%q: got %v, %v", value, c, err)
		}
		refusedRightly(t, value, err)
	})
}

// FuzzCookieHeader: whatever the header holds, who passes has sent the good token.
func FuzzCookieHeader(f *testing.F) {
	keys := hmacKeys(f)
	good := issue(f, keys, authsdk.Claims{ID: "0123456789abcdef", CSRF: "0123456789abcdef"})
	cookies := must[*authsdk.Cookies](f)(authsdk.NewCookies(authsdk.CookieConfig{}))
	v := newVerifier(f, keys, func(c *authsdk.VerifierConfig) { c.Locations = []authsdk.Location{cookies.Location()} })
	const name = "__Host-access_token="
	for _, seed := range []string{
		name + good, name + good + "; " + name + good, name + good + "; " + name + "x", name + `"` + good + `"`, name,
		"a=b; " + name + good + "; c", strings.ToLower(name) + good, "access_token=" + good, name + good + ",", name + " " + good,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
		r.Header["Cookie"] = []string{value}
		c, err := v.Authenticate(r, authsdk.Policy{})
		if err == nil && (c.Subject != "alice" || !strings.Contains(value, name) || !strings.Contains(value, good)) {
			t.Fatalf("%q: got %v", value, c)
		}
		refusedRightly(t, value, err)
	})
}

// refusedRightly wants a refusal, if it is one, to be about what was sent.
func refusedRightly(t *testing.T, value string, err error) {
	t.Helper()
	if e := authsdk.ErrorOf(err); e != nil && e.Status != http.StatusUnauthorized && e.Status != http.StatusBadRequest {
		t.Fatalf("%q: refused with %v", value, err)
	}
}

// FuzzForm: whatever a form holds, a request that changes something passes with
// the CSRF value of its token in the field, once, and the body is left as it was.
func FuzzForm(f *testing.F) {
	const csrf = "0123456789abcdef"
	keys := hmacKeys(f)
	good := issue(f, keys, authsdk.Claims{ID: "0123456789abcdef", CSRF: csrf})
	cookies := must[*authsdk.Cookies](f)(authsdk.NewCookies(authsdk.CookieConfig{Access: authsdk.CookieNames{CSRFField: "csrf"}}))
	v := newVerifier(f, keys, func(c *authsdk.VerifierConfig) { c.Locations = []authsdk.Location{cookies.Location()} })
	for _, seed := range []string{
		"csrf=" + csrf, "a=b&csrf=" + csrf + "&c=d", "csrf=" + csrf + "&csrf=x", "csrf=", "", "csrf", "%63srf=" + csrf, "csrf=%30123456789abcdef",
		"csrf=" + csrf + ";a=b", "csrf=%zz", "CSRF=" + csrf, "csrf[]=" + csrf, "\x00", strings.Repeat("a=b&", 20_000) + "csrf=" + csrf,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.AddCookie(&http.Cookie{Name: "__Host-access_token", Value: good})
		_, err := v.Authenticate(r, authsdk.Policy{})
		if left, _ := io.ReadAll(r.Body); string(left) != body {
			t.Fatalf("%q: the handler gets %q", body, left)
		}
		form, formErr := url.ParseQuery(body)
		sent := formErr == nil && len(form["csrf"]) == 1 && form.Get("csrf") == csrf
		if (err == nil) != (sent && len(body) <= 64<<10) {
			t.Fatalf("%q: %v", body, err)
		}
	})
}
