package authsdk_test

import (
	"net/http"
	"net/http/httptest"
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
