package adapters_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	"github.com/labstack/echo/v4"
	echo5 "github.com/labstack/echo/v5"

	"github.com/authsdk/authsdk-go/adapters/authchi"
	"github.com/authsdk/authsdk-go/adapters/authecho"
	"github.com/authsdk/authsdk-go/adapters/authecho4"
	"github.com/authsdk/authsdk-go/adapters/authgin"
	"github.com/authsdk/authsdk-go/adapters/authhttp"
	"github.com/authsdk/authsdk-go/adapters/guard"
	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/memstore"
	"github.com/authsdk/authsdk-go/authsdk/oauth"
	"github.com/authsdk/authsdk-go/authsdk/server"
	"github.com/authsdk/authsdk-go/authsdk/session"
	"github.com/authsdk/authsdk-go/gen/spec"
)

// endpoints is the SDK's own endpoints with everything behind them, mounted in
// every router.
type endpoints struct {
	t       *testing.T
	now     time.Time
	store   *silent
	issuer  *authsdk.Issuer
	routers map[string]http.Handler
	secrets map[string]string // of the clients
	revoked []string          // IDs of single tokens
	claims  any               // of alice, of her own
	from    string            // the address of all requests; empty: each has one of its own
	doc     routers.Router
}

// silent is a store that may not answer.
type silent struct {
	*memstore.Store

	down atomic.Bool
}

var errDown = errors.New("dial tcp 10.1.2.3:5432: secret-dsn refused")

func (s *silent) Session(ctx context.Context, id string) (session.Session, error) {
	if s.down.Load() {
		return session.Session{}, errDown
	}
	return s.Store.Session(ctx, id)
}

func (s *silent) Client(ctx context.Context, id string) (oauth.Client, error) {
	if s.down.Load() && id == "unknown-now" {
		return oauth.Client{}, errDown
	}
	return s.Store.Client(ctx, id)
}

func (s *silent) RevokeSessions(ctx context.Context, m session.Match, at time.Time, reason string) ([]string, error) {
	if s.down.Load() {
		return nil, errDown
	}
	return s.Store.RevokeSessions(ctx, m, at, reason)
}

// Authenticate and Account make e the user base of alice.
func (e *endpoints) Authenticate(ctx context.Context, c session.Credentials) (*session.Account, error) {
	if c.Password == "throttled" {
		refusal := *authsdk.ErrTooManyAttempts
		refusal.RetryAfter = 90 * time.Second
		return nil, &refusal
	}
	if c.Username+c.Subject != "alice" || c.Password != "right" {
		return nil, authsdk.ErrInvalidCredentials
	}
	return e.Account(ctx, "alice")
}

func (e *endpoints) Account(context.Context, string) (*session.Account, error) {
	return &session.Account{Subject: "alice", Scopes: []string{"read", "write", "admin"}, Roles: []string{"editor"}, Claims: e.claims}, nil
}

const own = "pages" // the client_id of alice's own logins

