package flaskcompat_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/adapters/authhttp"
	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/flaskcompat"
	"github.com/authsdk/authsdk-go/authsdk/memstore"
	"github.com/authsdk/authsdk-go/authsdk/session"
)

// D-12: mistakes are found with the first request there. Here they are found
// when the manager, the list of locations and the guard are made.
func TestDefectD12_MistakesAreToldAtTheStart(t *testing.T) {
	t.Parallel()
	refuses(t, config{Secret: []byte(secret), Locations: []string{"bogus"}},
		`Locations: "bogus" is no location: they are headers, cookies, query_string and json`)
	m := manager(t, config{})
	for names, want := range map[string]string{
		"bogus":           `flaskcompat: "bogus" is no location: they are headers, cookies, query_string and json`,
		"headers headers": `flaskcompat: "headers" is there twice`,
	} {
		_, err := m.Locations(strings.Fields(names)...)
		same(t, names, err.Error(), want)
	}
	func() {
		defer func() {
			if got := fmt.Sprint(recover()); !strings.Contains(got, "authsdk: Policy: FreshWithin is -1ns") {
				t.Errorf("the guard was made: %s", got)
			}
		}()
		authhttp.Require(m.Verifier(), authsdk.Policy{FreshWithin: -1})
	}()
}

// D-13: the order of a set is random there. Here locations are a list, and no
// name means the configuration's.
func TestDefectD13_LocationsHaveAnOrder(t *testing.T) {
	t.Parallel()
	m := manager(t, config{Locations: []string{"json", "cookies", "headers", "query_string"}})
	for range 20 {
		locations, err := m.Locations()
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, l := range locations {
			names = append(names, l.Name)
		}
		if want := []string{"json", "cookies", "headers", "query_string"}; !slices.Equal(names, want) {
			t.Fatalf("%v, want %v", names, want)
		}
	}
}

// D-14: a route for every type sees access cookies and keys alone there.
func TestDefectD14_LogoutSeesRefreshTokens(t *testing.T) {
	t.Parallel()
	m := manager(t, config{Locations: []string{"cookies", "json"}})
	token := renewal(t, m, options{})
	got := send(m, anyType, request("DELETE", "/", "", "Cookie", "refresh_token_cookie="+token, "X-CSRF-TOKEN", csrfOf(t, token)))
	same(t, "cookie", got.member(t, "claims", "type"), any("refresh"))
	got = send(m, anyType, request("DELETE", "/", `{"refresh_token":"`+token+`"}`, "Content-Type", "application/json"))
	same(t, "body", got.member(t, "claims", "type"), any("refresh"))
}

// D-15: an age of zero and an empty domain count as not given there.
func TestDefectD15_ZeroIsAValue(t *testing.T) {
	t.Parallel()
	m := manager(t, inCookies(cookies{Domain: "example.com", Lasting: true}))
	got := kinds[0].login(t, m, flaskcompat.CookieOptions{MaxAge: new(time.Duration(0)), Domain: new("")})
	same(t, "set", got["access_token_cookie"], "Path=/; Expires=Fri, 20 Nov 2026 12:00:00 GMT; Max-Age=0; HttpOnly; Secure")
	w := httptest.NewRecorder()
	m.UnsetCookies(w, flaskcompat.CookieOptions{Domain: new("")}, authsdk.Access)
	same(t, "unset", linesOf(w.Header())["access_token_cookie"], "Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure")
}

// D-16: every token has a csrf claim there, whatever it travels in. That is
// kept, so that the two services make the same tokens, and is left out by
// InsecureNoCSRF, which is not insecure without cookies.
func TestDefectD16_CSRFClaimIsOptional(t *testing.T) {
	t.Parallel()
	for _, off := range []bool{false, true} {
		m := manager(t, config{Cookies: cookies{InsecureNoCSRF: off}})
		token := access(t, m, options{})
		same(t, "csrf", csrfOf(t, token) == "", off)
		send(m, plain, bearer(token)).says(t, "header", http.StatusOK, "")
	}
}

// D-17: the scheme is compared by its case there. That is kept; a policy may
// name the location of this module that follows RFC 9110.
func TestDefectD17_SchemesOfAnyCase(t *testing.T) {
	t.Parallel()
	m := manager(t, config{})
	token := access(t, m, options{})
	for _, scheme := range []string{"bearer", "BEARER"} {
		r := func() *http.Request { return request("GET", "/", "", "Authorization", scheme+" "+token) }
		send(m, plain, r()).says(t, "strict", http.StatusUnauthorized, noBearer)
		send(m, authsdk.Policy{Locations: []authsdk.Location{authsdk.Bearer()}}, r()).says(t, "any case", http.StatusOK, "")
	}
}

