package adapters_test

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	"github.com/labstack/echo/v4"
	echo5 "github.com/labstack/echo/v5"

	"github.com/authsdk/authsdk-go/adapters/authchi"
	"github.com/authsdk/authsdk-go/adapters/authecho"
	"github.com/authsdk/authsdk-go/adapters/authecho4"
	"github.com/authsdk/authsdk-go/adapters/authgin"
	"github.com/authsdk/authsdk-go/adapters/authhttp"
	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/security"
)

// person is the user of a token.
type person struct{ name string }

// required serves every path behind Require, in every router.
func required(v *authsdk.Verifier, policies map[string]authsdk.Policy, handle http.HandlerFunc) map[string]http.Handler {
	gin.SetMode(gin.ReleaseMode)
	mux, c, g, e5, e4 := http.NewServeMux(), chi.NewRouter(), gin.New(), echo5.New(), echo.New()
	for path, p := range policies {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodOptions} {
			mux.Handle(method+" "+path, authhttp.Require(v, p)(handle))
			c.With(authchi.Require(v, p)).Method(method, path, handle)
			g.Handle(method, path, authgin.Require(v, p), func(c *gin.Context) { handle(c.Writer, c.Request.WithContext(ginContext{c.Request.Context(), c})) })
			e5.Add(method, path, func(c *echo5.Context) error { handle(c.Response(), c.Request()); return nil }, authecho.Require(v, p))
			e4.Add(method, path, func(c echo.Context) error { handle(c.Response(), c.Request()); return nil }, authecho4.Require(v, p))
		}
	}
	return map[string]http.Handler{"net/http": mux, "chi": c, "gin": g, "echo": e5, "echo v4": e4}
}

// ginContext finds the values that a gin.Context has, as handlers do that are
// given one.
type ginContext struct {
	context.Context

	gin *gin.Context
}

func (c ginContext) Value(key any) any { return c.gin.Value(key) }

// tell writes who the request comes from: subject, type, place and user.
func tell(w http.ResponseWriter, r *http.Request) {
	p, ok := security.PrincipalFrom(r.Context())
	if !ok {
		_, _ = fmt.Fprint(w, "nobody")
		return
	}
	c, _ := authsdk.ClaimsFrom(r.Context())
	user, err := authsdk.User[*person](r.Context())
	name := "?"
	if err == nil {
		name = user.name
	} else if e := authsdk.ErrorOf(err); e.Status < http.StatusInternalServerError {
		name = e.Code
	}
	_, _ = fmt.Fprintf(w, "%s %s %s %s", p.Subject, c.Type, p.Location, name)
}

// query is a request to a guarded path.
type query struct {
	method, path, body string
	header             map[string]string
}

