// Package authhttp guards net/http routes and mounts the endpoints of the SDK
// on a http.ServeMux. Its Require fits every router whose middleware is
// func(http.Handler) http.Handler.
package authhttp

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/security"
	"github.com/authsdk/authsdk-go/gen/api"
	"github.com/authsdk/authsdk-go/gen/httpapi"
	"github.com/authsdk/authsdk-go/internal/wire"
)

// Options say how the endpoints are mounted. The zero value mounts them at the root.
type Options struct {
	// BasePath stands before every path: "/api/v1".
	BasePath string
	// Render writes refusals; nil means authsdk.WriteProblem.
	Render authsdk.Renderer
	// OnError, if set, is told of every refusal with its cause, for the log.
	OnError func(*http.Request, error)
}

// Require returns a middleware that lets a request pass if its token satisfies
// p. Handlers behind it find the caller with security.PrincipalFrom; its Claims
// are a *authsdk.Claims. Where p is optional and the request carries no token,
// there is no principal. Refusals are written by the verifier's Render.
func Require(v *authsdk.Verifier, p authsdk.Policy) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			claims, err := v.Authenticate(r, p)
			if err != nil {
				v.Refuse(w, r, err)
				return
			}
			if claims != nil {
				r = r.WithContext(security.WithPrincipal(r.Context(), claims.Principal()))
			}
			next.ServeHTTP(w, r)
		})
	}
}

// Mount adds the operations of s to mux, each as a route of its own such as
// "POST /auth/login". Like mux.Handle it panics if a route is there already.
func Mount(mux *http.ServeMux, s api.StrictServerInterface, o Options) {
	if o.Render == nil {
		o.Render = authsdk.WriteProblem
	}
	refuse := func(w http.ResponseWriter, r *http.Request, err error) {
		if o.OnError != nil {
			o.OnError(r, err)
		}
		o.Render(w, r, authsdk.ErrorOf(err))
	}
	// The generated stub reports what it cannot decode with an error of its own.
	undecodable := func(w http.ResponseWriter, r *http.Request, err error) {
		refuse(w, r, fmt.Errorf("%w: %w", authsdk.ErrRequestMalformed, err))
	}
	strict := httpapi.NewStrictHandlerWithOptions(s, nil, httpapi.StrictHTTPServerOptions{
		RequestErrorHandlerFunc:  undecodable,
		ResponseErrorHandlerFunc: refuse,
	})
	httpapi.HandlerWithOptions(strict, httpapi.StdHTTPServerOptions{
		BaseURL:          strings.TrimSuffix(o.BasePath, "/"),
		BaseRouter:       guarded{mux, refuse},
		ErrorHandlerFunc: undecodable,
	})
}

// guarded puts the guard in front of everything the generated routes do.
type guarded struct {
	*http.ServeMux

	refuse func(http.ResponseWriter, *http.Request, error)
}

// HandleFunc adds a guarded route.
func (g guarded) HandleFunc(pattern string, handler func(http.ResponseWriter, *http.Request)) {
	g.Handle(pattern, wire.Guard(http.HandlerFunc(handler), g.refuse))
}