// D-18: a 401 has no WWW-Authenticate there, and most faults of tokens are 422.
// The header is there; the codes of RFC 6750 come with authsdk.WriteProblem.
func TestDefectD18_Challenges(t *testing.T) {
	t.Parallel()
	const realm = `Bearer realm="api"`
	m := manager(t, config{})
	old := access(t, m, options{ExpiresIn: -time.Minute})
	for want, r := range map[string]*http.Request{
		realm: request("GET", "/", ""), realm + `, error="invalid_token"`: bearer(old),
	} {
		same(t, "challenge", send(m, plain, r).header.Get("WWW-Authenticate"), want)
	}
	same(t, "stale", send(m, onlyFresh, bearer(access(t, m, options{}))).header.Get("WWW-Authenticate"), realm+`, error="insufficient_user_authentication"`)
	got := send(m, plain, bearer("x"))
	same(t, "422", got.header.Get("WWW-Authenticate"), "")
	same(t, "422", got.status, http.StatusUnprocessableEntity)
	same(t, "Retry-After", got.header.Get("Retry-After"), "")
	rfc := manager(t, config{Render: authsdk.WriteProblem})
	got = send(rfc, plain, bearer("x"))
	same(t, "RFC 6750", got.status, http.StatusUnauthorized)
	same(t, "RFC 6750", got.header.Get("WWW-Authenticate"), realm+`, error="invalid_token", error_description="The token is malformed."`)
}

// D-19: tokens that do not say what they are for pass as access tokens there.
// That is kept; Verify can demand more, and authsdk.NewVerifier always does.
func TestDefectD19_TokensWithoutType(t *testing.T) {
	t.Parallel()
	token := foreign(t, object{"sub": "username"})
	send(manager(t, config{}), plain, bearer(token)).says(t, "kept", http.StatusOK, "")
	typed := manager(t, config{Verify: func(_ context.Context, c *authsdk.Claims) (bool, error) {
		return parsed(t, c.Header)["typ"] == "at+jwt", nil
	}})
	send(typed, plain, bearer(token)).says(t, "typ is JWT", http.StatusBadRequest, "User claims verification failed")
	send(typed, plain, bearer(access(t, typed, options{Headers: object{"typ": "at+jwt"}}))).says(t, "typ is at+jwt", http.StatusOK, "")
}

// accounts is alice.
type accounts struct{}

func (accounts) Authenticate(context.Context, session.Credentials) (*session.Account, error) {
	return &session.Account{Subject: "alice"}, nil
}

func (accounts) Account(context.Context, string) (*session.Account, error) {
	return &session.Account{Subject: "alice"}, nil
}

// D-20: refresh tokens can be used any number of times there, and tokens do not
// know of each other. That is kept; package session is what follows after it.
func TestDefectD20_Rotation(t *testing.T) {
	t.Parallel()
	m := manager(t, config{})
	token := renewal(t, m, options{})
	for range 2 {
		send(m, refresh, bearer(token)).says(t, "kept", http.StatusOK, "")
	}
	key, err := authsdk.NewSecretKey(authsdk.HS256, []byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	keys, err := authsdk.NewKeySet(key)
	if err != nil {
		t.Fatal(err)
	}
	issuer, err := authsdk.NewIssuer(authsdk.IssuerConfig{Issuer: "https://auth.example", Keys: keys, Now: fixedClock})
	if err != nil {
		t.Fatal(err)
	}
	sessions, err := session.New(session.Config{Issuer: issuer, Store: memstore.New(), Accounts: accounts{}, StrictRotation: true, Now: fixedClock})
	if err != nil {
		t.Fatal(err)
	}
	v, err := authsdk.NewVerifier(authsdk.VerifierConfig{Issuer: "https://auth.example", Keys: keys, Revoked: sessions.Revoked, Now: fixedClock})
	if err != nil {
		t.Fatal(err)
	}
	pair, err := sessions.Login(t.Context(), session.Credentials{Username: "alice"}, session.LoginOptions{})
	if err != nil {
		t.Fatal(err)
	}
	c, err := v.Verify(t.Context(), pair.RefreshToken, refresh)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sessions.Refresh(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if _, err := sessions.Refresh(t.Context(), c); authsdk.ErrorOf(err).Code != "token_revoked" {
		t.Errorf("the second use: %v, want token_revoked", err)
	}
	if _, err := v.Verify(t.Context(), pair.AccessToken, plain); authsdk.ErrorOf(err).Code != "token_revoked" {
		t.Errorf("the access token of that login: %v, want token_revoked", err)
	}
}

// D-21: the documented blocklist forgets there before the token has ended. The
// claims have the end, which is how long an entry must stay.
func TestDefectD21_BlocklistLastsAsLongAsTheToken(t *testing.T) {
	t.Parallel()
	at := start
	blocked := map[string]time.Time{} // until when, by jti
	m := manager(t, config{
		Now: func() time.Time { return at },
		Revoked: func(_ context.Context, c *authsdk.Claims) (bool, error) {
			return at.Before(blocked[c.ID]), nil
		},
	})
	token := renewal(t, m, options{})
	logout := authhttp.Require(m.Verifier(), refresh)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		c, _ := authsdk.ClaimsFrom(r.Context())
		blocked[c.ID] = c.Expires
	}))
	serve(logout, bearer(token)).says(t, "logout", http.StatusOK, "")
	for _, after := range []time.Duration{0, time.Hour, 30*24*time.Hour - time.Second} {
		at = start.Add(after)
		send(m, refresh, bearer(token)).says(t, after.String(), http.StatusUnauthorized, revoked)
	}
	at = start.Add(30 * 24 * time.Hour)
	send(m, refresh, bearer(token)).says(t, "ended", http.StatusUnauthorized, expired)
}