// ask returns the answer of h: status and body.
func ask(h http.Handler, q query) string {
	r := httptest.NewRequest(q.method, q.path, strings.NewReader(q.body))
	for name, value := range q.header {
		r.Header.Set(name, value)
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	if rec.Code == http.StatusOK {
		return "200 " + rec.Body.String()
	}
	for _, code := range []*authsdk.Error{
		authsdk.ErrTokenMissing, authsdk.ErrTokenMalformed, authsdk.ErrTokenInvalid, authsdk.ErrTokenExpired, authsdk.ErrTokenRevoked,
		authsdk.ErrTokenWrongType, authsdk.ErrFreshTokenRequired, authsdk.ErrInsufficientScope, authsdk.ErrCSRF, authsdk.ErrUserNotFound,
		authsdk.ErrCredentialsMalformed, authsdk.ErrStoreUnavailable,
	} {
		if strings.Contains(rec.Body.String(), `"code":"`+code.Code+`"`) {
			return fmt.Sprint(rec.Code, " ", code.Code)
		}
	}
	return text(rec)
}

// TestRequire: the guards by hand, in every router the same.
func TestRequire(t *testing.T) {
	t.Parallel()
	const csrf = "0123456789abcdef"
	w := newWorld(t)
	token := func(c authsdk.Claims) string { c.Subject, c.CSRF = "alice", csrf; return w.token(t, c) }
	access := token(authsdk.Claims{Scopes: []string{"read"}, Roles: []string{"admin"}})
	fresh := token(authsdk.Claims{Fresh: true, AuthTime: start})
	refresh, reset := token(authsdk.Claims{Type: authsdk.Refresh}), token(authsdk.Claims{Type: "password-reset"})
	ended := token(authsdk.Claims{IssuedAt: start.Add(-time.Hour), Expires: start.Add(-time.Minute)})
	revoked, refused := w.token(t, authsdk.Claims{Subject: "mallory"}), w.token(t, authsdk.Claims{Subject: "trent"})
	unknown, ghost := w.token(t, authsdk.Claims{Subject: "unknown"}), w.token(t, authsdk.Claims{Subject: "ghost"})
	types := func(t ...authsdk.TokenType) authsdk.Policy { return authsdk.Policy{Types: t} }
	policies := map[string]authsdk.Policy{
		"/plain": {}, "/optional": {Optional: true}, "/fresh": {Fresh: true}, "/within": {FreshWithin: time.Minute},
		"/refresh": types(authsdk.Refresh), "/any": types(authsdk.AnyType), "/reset": types("password-reset"),
		"/read": {Scopes: []string{"read"}}, "/admin": {Roles: []string{"admin"}}, "/unrevoked": {SkipRevocation: true},
		"/query": {Locations: []authsdk.Location{authsdk.Query("jwt", "")}},
	}
	locations := []authsdk.Location{
		authsdk.Bearer(), w.cookies.Location(), authsdk.Query("token", ""), authsdk.JSONBody("access", "refresh"), authsdk.WebSocket(),
	}
	bearer := func(token string) map[string]string { return map[string]string{"Authorization": "Bearer " + token} }
	cookie := func(name, token string, more ...string) map[string]string {
		h := map[string]string{"Cookie": "__Host-" + name + "_token=" + token}
		for i := 0; i < len(more); i += 2 {
			h[more[i]] = more[i+1]
		}
		return h
	}
	cases := []struct {
		name string
		q    query
		want string
	}{
		{"nothing", query{path: "/plain"}, "401 token_missing"},
		{"access", query{path: "/plain", header: bearer(access)}, "200 alice access headers Alice"},
		{"refresh for access", query{path: "/plain", header: bearer(refresh)}, "401 token_wrong_type"},
		{"own type for access", query{path: "/plain", header: bearer(reset)}, "401 token_wrong_type"},
		{"ended", query{path: "/plain", header: bearer(ended)}, "401 token_expired"},
		{"no token", query{path: "/plain", header: bearer("x")}, "401 token_malformed"},
		{"revoked", query{path: "/plain", header: bearer(revoked)}, "401 token_revoked"},
		{"refused by the check", query{path: "/plain", header: bearer(refused)}, "403 insufficient_scope"},
		{"nobody knows", query{path: "/plain", header: bearer(unknown)}, "503 store_unavailable"},
		{"optional, nothing", query{path: "/optional"}, "200 nobody"},
		{"optional, access", query{path: "/optional", header: bearer(access)}, "200 alice access headers Alice"},
		{"optional, bad", query{path: "/optional", header: bearer("x")}, "401 token_malformed"},
		{"not fresh", query{path: "/fresh", header: bearer(access)}, "401 fresh_token_required"},
		{"fresh", query{path: "/fresh", header: bearer(fresh)}, "200 alice access headers Alice"},
		{"within", query{path: "/within", header: bearer(fresh)}, "200 alice access headers Alice"},
		{"not within", query{path: "/within", header: bearer(access)}, "401 fresh_token_required"},
		{"access for refresh", query{path: "/refresh", header: bearer(access)}, "401 token_wrong_type"},
		{"refresh", query{path: "/refresh", header: bearer(refresh)}, "200 alice refresh headers Alice"},
		{"any, refresh", query{path: "/any", header: bearer(refresh)}, "200 alice refresh headers Alice"},
		{"any, refresh cookie", query{path: "/any", header: cookie("refresh", refresh)}, "200 alice refresh cookies Alice"},
		{"own type", query{path: "/reset", header: bearer(reset)}, "200 alice password-reset headers Alice"},
		{"scope", query{path: "/read", header: bearer(access)}, "200 alice access headers Alice"},
		{"no scope", query{path: "/read", header: bearer(fresh)}, "403 insufficient_scope"},
		{"role", query{path: "/admin", header: bearer(access)}, "200 alice access headers Alice"},
		{"no role", query{path: "/admin", header: bearer(fresh)}, "403 insufficient_scope"},
		{"revocation is not asked", query{path: "/unrevoked", header: bearer(revoked)}, "200 mallory access headers Mallory"},
		{"OPTIONS is exempt", query{method: http.MethodOptions, path: "/plain"}, "200 nobody"},
		{"OPTIONS is not read", query{method: http.MethodOptions, path: "/plain", header: bearer("x")}, "200 nobody"},
		{"cookie", query{path: "/plain", header: cookie("access", access)}, "200 alice access cookies Alice"},
		{"cookie, POST", query{method: http.MethodPost, path: "/plain", header: cookie("access", access)}, "403 csrf_failed"},
		{
			"cookie, POST, value",
			query{method: http.MethodPost, path: "/plain", header: cookie("access", access, "X-Csrf-Token", csrf)},
			"200 alice access cookies Alice",
		},
		{
			"cookie, POST, elsewhere",
			query{method: http.MethodPost, path: "/plain", header: cookie("access", access, "X-Csrf-Token", csrf, "Sec-Fetch-Site", "cross-site")},
			"403 csrf_failed",
		},
		{"query", query{path: "/plain?token=" + access}, "200 alice access query_string Alice"},
		{
			"JSON",
			query{
				method: http.MethodPost, path: "/plain", body: `{"access":"` + access + `"}`, header: map[string]string{"Content-Type": "application/json"},
			},
			"200 alice access json Alice",
		},
		{
			"WebSocket",
			query{path: "/plain", header: map[string]string{"Sec-Websocket-Protocol": "bearer, " + access}},
			"200 alice access websocket Alice",
		},
		{"own locations", query{path: "/query?jwt=" + access}, "200 alice access query_string Alice"},
		{"own locations alone", query{path: "/query", header: bearer(access)}, "401 token_missing"},
		{"the first place decides", query{path: "/plain?token=" + access, header: bearer("x")}, "401 token_malformed"},
	}
	for _, lazy := range []bool{false, true} {
		v := must[*authsdk.Verifier](t)(authsdk.NewVerifier(w.guarded(t, locations, lazy)))
		for name, h := range required(v, policies, tell) {
			for _, tt := range cases {
				tt.q.method = cmp.Or(tt.q.method, http.MethodGet)
				if got := ask(h, tt.q); got != tt.want {
					t.Errorf("%s, lazy %v, %s: %s, want %s", name, lazy, tt.name, got, tt.want)
				}
			}
			// Who is gone is refused, or passes until somebody asks.
			want := map[bool]string{false: "401 user_not_found", true: "200 ghost access headers user_not_found"}[lazy]
			if got := ask(h, query{method: http.MethodGet, path: "/plain", header: bearer(ghost)}); got != want {
				t.Errorf("%s, lazy %v, ghost: %s, want %s", name, lazy, got, want)
			}
		}
	}
}

// guarded is a configuration with every callback.
func (w *world) guarded(t *testing.T, locations []authsdk.Location, lazy bool) authsdk.VerifierConfig {
	t.Helper()
	people := map[string]*person{"alice": {"Alice"}, "mallory": {"Mallory"}, "trent": {"Trent"}}
	key := must[*authsdk.Key](t)(authsdk.NewSecretKey(authsdk.HS256, []byte(secret)))
	return authsdk.VerifierConfig{
		Issuer: issuerName, Keys: must[*authsdk.KeySet](t)(authsdk.NewKeySet(key)), Now: func() time.Time { return start },
		Locations: locations, ExemptOptions: true, LazyUser: lazy,
		Revoked: func(_ context.Context, c *authsdk.Claims) (bool, error) {
			if c.Subject == "unknown" {
				return false, context.DeadlineExceeded
			}
			return c.Subject == "mallory", nil
		},
		Check: func(_ context.Context, c *authsdk.Claims) error {
			if c.Subject == "trent" {
				return authsdk.ErrInsufficientScope
			}
			return nil
		},
		User: func(_ context.Context, c *authsdk.Claims) (any, error) { return people[c.Subject], nil },
	}
}

// TestInsideHandlers: one call in a handler says the same as a guard.
func TestInsideHandlers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := must[*authsdk.Verifier](t)(authsdk.NewVerifier(w.guarded(t, nil, false)))
	inline := func(rw http.ResponseWriter, r *http.Request) {
		c, err := v.Authenticate(r, authsdk.Policy{Scopes: []string{"read"}})
		if err != nil {
			v.Refuse(rw, r, err)
			return
		}
		_, _ = fmt.Fprint(rw, c.Subject)
	}
	open := map[string]authsdk.Policy{"/inline": {Optional: true}}
	good := w.token(t, authsdk.Claims{Subject: "alice", Scopes: []string{"read"}})
	for name, h := range required(v, open, inline) {
		for token, want := range map[string]string{good: "200 alice", w.token(t, authsdk.Claims{Subject: "alice"}): "403 insufficient_scope"} {
			q := query{method: http.MethodGet, path: "/inline", header: map[string]string{"Authorization": "Bearer " + token}}
			if got := ask(h, q); got != want {
				t.Errorf("%s: %s, want %s", name, got, want)
			}
		}
		if got := ask(h, query{method: http.MethodGet, path: "/inline"}); got != "401 token_missing" {
			t.Errorf("%s: %s", name, got)
		}
	}
	if names := slices.Sorted(maps.Keys(required(v, open, inline))); len(names) != 5 {
		t.Error("routers are missing:", names)
	}
}
