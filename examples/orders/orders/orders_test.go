package orders_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/authsdk/authsdk-go/adapters/authhttp"
	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/memstore"
	"github.com/authsdk/authsdk-go/authsdk/security"
	"github.com/authsdk/authsdk-go/authsdk/server"
	"github.com/authsdk/authsdk-go/authsdk/session"
	"github.com/authsdk/authsdk-go/authsdk/users"
	"github.com/authsdk/authsdk-go/examples/orders/orders"
)

const (
	issuerName = "https://auth.example"
	partnerKey = "key-of-acme"
	csrf       = "csrf-0123456789a"
)

// shop is what all routers of a test share.
type shop struct {
	issuer   *authsdk.Issuer
	tokens   *server.Server
	security *orders.Security
}

func newShop(t *testing.T) *shop {
	t.Helper()
	key := must(t, authsdk.GenerateKey)(authsdk.ES256)
	keys, err := authsdk.NewKeySet(key)
	check(t, err)
	store := memstore.New()
	accounts := must(t, users.New)(users.Config{
		Store: store, InsecureCheapHash: true, AccountLimit: users.Limit{Burst: 1000}, // all routers ask the same one
	})
	_, err = accounts.Add(t.Context(), "alice", "correct horse", []string{"orders:read", "orders:write"}, []string{"clerk"})
	check(t, err)
	issuer := must(t, authsdk.NewIssuer)(authsdk.IssuerConfig{Issuer: issuerName, Keys: keys})
	sessions := must(t, session.New)(session.Config{Issuer: issuer, Store: store, Accounts: accounts})
	verifier := must(t, authsdk.NewVerifier)(authsdk.VerifierConfig{Issuer: issuerName, Keys: keys, Revoked: sessions.Revoked})
	cookies := must(t, authsdk.NewCookies)(authsdk.CookieConfig{})
	tokens := must(t, server.New)(server.Config{Sessions: sessions, Verifier: verifier, Keys: keys, Cookies: cookies})
	return &shop{issuer: issuer, tokens: tokens, security: &orders.Security{
		Verifier: verifier, Cookies: cookies,
		Partners: map[[sha256.Size]byte]string{sha256.Sum256([]byte(partnerKey)): "acme"},
	}}
}

