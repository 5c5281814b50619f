package adapters_test

import (
	"net/http"
	"testing"

	"github.com/go-chi/chi/v5"

	"github.com/authsdk/authsdk-go/adapters/authchi"
	"github.com/authsdk/authsdk-go/adapters/authhttp"
	"github.com/authsdk/authsdk-go/adapters/guard"
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
	if err := authhttp.Check(mux, v, guard.Options{}); err == nil {
		t.Error("a pattern for everything has every operation")
	}
	r := chiBelow(wrap).(chi.Routes)
	want := "operation GET /t/{id}/part (part) has no route\n" +
		"route GET /api/other is not in the document: a guard around it refuses it with 404; name it in Public if nobody needs credentials for it"
	if err := authchi.Check(r, v, guard.Options{BasePath: "/api"}); err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
}
