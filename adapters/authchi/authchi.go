// Package authchi guards the routes of chi and mounts the endpoints of the SDK
// on a chi.Router.
package authchi

import (
	"net/http"
	"strings"
	"sync"

	"github.com/go-chi/chi/v5"

	"github.com/authsdk/authsdk-go/adapters/guard"
	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/security"
	"github.com/authsdk/authsdk-go/gen/api"
	"github.com/authsdk/authsdk-go/gen/chiapi"
	"github.com/authsdk/authsdk-go/internal/wire"
)

// Options say how operations are guarded or mounted, see [guard.Options].
type Options = guard.Options

// Protect returns a middleware that guards every operation of a document, for
// Use of a router, a sub-router or a group. BasePath is the whole path in front
// of the document's. Handlers find the caller with security.PrincipalFrom.
func Protect(v *security.Validator, o Options) func(http.Handler) http.Handler {
	g := guard.New(v, o)
	var contexts sync.Pool
	contexts.New = func() any { return chi.NewRouteContext() }
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			probe, _ := contexts.Get().(*chi.Context)
			pattern := matched(r, probe)
			probe.Reset()
			contexts.Put(probe)
			if r := g.Admit(w, r, r.Method, pattern); r != nil {
				next.ServeHTTP(w, r)
			}
		})
	}
}

// matched returns the pattern that chi has matched, or will match: middleware
// of a router runs before its routes are searched. It returns "" where it
// cannot tell.
func matched(r *http.Request, probe *chi.Context) string {
	rctx := chi.RouteContext(r.Context())
	if rctx == nil || rctx.Routes == nil {
		return ""
	}
	if pattern := rctx.RoutePattern(); pattern != "" && !strings.HasSuffix(pattern, "*") {
		return pattern // the route is found: this is a group
	}
	path := r.URL.RawPath
	if path == "" {
		path = r.URL.Path
	}
	switch {
	case rctx.RoutePath == "":
	case len(rctx.RoutePatterns) == 0: // another middleware has chosen the path
		path = rctx.RoutePath
	case !strings.HasSuffix(path, rctx.RoutePath): // a sub-router sees another path than the root would
		return ""
	}
	if path == "" {
		path = "/"
	}
	return rctx.Routes.Find(probe, r.Method, path)
}

// Require returns a middleware that lets a request pass if its token satisfies
// p, see authhttp.Require.
func Require(v *authsdk.Verifier, p authsdk.Policy) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r := guard.Require(v, p, w, r); r != nil {
				next.ServeHTTP(w, r)
			}
		})
	}
}

// Mount adds the operations of s to r, each as a route of its own.
func Mount(r chi.Router, s api.StrictServerInterface, o Options) {
	undecodable := func(w http.ResponseWriter, r *http.Request, err error) { o.Refuse(w, r, wire.Malformed(err)) }
	strict := chiapi.NewStrictHandlerWithOptions(s, nil, chiapi.StrictHTTPServerOptions{
		RequestErrorHandlerFunc:  undecodable,
		ResponseErrorHandlerFunc: o.Refuse,
	})
	chiapi.HandlerWithOptions(strict, chiapi.ChiServerOptions{
		BaseURL:          o.Base(),
		BaseRouter:       r.With(admit(o)),
		ErrorHandlerFunc: undecodable,
	})
}

// admit reads and checks requests in front of the generated routes.
func admit(o Options) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			admitted, err := wire.Admit(w, r)
			if err != nil {
				o.Refuse(w, r, err)
				return
			}
			next.ServeHTTP(w, admitted)
		})
	}
}

// Check reports the operations of v that r has no route for, and the routes of
// r below the base path that are in no document.
func Check(r chi.Routes, v *security.Validator, o Options) error {
	var routes []guard.Route
	err := chi.Walk(r, func(method, pattern string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		routes = append(routes, guard.Route{Method: method, Pattern: pattern})
		return nil
	})
	if err != nil {
		return err
	}
	return guard.Compare(routes, v, o)
}
