package adapters_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	echo5 "github.com/labstack/echo/v5"

	"github.com/authsdk/authsdk-go/adapters/authchi"
	"github.com/authsdk/authsdk-go/adapters/authecho"
	"github.com/authsdk/authsdk-go/adapters/authgin"
	"github.com/authsdk/authsdk-go/adapters/authhttp"
	"github.com/authsdk/authsdk-go/adapters/guard"
	"github.com/authsdk/authsdk-go/authsdk/security"
)

// routed is a validator of operations whose paths and methods are close to one
// another: some are public, some guarded. Further ones may be given.
func routed(t *testing.T, w *world, further ...security.Operation) *security.Validator {
	t.Helper()
	guarded := []security.Alternative{{{Scheme: 0}}}
	return must[*security.Validator](t)(security.New(&security.Table{
		Schemes: []security.Scheme{{Name: "oauth", Kind: security.Bearer}},
		Operations: append([]security.Operation{
			{ID: "root", Method: "GET", Path: "/"},
			{ID: "list", Method: "GET", Path: "/orders"},
			{ID: "create", Method: "POST", Path: "/orders"},
			{ID: "clear", Method: "DELETE", Path: "/orders", Security: guarded},
			{ID: "slash", Method: "GET", Path: "/orders/", Security: guarded},
			{ID: "me", Method: "GET", Path: "/me", Security: guarded},
			{ID: "part", Method: "GET", Path: "/t/{id}/part", Security: guarded},
		}, further...),
	}, map[string]security.Authenticator{"oauth": w.authenticators()["oauth"]}))
}

// last is an operation whose path ends in a parameter and a slash.
var last = security.Operation{ID: "last", Method: "GET", Path: "/l/{id}/", Security: []security.Alternative{{{Scheme: 0}}}}

// serves answers with the name of a handler.
func serves(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Reached", name) }
}

// wrap hides what it wraps from the router around it.
func wrap(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(w, r) })
}

// override lets a header choose the method that chi routes by.
func override(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if m := r.Header.Get("X-Method"); m != "" {
			chi.RouteContext(r.Context()).RouteMethod = m
		}
		next.ServeHTTP(w, r)
	})
}

// reroute makes chi route by another path.
func reroute(path string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			chi.RouteContext(r.Context()).RoutePath = path
			next.ServeHTTP(w, r)
		})
	}
}

// chiRoot is a router with middleware and the routes of the tests.
func chiRoot(use ...func(http.Handler) http.Handler) *chi.Mux {
	r := chi.NewRouter()
	r.Use(use...)
	chiRoutes(r)
	return r
}

func chiRoutes(r chi.Router) {
	r.Get("/", serves("root"))
	r.Get("/orders", serves("list"))
	r.Post("/orders", serves("create"))
	r.Delete("/orders", serves("clear"))
	r.Get("/orders/", serves("slash"))
	r.Get("/me", serves("me"))
	r.Get("/other", serves("other"))
}

// chiBelow puts such a router below /api.
func chiBelow(use ...func(http.Handler) http.Handler) http.Handler {
	r := chi.NewRouter()
	r.Route("/api", func(r chi.Router) {
		r.Use(use...)
		chiRoutes(r)
	})
	return r
}

// chiGrouped puts such routes into a group of one.
func chiGrouped(outer, inner func(http.Handler) http.Handler) http.Handler {
	r := chi.NewRouter()
	r.Use(outer)
	r.Group(func(r chi.Router) {
		r.Use(inner)
		chiRoutes(r)
	})
	return r
}

// answer is one case: what a handler does with a request without credentials.
type answer struct {
	name         string
	h            http.Handler
	method, path string
	status       int
	reached      string
	header       string // X-Method
}

func check(t *testing.T, all []answer) {
	t.Helper()
	for _, c := range all {
		r := httptest.NewRequest(c.method, c.path, http.NoBody)
		r.Header.Set("X-Method", c.header)
		rec := httptest.NewRecorder()
		c.h.ServeHTTP(rec, r)
		if got := rec.Header().Get("Reached"); rec.Code != c.status || got != c.reached {
			t.Errorf("%s: %s %s: %d, reached %q, want %d, %q", c.name, c.method, c.path, rec.Code, got, c.status, c.reached)
		}
	}
}

