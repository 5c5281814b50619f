package adapters_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
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

// TestSlashes: chi's routes are told apart by a slash at the end, and a base
// path alone is the document's "/".
func TestSlashes(t *testing.T) {
	t.Parallel()
	v := routed(t, newWorld(t))
	protect := authchi.Protect(v, guard.Options{})
	below := authchi.Protect(v, guard.Options{BasePath: "/api"})
	with := chi.NewRouter()
	with.Route("/api", func(r chi.Router) { chiRoutes(r.With(below)) })
	orders := chi.NewRouter()
	orders.Route("/orders", func(r chi.Router) { r.With(protect).Get("/", serves("either")) })
	for name, h := range map[string]http.Handler{"Use": chiRoot(protect), "group": chiGrouped(wrap, protect)} {
		check(t, []answer{
			{name, h, "GET", "/orders", 200, "list", ""},
			{name, h, "GET", "/orders/", 401, "", ""},
			{name, h, "GET", "/", 200, "root", ""},
		})
	}
	for name, h := range map[string]http.Handler{"sub-router": chiBelow(below), "group of a sub-router": with} {
		check(t, []answer{
			{name, h, "GET", "/api", 200, "root", ""},
			{name, h, "GET", "/api/", 200, "root", ""},
			{name, h, "GET", "/api/orders", 200, "list", ""},
			{name, h, "GET", "/api/orders/", 401, "", ""},
			{name, h, "GET", "/api/other", 404, "", ""},
		})
	}
	check(t, []answer{
		{"a sub-router's own path", orders, "GET", "/orders", 200, "either", ""},
		{"a sub-router's own path", orders, "GET", "/orders/", 401, "", ""},
	})
}

// TestSlashesPassUnknown: a handler that a router serves with a slash at the end
// and without one does not pass for a route that the document does not know.
func TestSlashesPassUnknown(t *testing.T) {
	t.Parallel()
	v := routed(t, newWorld(t), last)
	o := guard.Options{PassUnknown: true, Public: []string{"GET /l/{id}"}}
	protect := authchi.Protect(v, o)
	around, inside := chi.NewRouter(), chi.NewRouter()
	around.Use(protect)
	for _, path := range []string{"/me", "/t/{id}/part", "/l/{id}", "/other"} {
		around.Route(path, func(r chi.Router) { r.Get("/", serves(path)) })
		inside.Route(path, func(r chi.Router) { r.With(protect).Get("/", serves(path)) })
	}
	e, mux := echo5.New(), http.NewServeMux()
	e.Use(authecho.Protect(v, o))
	for _, path := range []string{"/me", "/me/", "/other", "/other/"} {
		e.GET(path, func(c *echo5.Context) error { serves("/other")(c.Response(), c.Request()); return nil })
	}
	mux.Handle("/me/{$}", serves("/me"))
	for name, h := range map[string]http.Handler{"around": around, "inside": inside} {
		check(t, []answer{
			{name, h, "GET", "/me", 401, "", ""},
			{name, h, "GET", "/me/", 404, "", ""},
			{name, h, "GET", "/t/7/part/", 404, "", ""},
			{name, h, "GET", "/l/7/", 401, "", ""},
			{name, h, "GET", "/l/7", 200, "/l/{id}", ""}, // named in Public
			{name, h, "GET", "/other/", 200, "/other", ""},
		})
	}
	check(t, []answer{
		{"echo", e, "GET", "/me/", 404, "", ""},
		{"echo", e, "GET", "/other/", 200, "/other", ""},
		{"net/http", authhttp.Protect(v, o)(mux), "GET", "/me/", 404, "", ""},
	})
}

