package server_test

import (
	"net/http"
	"testing"

	"github.com/authsdk/authsdk-go/authsdk"
)

// TestForeignIssuer: who signs for another issuer, which the API trusts as well, speaks
// for none of the people here: the subject may be called the same.
func TestForeignIssuer(t *testing.T) {
	t.Parallel()
	const partner = "https://partner.example"
	key := must[*authsdk.Key](t)(authsdk.GenerateKey(authsdk.ES256))
	keys := must[*authsdk.KeySet](t)(authsdk.NewKeySet(key))
	b := newBench(t, setup{trusted: []authsdk.TrustedIssuer{{Issuer: partner, Keys: keys, Audience: []string{issuerName}}}})
	theirs := must[*authsdk.Issuer](t)(authsdk.NewIssuer(authsdk.IssuerConfig{
		Issuer: partner, Audience: []string{issuerName}, Keys: keys, Now: b.clock.Now,
	}))
	pair := b.login()
	access := must[string](t)(theirs.Issue(t.Context(), authsdk.Claims{Subject: "alice"}, nil))
	ofSession := must[string](t)(theirs.Issue(t.Context(), authsdk.Claims{Subject: "alice", SessionID: pair.Session}, nil))
	refresh := must[string](t)(theirs.Issue(t.Context(), authsdk.Claims{
		Type: authsdk.Refresh, Subject: "alice", SessionID: pair.Session, ID: pair.Session + "-0",
	}, nil))

	want(t, "me, which they may ask", b.do("GET", "/auth/me", bearer(access), ""), http.StatusOK, "")
	for _, c := range []struct{ method, path, token, body string }{
		{"GET", "/auth/sessions", access, ""},
		{"DELETE", "/auth/sessions/" + pair.Session, access, ""},
		{"POST", "/auth/logout-all", access, ""},
		{"POST", "/auth/logout", ofSession, ""},
		{"POST", "/auth/logout", refresh, ""},
		{"POST", "/auth/refresh", refresh, ""},
		{"POST", "/auth/reauthenticate", ofSession, `{"password":"right"}`},
	} {
		want(t, c.method+" "+c.path, b.do(c.method, c.path, bearer(c.token), c.body), http.StatusUnauthorized, "token_invalid")
	}
	want(t, "the session afterwards", b.do("POST", "/auth/refresh", bearer(pair.Refresh), ""), http.StatusOK, "")
}