// TestSubtrees: a pattern of net/http that serves everything below it is no
// operation of the document.
func TestSubtrees(t *testing.T) {
	t.Parallel()
	v := routed(t, newWorld(t))
	inner := http.NewServeMux()
	inner.Handle("GET /me", serves("me"))
	inner.Handle("GET /{$}", serves("root"))
	under := func(pattern string, h http.Handler, o guard.Options) http.Handler {
		mux := http.NewServeMux()
		mux.Handle(pattern, authhttp.Protect(v, o)(wrap(h)))
		return mux
	}
	files := http.NewServeMux()
	files.Handle("GET /files/", serves("files"))
	api, pass := guard.Options{BasePath: "/api"}, guard.Options{PassUnknown: true}
	check(t, []answer{
		{"all of a mux", under("/", inner, guard.Options{}), "GET", "/me", 404, "", ""},
		{"all of a mux, PassUnknown", under("/", inner, pass), "GET", "/me", 404, "", ""},
		{"the root alone", under("/{$}", inner, guard.Options{}), "GET", "/", 200, "root", ""},
		{"chi below a base path", under("/api/", chiBelow(wrap), api), "GET", "/api/me", 404, "", ""},
		{"named wildcard", under("/{rest...}", inner, pass), "GET", "/me", 404, "", ""},
		{"no operation below", authhttp.Protect(v, pass)(files), "GET", "/files/a", 200, "files", ""},
		{"unknown", authhttp.Protect(v, guard.Options{})(files), "GET", "/files/a", 404, "", ""},
		{"public, as the mux spells it", authhttp.Protect(v, guard.Options{Public: []string{"GET /files/"}})(files), "GET", "/files/a", 200, "files", ""},
	})
}

// TestRouteMethod: the guard is that of the method that the router goes by.
func TestRouteMethod(t *testing.T) {
	t.Parallel()
	v := routed(t, newWorld(t))
	protect := authchi.Protect(v, guard.Options{})
	e := echo5.New()
	e.Use(func(next echo5.HandlerFunc) echo5.HandlerFunc {
		return func(c *echo5.Context) error {
			if m := c.Request().Header.Get("X-Method"); m != "" {
				c.Request().Method = m
			}
			return next(c)
		}
	}, authecho.Protect(v, guard.Options{}))
	e.DELETE("/orders", func(c *echo5.Context) error { serves("clear")(c.Response(), c.Request()); return nil })
	e.POST("/orders", func(c *echo5.Context) error { serves("create")(c.Response(), c.Request()); return nil })
	check(t, []answer{
		{"chi", chiRoot(override, protect), "POST", "/orders", 401, "", "DELETE"},
		{"chi", chiRoot(override, protect), "DELETE", "/orders", 200, "create", "POST"},
		{"chi group", chiGrouped(override, protect), "POST", "/orders", 401, "", "DELETE"},
		{"chi group", chiGrouped(override, protect), "DELETE", "/orders", 200, "create", "POST"},
		{"echo", e, "DELETE", "/orders", 401, "", "POST"},
		{"echo", e, "POST", "/orders", 200, "create", "DELETE"},
		{"echo", e, "POST", "/orders", 200, "create", ""},
	})
}

