package adapters_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/authsdk/authsdk-go/adapters/guard"
	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/security"
	"github.com/authsdk/authsdk-go/gen/api"
	"github.com/authsdk/authsdk-go/internal/wire"
)

// strict implements some operations of the SDK's document as a strict handler.
type strict struct{ api.StrictServerInterface }

func (strict) Me(ctx context.Context, _ api.MeRequestObject) (api.MeResponseObject, error) {
	p, ok := security.PrincipalFrom(ctx)
	if !ok {
		return nil, authsdk.ErrTokenMissing
	}
	return api.Me200JSONResponse{Sub: p.Subject, Roles: []string{}, Claims: map[string]any{}, ExpiresAt: start}, nil
}

func (strict) Login(ctx context.Context, req api.LoginRequestObject) (api.LoginResponseObject, error) {
	if !wire.HasBody(ctx) { // each stub has its own idea of an empty body
		return nil, wire.Malformed(io.EOF)
	}
	if req.Body.Username == "" {
		return nil, authsdk.ErrRequestMalformed
	}
	return nil, fmt.Errorf("%w: for %s", authsdk.ErrInvalidCredentials, req.Body.Username)
}

func (strict) RevokeSession(ctx context.Context, req api.RevokeSessionRequestObject) (api.RevokeSessionResponseObject, error) {
	if p, ok := security.PrincipalFrom(ctx); !ok || p.Subject != "alice" {
		return nil, authsdk.ErrTokenMissing
	}
	return nil, &authsdk.Error{Code: "seen_" + req.SessionID, Status: 404, Detail: "Seen."}
}

func (strict) Token(ctx context.Context, req api.TokenRequestObject) (api.TokenResponseObject, error) {
	p, _ := security.PrincipalFrom(ctx)
	if req.Body.GrantType == "" || p == nil {
		return nil, wire.OAuthError(authsdk.ErrRequestMalformed)
	}
	return api.Token200JSONResponse{
		Body:    api.OAuthTokens{AccessToken: req.Body.GrantType, TokenType: api.TokenTypeBearer, Scope: p.Subject},
		Headers: api.Token200ResponseHeaders{CacheControl: "no-store"},
	}, nil
}

func (strict) Revoke(context.Context, api.RevokeRequestObject) (api.RevokeResponseObject, error) {
	return api.Revoke200Response{}, nil
}

func (strict) Introspect(_ context.Context, req api.IntrospectRequestObject) (api.IntrospectResponseObject, error) {
	if req.Body.Token == "unknown" {
		return nil, wire.OAuthError(authsdk.ErrStoreUnavailable)
	}
	return api.Introspect200JSONResponse{Headers: api.Introspect200ResponseHeaders{CacheControl: "no-store"}}, nil
}

// request is one case of the table.
type request struct {
	name         string
	method, path string
	headers      []string // "Name: value"
	body         string
	// What must come back. Status 0: anything but a handler's answer.
	status int
	want   string // a part of the body, or of a header
	// unrouted requests are answered by the router itself in bare mountings.
	unrouted bool
}

