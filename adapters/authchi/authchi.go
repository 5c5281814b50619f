// Package authchi guards the routes of chi and mounts the endpoints of the SDK
// on a chi.Router.
package authchi

import (
	"errors"
	"net/http"
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
//
// Middleware that changes the path or the method stands in front of it. Where it
// cannot tell the route that chi will take, it refuses with 404, PassUnknown or
// not.
func Protect(v *security.Validator, o Options) func(http.Handler) http.Handler {
	g := guard.New(v, o)
	var contexts sync.Pool
	contexts.New = func() any { return chi.NewRouteContext() }
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			probe, _ := contexts.Get().(*chi.Context)
			method, pattern := matched(r, probe)
			probe.Reset()
			contexts.Put(probe)
			if pattern == "" {
				o.Refuse(w, r, &security.Denied{Status: http.StatusNotFound, Code: "not_found", Err: errNoRoute})
				return
			}
			if r := g.Admit(w, r, method, pattern); r != nil {
				next.ServeHTTP(w, r)
			}
		})
	}
}

// errNoRoute is the cause where Protect cannot tell the route, for the log.
var errNoRoute = errors.New("authchi: no route, or none that Protect can tell: " +
	"it belongs into Use of a chi.Router, behind what changes the path")

// Require returns a middleware that lets a request pass if its token satisfies
// p, see authhttp.Require.
func Require(v *authsdk.Verifier, p authsdk.Policy) func(http.Handler) http.Handler {
	admit := guard.Require(v, p)
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r := admit(w, r); r != nil {
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