func newEndpoints(t *testing.T, change ...func(*oauth.Config)) *endpoints {
	t.Helper()
	e := &endpoints{t: t, now: start, store: &silent{Store: memstore.New()}, secrets: map[string]string{}, routers: map[string]http.Handler{}}
	clock := func() time.Time { return e.now }
	keys := must[*authsdk.KeySet](t)(authsdk.NewKeySet(must[*authsdk.Key](t)(authsdk.GenerateKey(authsdk.EdDSA))))
	e.issuer = must[*authsdk.Issuer](t)(authsdk.NewIssuer(authsdk.IssuerConfig{Issuer: issuerName, Keys: keys, Now: clock}))
	sessions := must[*session.Manager](t)(session.New(session.Config{Issuer: e.issuer, Store: e.store, Accounts: e, Now: clock, ClientID: own}))
	verifier := func(anyAudience bool) *authsdk.Verifier {
		return must[*authsdk.Verifier](t)(authsdk.NewVerifier(authsdk.VerifierConfig{
			Issuer: issuerName, Keys: keys, Revoked: sessions.Revoked, InsecureAnyAudience: anyAudience, Now: clock,
		}))
	}
	cfg := oauth.Config{
		Issuer: e.issuer, Verifier: verifier(true), Sessions: sessions, Clients: e.store, Now: clock, InsecurePasswordGrant: true,
		RevokeToken: func(_ context.Context, c *authsdk.Claims) error { e.revoked = append(e.revoked, c.ID); return nil },
	}
	for _, c := range change {
		c(&cfg)
	}
	for _, r := range []oauth.Registration{
		{ID: "reports", Scopes: []string{"read", "export"}, Audience: []string{"https://reports.example"}, Grants: []string{
			oauth.GrantClientCredentials, oauth.GrantPassword, oauth.GrantRefreshToken,
		}},
		{ID: "a:b/c", Scopes: []string{"read"}},
		{ID: "gateway", Grants: []string{oauth.GrantIntrospection}},
		{ID: "phone", Public: true, Scopes: []string{"read", "write"}, Grants: []string{oauth.GrantPassword, oauth.GrantRefreshToken}},
		{ID: "other", Public: true, Scopes: []string{"read"}},
	} {
		e.secrets[r.ID] = must[string](t)(oauth.Register(t.Context(), e.store, r, start))
	}
	service := must[*oauth.Service](t)(oauth.New(cfg))
	addresses := 0
	e.mount(must[*server.Server](t)(server.New(server.Config{
		Sessions: sessions, Verifier: verifier(false), Keys: keys, OAuth: service,
		ClientAddress: func(*http.Request) string {
			if e.from != "" {
				return e.from
			}
			addresses++
			return "192.0.2." + time.Duration(addresses).String()
		},
	})))
	doc := must[*openapi3.T](t)(openapi3.NewLoader().LoadFromData(spec.YAML()))
	doc.Servers = nil
	e.doc = must[routers.Router](t)(gorillamux.NewRouter(doc))
	return e
}

// mount puts s into every router.
func (e *endpoints) mount(s *server.Server) {
	gin.SetMode(gin.ReleaseMode)
	mux, r, g, e4, e5 := http.NewServeMux(), chi.NewRouter(), gin.New(), echo.New(), echo5.New()
	g.HandleMethodNotAllowed = true
	authhttp.Mount(mux, s, guard.Options{})
	authchi.Mount(r, s, guard.Options{})
	authgin.Mount(g, s, guard.Options{})
	authecho4.Mount(e4, s, guard.Options{})
	authecho.Mount(e5, s, guard.Options{})
	e.routers = map[string]http.Handler{"net/http": mux, "chi": r, "gin": g, "echo v4": e4, "echo": e5}
}

// basic is the header of a client, encoded as RFC 6749 section 2.3.1 has it.
func (e *endpoints) basic(id string) string {
	r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
	r.SetBasicAuth(url.QueryEscape(id), url.QueryEscape(e.secrets[id]))
	return "Authorization: " + r.Header.Get("Authorization")
}

const formType = "Content-Type: application/x-www-form-urlencoded"

// form is a request to a form endpoint.
func form(path, body string, headers ...string) request {
	return request{method: http.MethodPost, path: path, body: body, headers: append([]string{formType}, headers...)}
}

// ask sends a request to one of the routers and holds the answer against the
// document.
func (e *endpoints) ask(router string, c request) *httptest.ResponseRecorder {
	e.t.Helper()
	w := send(e.routers[router], "", c)
	e.check(router, c, w)
	return w
}