func cases(t *testing.T, w *world) []request {
	t.Helper()
	scopes := func(s ...string) string {
		return "Authorization: Bearer " + w.token(t, authsdk.Claims{Subject: "alice", Scopes: s})
	}
	alice := scopes()
	expired := "Authorization: Bearer " + w.token(t, authsdk.Claims{Subject: "alice", IssuedAt: start.Add(-time.Hour), Expires: start.Add(-time.Minute)})
	refresh := "Authorization: Bearer " + w.token(t, authsdk.Claims{Subject: "alice", Type: authsdk.Refresh})
	bob := "Authorization: Bearer " + w.token(t, authsdk.Claims{Subject: "bob", Scopes: []string{"orders:read"}})
	clerk := func(fresh bool) string {
		return "Authorization: Bearer " + w.token(t, authsdk.Claims{Subject: "alice", Fresh: fresh, Scopes: []string{"orders:write"}, Roles: []string{"clerk"}})
	}
	freshOnly := "Authorization: Bearer " + w.token(t, authsdk.Claims{Subject: "alice", Fresh: true, Scopes: []string{"orders:write"}})
	const csrf, key, badKey, downKey = "X-CSRF-Token: csrf-0123456789a", "X-Partner-Key: " + partnerKey, "X-Partner-Key: x", "X-Partner-Key: down"
	session := "Cookie: __Host-access_token=" + w.token(t, authsdk.Claims{Subject: "alice", CSRF: "csrf-0123456789a"})
	const bad, basic, bearer = "Authorization: Bearer bad", "Authorization: Basic YTpi", `Bearer realm="api"`
	json, form, client := "Content-Type: application/json", "Content-Type: application/x-www-form-urlencoded", "Authorization: Basic cmVwb3J0czpzZWNyZXQ="
	return []request{
		{"public", "GET", "/catalog", nil, "", 200, "listCatalog  by anybody", false},
		{"public, with a token", "GET", "/catalog", []string{alice}, "", 200, "listCatalog  by anybody", false},
		{"public, with a bad token", "GET", "/catalog", []string{bad}, "", 200, "listCatalog  by anybody", false},
		{"public, two headers", "GET", "/catalog", []string{alice, alice}, "", 200, "listCatalog  by anybody", false},

		{"inherited: nothing", "GET", "/me", nil, "", 401, "token_missing", false},
		{"inherited: challenges", "GET", "/me", nil, "", 401, bearer + `|ApiKey realm="api", in="cookie", name="__Host-access_token"`, false},
		{"inherited: token", "GET", "/me", []string{alice}, "", 200, "whoAmI  by alice", false},
		{"inherited: cookie", "GET", "/me", []string{session}, "", 200, "whoAmI  by alice", false},
		{"inherited: bad token, good cookie", "GET", "/me", []string{bad, session}, "", 200, "whoAmI  by alice", false},
		{"inherited: bad token", "GET", "/me", []string{bad}, "", 401, "token_malformed", false},
		{"inherited: expired token", "GET", "/me", []string{expired}, "", 401, "token_expired", false},
		{"inherited: expired token, challenge", "GET", "/me", []string{expired}, "", 401, `error="invalid_token", error_description="The token has expired."`, false},
		{"inherited: refresh token", "GET", "/me", []string{refresh}, "", 401, "token_wrong_type", false},
		{"inherited: another scheme", "GET", "/me", []string{basic}, "", 401, "token_missing", false},
		{"inherited: the scheme alone", "GET", "/me", []string{"Authorization: Bearer"}, "", 400, "credentials_malformed", false},
		{"inherited: two headers", "GET", "/me", []string{alice, alice}, "", 400, "credentials_malformed", false},
		{"inherited: two headers, challenge", "GET", "/me", []string{alice, alice}, "", 400, `error="invalid_request"`, false},
		{"inherited: the cookie twice", "GET", "/me", []string{session + "; __Host-access_token=x"}, "", 400, "credentials_malformed", false},
		{"inherited: token in the query", "GET", "/me?access_token=" + strings.TrimPrefix(alice, "Authorization: Bearer "), nil, "", 401, "token_missing", false},
		{"inherited: HEAD", "HEAD", "/me", nil, "", 0, "", true},
		{"inherited: OPTIONS", "OPTIONS", "/me", nil, "", 0, "", true},
		{"inherited: another method", "PUT", "/me", []string{alice}, "", 0, "", true},

		{"optional: nothing", "GET", "/recommendations", nil, "", 200, "by anybody", false},
		{"optional: token", "GET", "/recommendations", []string{alice}, "", 200, "by alice", false},
		{"optional: bad token", "GET", "/recommendations", []string{bad}, "", 401, "token_malformed", false},
		{"optional: expired token", "GET", "/recommendations", []string{expired}, "", 401, "token_expired", false},
		{"optional: another scheme", "GET", "/recommendations", []string{basic}, "", 200, "by anybody", false},

		{"scope: has it", "GET", "/orders", []string{scopes("orders:read")}, "", 200, "listOrders  by alice", false},
		{"scope: lacks it", "GET", "/orders", []string{alice}, "", 403, "insufficient_scope", false},
		{"scope: lacks it, challenge", "GET", "/orders", []string{alice}, "", 403, bearer + `, error="insufficient_scope", scope="orders:read"`, false},
		{"scope: has another", "GET", "/orders", []string{scopes("orders:write")}, "", 403, "insufficient_scope", false},
		{"scope: by cookie", "GET", "/orders", []string{session}, "", 200, "listOrders  by alice", false},
		{"scope: by key", "GET", "/orders", []string{key}, "", 200, "listOrders  by alice", false},
		{"scope: by a bad key", "GET", "/orders", []string{badKey}, "", 401, "token_invalid", false},
		{"scope: nobody knows the key", "GET", "/orders", []string{downKey}, "", 503, "store_unavailable", false},
		{"scope: nobody knows the key, Retry-After", "GET", "/orders", []string{downKey}, "", 503, "Retry-After: 2", false},
		{"scope: lacks it, good key", "GET", "/orders", []string{alice, key}, "", 200, "listOrders  by alice", false},
		{"scope: lacks it, bad key", "GET", "/orders", []string{alice, badKey}, "", 403, "insufficient_scope", false},
		{"scope: lacks it, unknown key", "GET", "/orders", []string{alice, downKey}, "", 503, "store_unavailable", false},
		{"scope: three ways in", "GET", "/orders", nil, "", 401, bearer + `|ApiKey realm="api", in="cookie", name="__Host-access_token"|ApiKey realm="api", in="header", name="X-Partner-Key"`, false},

		{"body: token", "POST", "/orders", []string{scopes("orders:write"), json}, "{}", 201, "createOrder  by alice, 2 bytes", false},
		{"body: cookie and value", "POST", "/orders", []string{session, csrf}, "{}", 201, "createOrder  by alice, 2 bytes", false},
		{"body: cookie alone", "POST", "/orders", []string{session}, "{}", 403, "csrf_failed", false},
		{"body: cookie and another value", "POST", "/orders", []string{session, csrf + "x"}, "{}", 403, "csrf_failed", false},
		{"body: cookie and value, foreign page", "POST", "/orders", []string{session, csrf, "Sec-Fetch-Site: cross-site"}, "{}", 403, "csrf_failed", false},
		{"body: value alone", "POST", "/orders", []string{csrf}, "{}", 401, "token_missing", false},
		{"body: nothing", "POST", "/orders", nil, "{}", 401, "token_missing", false},

		{"either scope: first", "GET", "/orders/7", []string{scopes("orders:read")}, "", 200, "getOrder 7 by alice", false},
		{"either scope: second", "GET", "/orders/7", []string{scopes("admin")}, "", 200, "getOrder 7 by alice", false},
		{"either scope: neither", "GET", "/orders/7", []string{alice}, "", 403, `scope="orders:read"|Bearer realm="api", error="insufficient_scope", scope="admin"`, false},
		{"both scopes: both", "DELETE", "/orders/7", []string{scopes("admin", "orders:write")}, "", 200, "deleteOrder 7 by alice", false},
		{"both scopes: one", "DELETE", "/orders/7", []string{scopes("admin")}, "", 403, `scope="admin orders:write"`, false},
		{"bad parameter, no token", "GET", "/orders/seven", nil, "", 401, "token_missing", false},
		{"bad parameter, lacks the scope", "GET", "/orders/seven", []string{alice}, "", 403, "insufficient_scope", false},
		{"bad parameter", "GET", "/orders/seven", []string{scopes("admin")}, "", 400, "bad id", false},

		{"demands: all met", "POST", "/orders/7/refund", []string{clerk(true)}, "", 200, "refundOrder 7 by alice", false},
		{"demands: not fresh", "POST", "/orders/7/refund", []string{clerk(false)}, "", 401, "fresh_token_required", false},
		{"demands: not fresh, challenge", "POST", "/orders/7/refund", []string{clerk(false)}, "", 401, `error="insufficient_user_authentication"`, false},
		{"demands: no role", "POST", "/orders/7/refund", []string{freshOnly}, "", 403, "insufficient_scope", false},
		{"demands: no scope", "POST", "/orders/7/refund", []string{alice}, "", 403, "insufficient_scope", false},

		{"both schemes: both", "GET", "/export", []string{scopes("orders:read"), key}, "", 200, "exportOrders  by alice", false},
		{"both schemes: token alone", "GET", "/export", []string{scopes("orders:read")}, "", 401, "token_missing", false},
		{"both schemes: key alone", "GET", "/export", []string{key}, "", 401, "token_missing", false},
		{"both schemes: two subjects", "GET", "/export", []string{bob, key}, "", 401, "token_invalid", false},

		{"in no document", "GET", "/rogue", []string{alice}, "", 404, "not_found", false},
		{"nowhere", "GET", "/nowhere", []string{alice}, "", 404, "", true},

		{"strict: principal", "GET", "/auth/me", []string{alice}, "", 200, `"sub":"alice"`, false},
		{"strict: nothing", "GET", "/auth/me", nil, "", 401, "token_missing", false},
		{"strict: error", "POST", "/auth/login", []string{json}, `{"username":"x","password":"y"}`, 401, "invalid_credentials", false},
		{"strict: empty body", "POST", "/auth/login", []string{json}, "", 400, "request_malformed", false},
		{"strict: wrong type", "POST", "/auth/login", []string{json}, `{"username":1}`, 400, "request_malformed", false},
		{"strict: duplicate", "POST", "/auth/login", []string{json}, `{"username":"x","username":"y"}`, 400, "request_malformed", false},
		{"strict: media type", "POST", "/auth/login", []string{"Content-Type: text/plain"}, `{"username":"x"}`, 415, "unsupported_media_type", false},
		{"strict: path parameter", "DELETE", "/auth/sessions/abc", []string{alice}, "", 404, "seen_abc", false},
		{"strict: path parameter, nothing", "DELETE", "/auth/sessions/abc", nil, "", 401, "token_missing", false},
		{"form: token", "POST", "/auth/token", []string{form, client}, "grant_type=a%20b", 200, `"access_token":"a b"`, false},
		{"form: token, the client", "POST", "/auth/token", []string{form, client}, "grant_type=x", 200, `"scope":"reports"`, false},
		{"form: not from the query", "POST", "/auth/token?grant_type=x", []string{form, client}, "", 400, `{"error":"invalid_request"`, false},
		{"form: a parameter twice", "POST", "/auth/token", []string{form, client}, "grant_type=x&grant_type=x", 400, `{"error":"invalid_request"`, false},
		{"form: an empty parameter", "POST", "/auth/token", []string{form, client}, "grant_type=", 400, `{"error":"invalid_request"`, false},
		{"form: broken", "POST", "/auth/token", []string{form, client}, "grant_type=%zz", 400, `{"error":"invalid_request"`, false},
		{"form: JSON", "POST", "/auth/token", []string{json, client}, `{"grant_type":"x"}`, 400, `{"error":"invalid_request"`, false},
		{"form: compressed", "POST", "/auth/token", []string{form, client, "Content-Encoding: gzip"}, "x", 415, `{"error":"invalid_request"`, false},
		{"form: too large", "POST", "/auth/token", []string{form, client}, strings.Repeat("x", 20<<10), 413, `{"error":"invalid_request"`, false},
		{"form: another client", "POST", "/auth/token", []string{form, basic}, "grant_type=x", 401, "token_invalid", false},
		{"form: another client, challenge", "POST", "/auth/token", []string{form, basic}, "grant_type=x", 401, `Basic realm="api", charset="UTF-8"`, false},
		{"form: revoke", "POST", "/auth/revoke", []string{form}, "token=x", 200, "", false},
		{"form: introspect", "POST", "/auth/introspect", []string{form}, "token=x", 200, `{"active":false}`, false},
		{"form: introspect, unknown", "POST", "/auth/introspect", []string{form}, "token=unknown", 503, `{"error":"temporarily_unavailable"`, false},
		{"form: introspect, unknown, Retry-After", "POST", "/auth/introspect", []string{form}, "token=unknown", 503, "Retry-After: 2", false},
		{"JSON: a form", "POST", "/auth/login", []string{form}, "username=x", 415, "unsupported_media_type", false},
		{"JSON: too large", "POST", "/auth/login", []string{json}, strings.Repeat("x", 20<<10), 413, "request_too_large", false},
		{"strict: header twice", "GET", "/.well-known/jwks.json", []string{`If-None-Match: "a"`, `If-None-Match: "b"`}, "", 400, "request_malformed", false},
	}
}