// must returns f as a function that cannot fail.
func must[In, Out any](t *testing.T, f func(In) (Out, error)) func(In) Out {
	t.Helper()
	return func(in In) Out {
		t.Helper()
		out, err := f(in)
		check(t, err)
		return out
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// guard is one of the two ways to a validator.
type guard = func(*orders.Security, *server.Server) (*security.Validator, error)

func (s *shop) validator(t *testing.T, g guard) *security.Validator {
	t.Helper()
	v, err := g(s.security, s.tokens)
	check(t, err)
	return v
}

// token is alice's.
func (s *shop) token(t *testing.T, c authsdk.Claims) string {
	t.Helper()
	c.Subject = "alice"
	token, err := s.issuer.Issue(t.Context(), c, nil)
	check(t, err)
	return token
}

// request is one case, and what must come back for it.
type request struct {
	name         string
	method, path string
	headers      []string // "Name: value"
	body         string
	status       int
	part         string // of the body
}

func (s *shop) requests(t *testing.T) []request {
	t.Helper()
	bearer := func(c authsdk.Claims) string { return "Authorization: Bearer " + s.token(t, c) }
	scopes := func(scopes ...string) string { return bearer(authsdk.Claims{Scopes: scopes}) }
	past := time.Now().Add(-time.Hour)
	var (
		plain   = scopes()
		reader  = scopes("orders:read")
		writer  = scopes("orders:write")
		admin   = scopes("admin")
		expired = bearer(authsdk.Claims{IssuedAt: past, Expires: past.Add(time.Minute)})
		refresh = bearer(authsdk.Claims{Type: authsdk.Refresh})
		clerk   = bearer(authsdk.Claims{Scopes: []string{"orders:write"}, Roles: []string{"clerk"}, Fresh: true})
		stale   = bearer(authsdk.Claims{Scopes: []string{"orders:write"}, Roles: []string{"clerk"}})
		nobody  = bearer(authsdk.Claims{Scopes: []string{"orders:write"}, Fresh: true})
		cookie  = "Cookie: __Host-access_token=" + s.token(t, authsdk.Claims{CSRF: csrf})
	)
	const (
		value   = "X-CSRF-Token: " + csrf
		partner = "X-Partner-Key: " + partnerKey
		wrong   = "X-Partner-Key: key-of-nobody"
		forged  = "Authorization: Bearer forged"
		media   = "Content-Type: application/json"
	)
	return []request{
		{"public", "GET", "/catalog", nil, "", 200, "listCatalog by anybody\n"},
		{"public, with a bad token", "GET", "/catalog", []string{forged}, "", 200, "listCatalog by anybody\n"},

		{"optional, nobody", "GET", "/recommendations", nil, "", 200, "listRecommendations by anybody\n"},
		{"optional, somebody", "GET", "/recommendations", []string{plain}, "", 200, "listRecommendations by alice\n"},
		{"optional, a bad token", "GET", "/recommendations", []string{expired}, "", 401, "token_expired"},

		{"everywhere else: nobody", "GET", "/me", nil, "", 401, "token_missing"},
		{"everywhere else: token", "GET", "/me", []string{plain}, "", 200, "whoAmI by alice\n"},
		{"everywhere else: cookie", "GET", "/me", []string{cookie}, "", 200, "whoAmI by alice\n"},
		{"everywhere else: refresh token", "GET", "/me", []string{refresh}, "", 401, "token_wrong_type"},
		{"everywhere else: two tokens", "GET", "/me", []string{plain, plain}, "", 400, "credentials_malformed"},

		{"list: scope", "GET", "/orders", []string{reader}, "", 200, "listOrders by alice\n"},
		{"list: another scope", "GET", "/orders", []string{writer}, "", 403, "insufficient_scope"},
		{"list: cookie", "GET", "/orders", []string{cookie}, "", 200, "listOrders by alice\n"},
		{"list: partner", "GET", "/orders", []string{partner}, "", 200, "listOrders by acme\n"},
		{"list: no partner", "GET", "/orders", []string{wrong}, "", 401, "token_invalid"},
		{"list: partner, and a token without the scope", "GET", "/orders", []string{writer, partner}, "", 200, "listOrders by acme\n"},

		{"create: scope", "POST", "/orders", []string{writer, media}, "{}", 201, "createOrder by alice\n"},
		{"create: another scope", "POST", "/orders", []string{reader, media}, "{}", 403, "insufficient_scope"},
		{"create: cookie and value", "POST", "/orders", []string{cookie, value}, "{}", 201, "createOrder by alice\n"},
		{"create: cookie alone", "POST", "/orders", []string{cookie}, "{}", 403, "csrf_failed"},
		{"create: cookie and another value", "POST", "/orders", []string{cookie, value + "b"}, "{}", 403, "csrf_failed"},
		{"create: cookie and value, from another site", "POST", "/orders", []string{cookie, value, "Sec-Fetch-Site: cross-site"}, "{}", 403, "csrf_failed"},
		{"create: partner", "POST", "/orders", []string{partner}, "{}", 401, "token_missing"},

		{"get: reader", "GET", "/orders/7", []string{reader}, "", 200, "getOrder 7 by alice\n"},
		{"get: administrator", "GET", "/orders/7", []string{admin}, "", 200, "getOrder 7 by alice\n"},
		{"get: neither", "GET", "/orders/7", []string{plain}, "", 403, "insufficient_scope"},
		{"get: bad id, nobody", "GET", "/orders/seven", nil, "", 401, "token_missing"},
		{"get: bad id, neither", "GET", "/orders/seven", []string{plain}, "", 403, "insufficient_scope"},
		{"get: bad id", "GET", "/orders/seven", []string{reader}, "", 400, "request_malformed"},

		{"delete: both scopes", "DELETE", "/orders/7", []string{scopes("admin", "orders:write")}, "", 204, ""},
		{"delete: one of them", "DELETE", "/orders/7", []string{admin}, "", 403, "insufficient_scope"},

		{"refund: clerk, just logged in", "POST", "/orders/7/refund", []string{clerk}, "", 200, "refundOrder 7 by alice\n"},
		{"refund: clerk, not fresh", "POST", "/orders/7/refund", []string{stale}, "", 401, "fresh_token_required"},
		{"refund: no clerk", "POST", "/orders/7/refund", []string{nobody}, "", 403, "insufficient_scope"},
		{"refund: bad id, not fresh", "POST", "/orders/0/refund", []string{stale}, "", 401, "fresh_token_required"},
		{"refund: bad id", "POST", "/orders/0/refund", []string{clerk}, "", 400, "request_malformed"},

		{"export: token and key", "GET", "/export", []string{reader, partner}, "", 200, "exportOrders by alice\n"},
		{"export: token alone", "GET", "/export", []string{reader}, "", 401, "token_missing"},
		{"export: key alone", "GET", "/export", []string{partner}, "", 401, "token_missing"},
		{"export: token and a bad key", "GET", "/export", []string{reader, wrong}, "", 401, "token_invalid"},

		{"in no document", "GET", "/invoices", []string{admin}, "", 404, "not_found"},
		{"another method", "PATCH", "/orders/7", []string{admin}, "", 404, "not_found"},

		{"tokens: keys", "GET", "/.well-known/jwks.json", nil, "", 200, `"keys"`},
		{"tokens: me", "GET", "/auth/me", []string{reader}, "", 200, `"sub":"alice"`},
		{"tokens: me, by cookie", "GET", "/auth/me", []string{cookie}, "", 200, `"sub":"alice"`},
		{"tokens: me, nobody", "GET", "/auth/me", nil, "", 401, "token_missing"},
		{"tokens: me, the key of a partner", "GET", "/auth/me", []string{partner}, "", 401, "token_missing"},
		{"tokens: wrong password", "POST", "/auth/login", []string{media}, `{"username":"nobody","password":"x"}`, 401, "invalid_credentials"},
		{"tokens: not JSON", "POST", "/auth/login", nil, "username=alice", 415, "unsupported_media_type"},
		{"tokens: refresh with an access token", "POST", "/auth/refresh", []string{reader}, "", 401, "token_wrong_type"},
		{"tokens: refresh with nothing", "POST", "/auth/refresh", nil, "", 401, "token_missing"},
		{"tokens: log out by cookie alone", "POST", "/auth/logout", []string{cookie}, "", 403, "csrf_failed"},
	}
}

// answer is what a server says to c.
func answer(t *testing.T, ts *httptest.Server, base string, c request) (int, http.Header, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), c.method, ts.URL+base+c.path, strings.NewReader(c.body))
	check(t, err)
	for _, line := range c.headers {
		name, value, _ := strings.Cut(line, ": ")
		req.Header.Add(name, value)
	}
	res, err := ts.Client().Transport.RoundTrip(req) // as it is: no redirect is followed
	check(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	check(t, err)
	return res.StatusCode, res.Header, string(body)
}

// place is one way of serving the shop.
type place struct {
	name, base string
	handler    http.Handler
}

// everywhere is every router, guarded by generated code and by the document at
// start-up, at the root and below a base path.
func everywhere(t *testing.T, s *shop) []place {
	t.Helper()
	gin.SetMode(gin.TestMode)
	guards := map[string]guard{"generated": orders.Validator, "startup": orders.StartupValidator}
	var places []place
	for router, build := range orders.Routers() {
		for source, g := range guards {
			for _, base := range []string{"", "/api/v1"} {
				handler, err := build(s.validator(t, g), s.tokens, authhttp.Options{BasePath: base})
				check(t, err)
				places = append(places, place{router + "/" + source + base, base, handler})
			}
		}
	}
	return places
}

// serve listens on the loopback interface until the test ends.
func serve(t *testing.T, h http.Handler) *httptest.Server {
	t.Helper()
	ts := httptest.NewServer(h)
	t.Cleanup(ts.Close)
	return ts
}

// TestEverywhere: one table, and one answer to each of its requests.
func TestEverywhere(t *testing.T) {
	s := newShop(t)
	requests, first := s.requests(t), map[string]string{}
	if len(requests) < 25 {
		t.Fatalf("%d requests", len(requests))
	}
	for _, p := range everywhere(t, s) {
		t.Run(p.name, func(t *testing.T) {
			ts := serve(t, p.handler)
			for _, c := range requests {
				status, header, body := answer(t, ts, p.base, c)
				if status != c.status || !strings.Contains(body, c.part) {
					t.Errorf("%s: got %d %s, want %d %s", c.name, status, body, c.status, c.part)
				}
				all := fmt.Sprint(status, header["Content-Type"], header["Www-Authenticate"], header["Cache-Control"], "\n", body)
				if _, known := first[c.name]; !known {
					first[c.name] = all
				}
				if all != first[c.name] {
					t.Errorf("%s: got %s, another router says %s", c.name, all, first[c.name])
				}
			}
			if status, _, _ := answer(t, ts, "", request{method: "GET", path: "/catalog"}); p.base != "" && status != http.StatusNotFound {
				t.Errorf("/catalog outside of %s: got %d, want 404", p.base, status)
			}
		})
	}
}

// TestSessions: from the login to the logout, with tokens in the body and in
// cookies.
func TestSessions(t *testing.T) {
	for _, p := range everywhere(t, newShop(t)) {
		t.Run(p.name, func(t *testing.T) {
			ts := serve(t, p.handler)
			expect := func(status int, method, path, body string, headers ...string) (http.Header, map[string]any) {
				t.Helper()
				got, header, text := answer(t, ts, p.base, request{method: method, path: path, headers: headers, body: body})
				if got != status {
					t.Fatalf("%s %s: got %d %s, want %d", method, path, got, text, status)
				}
				var members map[string]any
				_ = json.Unmarshal([]byte(text), &members) // text of the shop has none
				return header, members
			}
			const media = "Content-Type: application/json"
			bearer := func(pair map[string]any, name string) string { return fmt.Sprint("Authorization: Bearer ", pair[name]) }

			_, pair := expect(200, "POST", "/auth/login", `{"username":"alice","password":"correct horse"}`, media)
			expect(200, "POST", "/orders/7/refund", "", bearer(pair, "access_token"))
			_, next := expect(200, "POST", "/auth/refresh", "", bearer(pair, "refresh_token"))
			expect(200, "GET", "/orders/7", "", bearer(next, "access_token"))
			expect(401, "POST", "/orders/7/refund", "", bearer(next, "access_token")) // not fresh
			_, again := expect(200, "POST", "/auth/refresh", `{"refresh_token":"`+fmt.Sprint(next["refresh_token"])+`"}`, media)
			expect(204, "POST", "/auth/logout", "", bearer(again, "access_token"))
			expect(204, "POST", "/auth/logout", "", bearer(again, "access_token")) // twice is no mistake
			expect(401, "GET", "/orders/7", "", bearer(again, "access_token"))
			expect(401, "POST", "/auth/refresh", "", bearer(again, "refresh_token"))

			header, values := expect(200, "POST", "/auth/login", `{"username":"alice","password":"correct horse","delivery":"cookie"}`, media)
			cookies := "Cookie: "
			for _, line := range header["Set-Cookie"] {
				pair, _, _ := strings.Cut(line, ";")
				cookies += pair + "; "
			}
			value := fmt.Sprint("X-CSRF-Token: ", values["csrf_token"])
			expect(200, "GET", "/orders", "", cookies)
			expect(403, "POST", "/orders", "{}", cookies)
			expect(201, "POST", "/orders", "{}", cookies, value)
			expect(200, "POST", "/auth/refresh", "", cookies, fmt.Sprint("X-CSRF-Token: ", values["refresh_csrf_token"]))
			expect(204, "POST", "/auth/logout", "", cookies, value)
			expect(401, "GET", "/orders", "", cookies)
		})
	}
}

// TestReuse: a refresh token that is used a third time still ends its session
// where a guard stands in front of the endpoints.
func TestReuse(t *testing.T) {
	s := newShop(t)
	handler, err := orders.NetHTTP(s.validator(t, orders.Validator), s.tokens, authhttp.Options{})
	check(t, err)
	ts := serve(t, handler)
	refresh := func(token string) (int, string) {
		status, _, body := answer(t, ts, "", request{method: "POST", path: "/auth/refresh", headers: []string{"Authorization: Bearer " + token}})
		var pair struct {
			RefreshToken string `json:"refresh_token"`
		}
		_ = json.Unmarshal([]byte(body), &pair)
		return status, pair.RefreshToken
	}
	_, _, body := answer(t, ts, "", request{
		method: "POST", path: "/auth/login", headers: []string{"Content-Type: application/json"}, body: `{"username":"alice","password":"correct horse"}`,
	})
	var pair struct {
		RefreshToken string `json:"refresh_token"`
	}
	check(t, json.Unmarshal([]byte(body), &pair))
	_, second := refresh(pair.RefreshToken)
	if status, _ := refresh(pair.RefreshToken); status != 200 {
		t.Errorf("a retry: got %d, want 200", status)
	}
	_, third := refresh(second)
	if status, _ := refresh(pair.RefreshToken); status != 401 {
		t.Errorf("a spent token: got %d, want 401", status)
	}
	if status, _ := refresh(third); status != 401 {
		t.Errorf("the session of a spent token: got %d, want 401", status)
	}
}

// TestTables: the generated table says what the document says.
func TestTables(t *testing.T) {
	s := newShop(t)
	guards := func(v *security.Validator) []string {
		var lines []string
		for _, op := range v.Table().Operations {
			lines = append(lines, op.ID+" "+op.String()+": "+v.Table().Guard(&op))
		}
		slices.Sort(lines)
		return lines
	}
	generated := guards(s.validator(t, orders.Validator))
	startup := guards(s.validator(t, orders.StartupValidator))
	if !slices.Equal(generated, startup) {
		t.Errorf("run go generate: the table has\n%s\nthe document\n%s", strings.Join(generated, "\n"), strings.Join(startup, "\n"))
	}
}