func (e *endpoints) check(router string, c request, w *httptest.ResponseRecorder) {
	e.t.Helper()
	path, _, _ := strings.Cut(c.path, "?")
	r := httptest.NewRequest(c.method, path, http.NoBody)
	route, params, err := e.doc.FindRoute(r)
	if err != nil {
		e.t.Errorf("%s: %s %s is not of the document: %v", router, c.method, c.path, err)
		return
	}
	input := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route},
		Status:                 w.Code, Header: w.Header(), Options: &openapi3filter.Options{IncludeResponseStatus: true},
	}
	input.SetBodyBytes(w.Body.Bytes())
	if err := openapi3filter.ValidateResponse(e.t.Context(), input); err != nil {
		e.t.Errorf("%s: %s %s: the answer is not that of the document: %v", router, c.method, c.path, err)
	}
	if h := w.Header(); slices.Contains(formPaths, path) && c.method == http.MethodPost && h.Get("Pragma") != "no-cache" {
		e.t.Errorf("%s: %s: the headers are %v", router, c.path, h)
	}
	if h := w.Header(); h.Get("X-Content-Type-Options") != "nosniff" || c.method == http.MethodPost && h.Get("Cache-Control") != "no-store" {
		e.t.Errorf("%s: %s %s: the headers are %v", router, c.method, c.path, h)
	}
}

// refuses wants one answer from every router: a status, and an error of RFC 6749
// section 5.2 with its challenge.
func (e *endpoints) refuses(what string, c request, status int, code string) {
	e.t.Helper()
	for router := range e.routers {
		w := e.ask(router, c)
		var body struct {
			Error       string `json:"error"`
			Description string `json:"error_description"`
		}
		_ = json.Unmarshal(w.Body.Bytes(), &body)
		if w.Code != status || body.Error != code || body.Description == "" {
			e.t.Errorf("%s, %s: got %d %q, want %d %s", what, router, w.Code, w.Body, status, code)
		}
		if got := w.Header().Get("WWW-Authenticate"); (status == 401) != strings.HasPrefix(got, `Basic realm="`) || strings.Contains(got, "Bearer") {
			e.t.Errorf("%s, %s: got the challenge %q", what, router, got)
		}
		if w.Header().Get("Set-Cookie") != "" {
			e.t.Errorf("%s, %s: a cookie was set", what, router)
		}
	}
}

// grant is the answer of the token endpoint.
type grant struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
	Type    string `json:"token_type"`
	Scope   string `json:"scope"`
	Expires int    `json:"expires_in"`
}

// token wants tokens from one router.
func (e *endpoints) token(router, body string, headers ...string) (g grant) {
	e.t.Helper()
	w := e.ask(router, form("/auth/token", body, headers...))
	if w.Code != http.StatusOK || json.Unmarshal(w.Body.Bytes(), &g) != nil || g.Access == "" || g.Type != "Bearer" {
		e.t.Fatalf("%s: %s: got %d %s", router, body, w.Code, w.Body)
	}
	return g
}

// active introspects a token as the gateway.
func (e *endpoints) active(token string) bool {
	e.t.Helper()
	w := e.ask("net/http", form("/auth/introspect", "token="+url.QueryEscape(token), e.basic("gateway")))
	if w.Code != http.StatusOK {
		e.t.Fatalf("introspect: %d %s", w.Code, w.Body)
	}
	if body := w.Body.String(); body != `{"active":false}`+"\n" {
		return strings.Contains(body, `"active":true`)
	}
	return false
}

// claimsOf reads the claims of a token, and its header.
func (e *endpoints) claimsOf(token string) (header, claims map[string]any) {
	e.t.Helper()
	h, c, err := authsdk.Unverified(token)
	if err != nil || json.Unmarshal(h, &header) != nil || json.Unmarshal(c, &claims) != nil {
		e.t.Fatalf("%q: %v", token, err)
	}
	return header, claims
}

// aliceBy logs alice in at a client by her password.
func (e *endpoints) aliceBy(router, client string) grant {
	e.t.Helper()
	body := "grant_type=password&username=alice&password=right"
	if e.secrets[client] != "" {
		return e.token(router, body, e.basic(client))
	}
	return e.token(router, body+"&client_id="+client)
}