// TestMethodsPassUnknown: a handler that a router serves with every method does not
// pass for a route that the document does not know, with one that it does not name.
func TestMethodsPassUnknown(t *testing.T) {
	t.Parallel()
	v := routed(t, newWorld(t))
	o := guard.Options{PassUnknown: true, Public: []string{"OPTIONS /me"}}
	mux, r, g, e := http.NewServeMux(), chi.NewRouter(), gin.New(), echo5.New()
	r.Use(authchi.Protect(v, o))
	g.Use(authgin.Protect(v, o))
	e.Use(authecho.Protect(v, o))
	for _, path := range []string{"/me", "/rogue"} {
		mux.Handle(path, serves(path))
		r.Handle(path, serves(path))
		g.Any(path, gin.WrapH(serves(path)))
		e.Any(path, echo5.WrapHandler(serves(path)))
	}
	for name, h := range map[string]http.Handler{"net/http": authhttp.Protect(v, o)(mux), "chi": r, "gin": g, "echo": e} {
		check(t, []answer{
			{name, h, "GET", "/me", 401, "", ""},
			{name, h, "PUT", "/me", 404, "", ""},
			{name, h, "get", "/me", 404, "", ""},
			{name, h, "OPTIONS", "/me", 200, "/me", ""}, // named in Public
			{name, h, "PUT", "/rogue", 200, "/rogue", ""},
		})
	}
}

// TestHeadByGet: a HEAD that a route for GET serves is judged as GET, also where
// the document has a HEAD of its own.
func TestHeadByGet(t *testing.T) {
	t.Parallel()
	v := routed(t, newWorld(t), security.Operation{ID: "head", Method: "HEAD", Path: "/me"})
	around, inside, both := http.NewServeMux(), http.NewServeMux(), http.NewServeMux()
	protect := authhttp.Protect(v, guard.Options{})
	around.Handle("GET /me", serves("me"))
	inside.Handle("GET /me", protect(serves("me")))
	both.Handle("GET /me", serves("me"))
	both.Handle("HEAD /me", serves("head"))
	r := chi.NewRouter()
	r.Use(authchi.Protect(v, guard.Options{}), middleware.GetHead)
	r.Get("/me", serves("me"))
	check(t, []answer{
		{"around", protect(around), "HEAD", "/me", 401, "", ""},
		{"inside", inside, "HEAD", "/me", 401, "", ""},
		{"both", protect(both), "HEAD", "/me", 200, "head", ""},
		{"chi", r, "HEAD", "/me", 401, "", ""},
	})
}

// TestPublic: a route is public for the method that is named, and for HEAD
// where that is GET.
func TestPublic(t *testing.T) {
	t.Parallel()
	v := routed(t, newWorld(t))
	o := guard.Options{Public: []string{"GET /healthz", "POST /hook"}}
	mux, r := http.NewServeMux(), chi.NewRouter()
	r.Use(authchi.Protect(v, o))
	for _, path := range []string{"/healthz", "/hook"} {
		mux.Handle(path, serves(path))
		r.Handle(path, serves(path))
	}
	for name, h := range map[string]http.Handler{"net/http": authhttp.Protect(v, o)(mux), "chi": r} {
		check(t, []answer{
			{name, h, "GET", "/healthz", 200, "/healthz", ""},
			{name, h, "HEAD", "/healthz", 200, "/healthz", ""},
			{name, h, "POST", "/healthz", 404, "", ""},
			{name, h, "POST", "/hook", 200, "/hook", ""},
			{name, h, "GET", "/hook", 404, "", ""},
			{name, h, "HEAD", "/hook", 404, "", ""},
		})
	}
}

// TestCheckSubtree: a pattern that serves everything below it is no route of an
// operation.
func TestCheckSubtree(t *testing.T) {
	t.Parallel()
	v := routed(t, newWorld(t))
	mux := http.NewServeMux()
	for _, pattern := range []string{"GET /{$}", "/orders", "GET /orders/{$}", "GET /me", "GET /t/{id}/part"} {
		mux.Handle(pattern, serves(pattern))
	}
	if err := authhttp.Check(mux, v, guard.Options{}); err != nil {
		t.Error(err)
	}
	mux = http.NewServeMux()
	mux.Handle("/", serves("all"))
	if err := authhttp.Check(mux, v, guard.Options{}); err == nil || strings.Contains(err.Error(), "not in the document") {
		t.Errorf("a pattern for everything: %v", err)
	}
	r := chiBelow(wrap).(chi.Routes)
	want := "operation GET /t/{id}/part (part) has no route\n" +
		"route GET /api/other is not in the document: a guard around it refuses it with 404; name it in Public if nobody needs credentials for it"
	if err := authchi.Check(r, v, guard.Options{BasePath: "/api"}); err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
}