// TestPassUnknown: what passes is a route that is known to be in no document,
// not one that cannot be told.
func TestPassUnknown(t *testing.T) {
	t.Parallel()
	v := routed(t, newWorld(t))
	pass := authchi.Protect(v, guard.Options{PassUnknown: true})
	below := authchi.Protect(v, guard.Options{PassUnknown: true, BasePath: "/api"})
	named := authchi.Protect(v, guard.Options{PassUnknown: true, Public: []string{"GET /*"}})
	mounted := chi.NewRouter()
	mounted.Use(below)
	mounted.Mount("/api", wrap(chiRoot()))
	hidden := chi.NewRouter()
	hidden.Mount("/api", wrap(chiRoot(below)))
	tenants := chi.NewRouter()
	tenants.Use(pass)
	tenants.Mount("/t/{tenant:[a-z]*}", wrap(serves("tenant")))
	tenants.Mount("/static", wrap(serves("static")))
	fallback := func(mw func(http.Handler) http.Handler) http.Handler {
		r := chi.NewRouter()
		r.Use(mw)
		r.Get("/*", serves("page"))
		return r
	}
	grouped := chi.NewRouter()
	grouped.Group(func(r chi.Router) {
		r.Use(below)
		r.Route("/api", chiRoutes)
	})
	check(t, []answer{
		{"another route", chiRoot(pass), "GET", "/other", 200, "other", ""},
		{"another route in a sub-router", chiBelow(below), "GET", "/api/other", 200, "other", ""},
		{"no route", chiRoot(pass), "GET", "/nowhere", 404, "", ""},
		{"GetHead in front", chiRoot(middleware.GetHead, pass), "HEAD", "/me", 401, "", ""},
		{"GetHead behind", chiRoot(pass, middleware.GetHead), "HEAD", "/me", 401, "", ""},
		{"GetHead behind, public", chiRoot(pass, middleware.GetHead), "HEAD", "/orders", 200, "list", ""},
		{"GetHead in a sub-router", chiBelow(middleware.GetHead, below), "HEAD", "/api/me", 401, "", ""},
		{"StripSlashes in front", chiRoot(middleware.StripSlashes, pass), "GET", "/me/", 401, "", ""},
		{"StripSlashes in front, public", chiRoot(middleware.StripSlashes, pass), "GET", "/orders/", 200, "list", ""},
		{"StripSlashes behind", chiRoot(pass, middleware.StripSlashes), "GET", "/me/", 404, "", ""},
		{"StripSlashes in a sub-router", chiBelow(middleware.StripSlashes, below), "GET", "/api/me/", 404, "", ""},
		{"another path in front", chiRoot(reroute("/me"), pass), "GET", "/other", 401, "", ""},
		{"another path in a sub-router", chiBelow(reroute("/me"), below), "GET", "/api/other", 404, "", ""},
		{"the end of the path in a sub-router", chiBelow(reroute("/orders"), below), "GET", "/api/me/orders", 404, "", ""},
		{"another path for a sub-router itself", chiBelow(reroute("/me"), below), "GET", "/api", 404, "", ""},
		{"around the router", pass(chiRoot()), "GET", "/me", 404, "", ""},
		{"around a hidden router", mounted, "GET", "/api/me", 404, "", ""},
		{"in a hidden router", hidden, "GET", "/api/me", 404, "", ""},
		{"around a router in a group", grouped, "GET", "/api/me", 401, "", ""},
		{"around a router in a group", grouped, "GET", "/api/other", 200, "other", ""},
		{"parameters in front of a catch-all", tenants, "GET", "/t/a/part", 404, "", ""},
		{"no operation below", tenants, "GET", "/static/me", 200, "static", ""},
		{"catch-all", fallback(pass), "GET", "/me", 404, "", ""},
		{"catch-all, named", fallback(named), "GET", "/page", 200, "page", ""},
	})
}

// TestPassUnknownUnmatched: where Gin and Echo have no route, their own answer
// comes, unless something else may serve an operation there.
func TestPassUnknownUnmatched(t *testing.T) {
	t.Parallel()
	v := routed(t, newWorld(t), last)
	o := guard.Options{PassUnknown: true}
	g, e := gin.New(), echo5.New()
	g.Use(authgin.Protect(v, o))
	g.NoRoute(func(c *gin.Context) { serves("none")(c.Writer, c.Request); c.Status(http.StatusTeapot) })
	e.Use(authecho.Protect(v, o))
	e.RouteNotFound("/*", func(c *echo5.Context) error {
		serves("none")(c.Response(), c.Request())
		return c.NoContent(http.StatusTeapot)
	})
	for name, h := range map[string]http.Handler{"gin": g, "echo": e} {
		check(t, []answer{
			{name, h, "GET", "/nowhere", 418, "none", ""},
			{name, h, "POST", "/me", 404, "", ""}, // the answer may be that of a handler for every method
			{name, h, "GET", "/me", 404, "", ""},
			{name, h, "HEAD", "/me", 404, "", ""},
			{name, h, "GET", "/t/7/part", 404, "", ""},
			{name, h, "GET", "/t/7/part/x", 418, "none", ""},
			{name, h, "GET", "/t/a%2Fb/part", 404, "", ""}, // one segment to chi and to net/http
			{name, h, "GET", "/t/a%2Fb/p%61rt", 404, "", ""},
			{name, h, "GET", "/t//part//", 404, "", ""},
			{name, h, "GET", "/l//", 404, "", ""},
			{name, h, "GET", "/t/a%2Fb/other", 418, "none", ""},
		})
	}
}
