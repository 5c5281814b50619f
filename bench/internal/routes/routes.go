// Package routes has one route for each router and each middleware that people
// would use in our place, set up as its documentation recommends for HS256.
// Behind the guard stands a handler that finds the subject of the token.
//
// All check the signature, exp, nbf, iss and aud. echo-jwt needs a
// ParseTokenFunc for the last two and gin-jwt its ParseOptions: what their
// documentation shows first checks neither.
package routes

import (
	"context"
	"net/http"
	"net/http/httptest"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/security"
	"github.com/authsdk/authsdk-go/bench/internal/peers"
)

// The middlewares that are in more than one router.
const (
	Bare = "no guard"
	Ours = "authsdk"
)

// Path is that of every route.
const Path = "/orders"

// Route is one guarded route.
type Route struct {
	Router, Guard string
	Module        string // whose version is told
	Build         func(f *peers.Fixture) (http.Handler, error)
}

// ID names the route in a path.
func (r *Route) ID() string { return r.Router + "-" + r.Guard }

// All returns the routes, those of one router together, its bare one first and
// ours second.
func All() []Route {
	return []Route{
		{"net/http", Bare, "", netHTTPBare},
		{"net/http", Ours, "", netHTTPOurs},
		{"net/http", "golang-jwt by hand", "", netHTTPGolangJWT},
		{"net/http", "go-jwt-middleware v3", "github.com/auth0/go-jwt-middleware/v3", netHTTPAuth0},
		{"chi", Bare, "github.com/go-chi/chi/v5", chiBare},
		{"chi", Ours, "", chiOurs},
		{"chi", "jwtauth v5", "github.com/go-chi/jwtauth/v5", chiJWTAuth},
		{"gin", Bare, "github.com/gin-gonic/gin", ginBare},
		{"gin", Ours, "", ginOurs},
		{"gin", "gin-jwt v3", "github.com/appleboy/gin-jwt/v3", ginJWT},
		{"echo v4", Bare, "github.com/labstack/echo/v4", echo4Bare},
		{"echo v4", Ours, "", echo4Ours},
		{"echo v4", "echo-jwt v4", "github.com/labstack/echo-jwt/v4", echoJWT},
		{"echo v5", Bare, "github.com/labstack/echo/v5", echo5Bare},
		{"echo v5", Ours, "", echo5Ours},
	}
}

// verifier is ours.
func verifier(f *peers.Fixture) (*authsdk.Verifier, error) {
	return authsdk.NewVerifier(f.VerifierConfig())
}

// answer is what every handler does: 200 if it knows the caller, 204 where no
// guard stands, 500 otherwise.
func answer(w http.ResponseWriter, subject string) { w.WriteHeader(status(subject)) }

func status(subject string) int {
	if subject == peers.Subject {
		return http.StatusOK
	}
	return http.StatusInternalServerError
}

// subjectOf finds the caller behind our guard.
func subjectOf(ctx context.Context) string {
	p, ok := security.PrincipalFrom(ctx)
	if !ok {
		return ""
	}
	return p.Subject
}

// Want is the status of a good request.
func (r *Route) Want() int {
	if r.Guard == Bare {
		return http.StatusNoContent
	}
	return http.StatusOK
}

// Client sends one request over and over, and allocates nothing itself.
type Client struct {
	handler           http.Handler
	template, request http.Request
	writer            writer
}

// NewClient returns a client of h that sends token.
func NewClient(ctx context.Context, h http.Handler, token string) *Client {
	c := &Client{handler: h, writer: writer{header: http.Header{}}}
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, Path, http.NoBody)
	r.Header.Set("Authorization", "Bearer "+token)
	c.template = *r
	return c
}

// Send returns the status of the answer.
func (c *Client) Send() int {
	c.request = c.template
	c.writer.status = http.StatusOK
	c.handler.ServeHTTP(&c.writer, &c.request)
	return c.writer.status
}

type writer struct {
	header http.Header
	status int
}

func (w *writer) Header() http.Header         { return w.header }
func (w *writer) Write(p []byte) (int, error) { return len(p), nil }
func (w *writer) WriteHeader(status int)      { w.status = status }