// TestJudgedMethod: authenticators see the method that is served, which decides
// about forged requests; handlers see the one that was sent.
func TestJudgedMethod(t *testing.T) {
	t.Parallel()
	var judged, handled string
	v := must[*security.Validator](t)(security.New(&security.Table{
		Schemes:    []security.Scheme{{Name: "oauth", Kind: security.Bearer}},
		Operations: []security.Operation{{ID: "clear", Method: "DELETE", Path: "/orders", Security: []security.Alternative{{{Scheme: 0}}}}},
	}, map[string]security.Authenticator{"oauth": func(_ context.Context, c *security.Credential) (*security.Principal, error) {
		judged = c.Request.Method
		return &security.Principal{Subject: "alice"}, nil
	}}))
	r := chi.NewRouter()
	r.Use(override, authchi.Protect(v, guard.Options{}))
	r.Delete("/orders", func(_ http.ResponseWriter, r *http.Request) { handled = r.Method })
	req := httptest.NewRequest(http.MethodGet, "/orders", http.NoBody)
	req.Header.Set("X-Method", http.MethodDelete)
	req.Header.Set("Authorization", "Bearer x")
	r.ServeHTTP(httptest.NewRecorder(), req)
	if judged != http.MethodDelete || handled != http.MethodGet {
		t.Errorf("judged %q, handled %q, want DELETE and GET", judged, handled)
	}
}

// TestCatchAll: whether an operation lies below a pattern goes by segments, and
// by the start of the last one.
func TestCatchAll(t *testing.T) {
	t.Parallel()
	v := routed(t, newWorld(t))
	o := guard.Options{PassUnknown: true}
	e, r := echo5.New(), chi.NewRouter()
	e.Use(authecho.Protect(v, o))
	for _, path := range []string{"/m*", "/fi*"} {
		e.GET(path, func(c *echo5.Context) error { serves(path)(c.Response(), c.Request()); return nil })
	}
	r.Use(authchi.Protect(v, o))
	r.Get("/t/{id:[0-9]*}/other", serves("other"))
	check(t, []answer{
		{"starts like an operation", e, "GET", "/me", 404, "", ""},
		{"starts like none", e, "GET", "/file", 200, "/fi*", ""},
		{"a star of an expression", r, "GET", "/t/7/other", 200, "other", ""},
	})
}

// TestRewritten: a path that a middleware of a sub-router chooses is not taken
// for the one that was asked for.
func TestRewritten(t *testing.T) {
	t.Parallel()
	v := routed(t, newWorld(t))
	below := authchi.Protect(v, guard.Options{BasePath: "/api", PassUnknown: true})
	elsewhere := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.URL.Path = "/other" // chi goes on below /api
			next.ServeHTTP(w, r)
		})
	}
	root, inner := chi.NewRouter(), chi.NewRouter()
	chiRoutes(root)
	root.Route("/api", func(r chi.Router) {
		r.Use(elsewhere, below)
		chiRoutes(r)
	})
	inner.Route("/api", func(r chi.Router) {
		r.Use(reroute("/me"))
		chiRoutes(r.With(below))
	})
	check(t, []answer{
		{"the path of the request", root, "GET", "/api/me", 404, "", ""},
		{"the path of a sub-router", inner, "GET", "/api", 404, "", ""},
		{"the path of a sub-router", inner, "GET", "/api/other", 401, "", ""},
	})
}