// send runs a request through a handler and returns all of the answer.
func send(h http.Handler, base string, c request) *httptest.ResponseRecorder {
	r := httptest.NewRequest(c.method, base+c.path, strings.NewReader(c.body))
	for _, line := range c.headers {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Add(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// text is an answer as it goes over the wire, headers in order.
func text(w *httptest.ResponseRecorder) string {
	var b strings.Builder
	_, _ = fmt.Fprintf(&b, "%d\n", w.Code)
	_ = w.Header().Write(&b)
	return b.String() + "\n" + w.Body.String()
}

// holds reports whether an answer has a part: in its body, its challenges or
// another header.
func holds(w *httptest.ResponseRecorder, part string) bool {
	all := w.Body.String() + "\n" + strings.Join(w.Header().Values("WWW-Authenticate"), "|") + "\nRetry-After: " + w.Header().Get("Retry-After")
	return strings.Contains(all, part)
}

// TestEveryRouter is the table: one behaviour, byte for byte, in every router
// and every way of mounting.
func TestEveryRouter(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	table := cases(t, w)
	if len(table) < 60 {
		t.Fatalf("%d cases", len(table))
	}
	reference := map[string]string{}
	for _, c := range table {
		reference[c.name] = text(send(netHTTP(w.validator(t, false), strict{}, routes(), guard.Options{}), "", c))
	}
	for _, startup := range []bool{false, true} {
		for _, m := range mountings() {
			t.Run(fmt.Sprintf("%s%s start-up %v", m.name, m.base, startup), func(t *testing.T) {
				t.Parallel()
				h := m.build(w.validator(t, startup), strict{}, routes(), guard.Options{BasePath: m.base})
				for _, c := range table {
					got := send(h, m.base, c)
					if c.unrouted && m.bare || c.status == 0 {
						if got.Code < 400 || got.Header().Get("Reached") != "" {
							t.Errorf("%s: %s", c.name, text(got))
						}
						continue
					}
					if got.Code != c.status || !holds(got, c.want) {
						t.Errorf("%s: want %d %s, got\n%s", c.name, c.status, c.want, text(got))
						continue
					}
					if diff := cmp.Diff(reference[c.name], text(got)); diff != "" {
						t.Errorf("%s is answered otherwise than by net/http (-net/http +this):\n%s", c.name, diff)
					}
				}
			})
		}
	}
}

// TestSpellings: no spelling of a path reaches a guarded handler without
// credentials.
func TestSpellings(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, m := range mountings() {
		h := m.build(w.validator(t, false), strict{}, routes(), guard.Options{BasePath: m.base})
		for _, method := range []string{"GET", "HEAD", "POST", "DELETE", "OPTIONS", "PATCH", "TRACE", "get", "X"} {
			for _, path := range []string{
				"/me", "/me/", "//me", "/me//", "/%6de", "/m%65", "/me%2f", "/me%2F", "/./me", "/x/../me", "/me/.", "/me;x", "/me%00", "/ME", "/me?x=/catalog",
				"/catalog/../me", "/catalog%2f..%2fme", "/catalog/..%2fme", "/orders/7", "/orders/7/", "/orders//7", "/orders/7%2frefund", "/orders/7/refund",
				"/orders/7/refund/", "/orders/%37", "/orders/7%2f", "/orders/..%2fcatalog", "/orders/../catalog/../me", "/auth/me", "/auth//me", "/auth%2fme", "/auth/me/",
			} {
				r, err := http.NewRequestWithContext(t.Context(), method, "http://api.example"+m.base+path, http.NoBody)
				if err != nil {
					continue
				}
				rec := httptest.NewRecorder()
				h.ServeHTTP(rec, r)
				if reached := rec.Header().Get("Reached"); reached != "" && reached != "listCatalog" || strings.Contains(rec.Body.String(), `"sub"`) {
					t.Errorf("%s%s: %s %s reaches %s without credentials", m.name, m.base, method, path, reached)
				}
			}
		}
	}
}

// TestEncodedPaths: where the router takes an encoded path for another route
// than its decoded form would be, the guard is that of the route it takes.
func TestEncodedPaths(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	reached := func(op string) func(http.ResponseWriter, *http.Request, string) {
		return func(w http.ResponseWriter, _ *http.Request, _ string) { w.Header().Set("Reached", op) }
	}
	table := &security.Table{
		Schemes: []security.Scheme{{Name: "oauth", Kind: security.Bearer}},
		Operations: []security.Operation{
			{ID: "catalog", Method: "GET", Path: "/catalog"},
			{ID: "shop", Method: "GET", Path: "/{order_id}", Security: []security.Alternative{{{Scheme: 0}}}},
		},
	}
	merged := must[*security.Table](t)(security.Merge(table, api.SecurityTable()))
	auths := w.authenticators()
	for _, name := range []string{"session", "csrf", "partnerKey"} {
		delete(auths, name)
	}
	for _, m := range mountings() {
		v := must[*security.Validator](t)(security.New(merged, auths))
		h := m.build(v, strict{}, []route{
			{"GET", "/catalog", reached("catalog")},
			{"GET", "/{order_id}", reached("shop")},
		}, guard.Options{BasePath: m.base})
		for _, path := range []string{
			"/%63atalog", "/c%61talog", "/catalog%2f", "/catalog%2Fx", "/%63atalog/x", "/catalog%00", "/catalog%20", "/%2fcatalog", "/shop", "/.%2fcatalog", "/x%2f..%2fcatalog",
		} {
			got := send(h, m.base, request{method: "GET", path: path})
			if r := got.Header().Get("Reached"); r == "shop" {
				t.Errorf("%s%s: %s reaches %s without credentials", m.name, m.base, path, r)
			}
		}
		if got := send(h, m.base, request{method: "GET", path: "/catalog"}); got.Header().Get("Reached") != "catalog" {
			t.Errorf("%s%s: /catalog: %s", m.name, m.base, text(got))
		}
	}
}

// zeros is a body of any length that counts what is read of it.
type zeros struct{ left, read int }

func (z *zeros) Read(p []byte) (int, error) {
	n := min(len(p), z.left)
	z.left -= n
	z.read += n
	if n == 0 {
		return 0, fmt.Errorf("read to the end")
	}
	return n, nil
}

func (*zeros) Close() error { return nil }

// TestBodyUnread: 64 MiB without credentials are refused unread, and cost next
// to no memory.
func TestBodyUnread(t *testing.T) {
	w := newWorld(t)
	for _, m := range mountings() {
		h := m.build(w.validator(t, false), strict{}, routes(), guard.Options{BasePath: m.base})
		for range 2 { // the first request finds the routes
			body := &zeros{left: 64 << 20}
			r := httptest.NewRequest(http.MethodPost, m.base+"/orders", http.NoBody)
			r.Body, r.ContentLength = body, 64<<20
			rec := httptest.NewRecorder()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			h.ServeHTTP(rec, r)
			runtime.ReadMemStats(&after)
			if rec.Code != 401 || body.read != 0 {
				t.Errorf("%s%s: %d after %d bytes, want 401 after none", m.name, m.base, rec.Code, body.read)
			}
			if n := after.TotalAlloc - before.TotalAlloc; n > 64<<10 {
				t.Errorf("%s%s: %d bytes were allocated", m.name, m.base, n)
			}
		}
	}
}
