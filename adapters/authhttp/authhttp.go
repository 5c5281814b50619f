// Package authhttp guards the routes of net/http and mounts the endpoints of
// the SDK on a http.ServeMux. Its Require fits every router whose middleware is
// func(http.Handler) http.Handler.
package authhttp

import (
	"errors"
	"net/http"
	"regexp"
	"strings"

	"github.com/authsdk/authsdk-go/adapters/guard"
	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/security"
	"github.com/authsdk/authsdk-go/gen/api"
	"github.com/authsdk/authsdk-go/gen/httpapi"
	"github.com/authsdk/authsdk-go/internal/wire"
)

// Options say how operations are guarded or mounted, see [guard.Options].
type Options = guard.Options

// Protect returns a middleware that guards every operation of a document. It
// stands around the *http.ServeMux that has the routes, or inside a mux around
// one of its handlers, and finds the operation by the pattern of that mux. A
// pattern that ends in a slash serves everything below it and is no operation:
// the one of the document's "/" is "/{$}".
// Handlers find the caller with security.PrincipalFrom.
func Protect(v *security.Validator, o Options) func(http.Handler) http.Handler {
	o.Public = spelled(o.Public)
	g := guard.New(v, o)
	return func(next http.Handler) http.Handler {
		mux, _ := next.(*http.ServeMux)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			pattern := r.Pattern
			if mux != nil {
				_, pattern = mux.Handler(r)
			} else if pattern == "" {
				o.Refuse(w, r, &security.Denied{Status: http.StatusNotFound, Code: "not_found", Err: errNoMux})
				return
			}
			if admitted := g.Admit(w, r, methodOf(pattern, r), pathOf(pattern)); admitted != nil {
				next.ServeHTTP(w, admitted)
				guard.HandBack(r, admitted)
			}
		})
	}
}

// errNoMux is the cause where Protect cannot know the route, for the log.
var errNoMux = errors.New("authhttp: Protect stands around something that is no *http.ServeMux: put it directly around the mux")

// methodOf returns the method of a pattern, which for a HEAD may be GET, or
// that of the request if the pattern serves every method.
func methodOf(pattern string, r *http.Request) string {
	if method, _, ok := strings.Cut(pattern, " "); ok && !strings.Contains(method, "/") {
		return method
	}
	return r.Method
}

// pathOf returns the path of a pattern, without its method and host. A pattern
// without a method serves every method. One that ends in a slash serves what
// lies below as well, so it is spelled like no path of a document.
func pathOf(pattern string) string {
	if _, after, ok := strings.Cut(pattern, " "); ok {
		pattern = after
	}
	i := strings.IndexByte(pattern, '/')
	if i < 0 {
		return ""
	}
	if pattern = pattern[i:]; strings.HasSuffix(pattern, "/") {
		pattern += "{...}"
	}
	return pattern
}

// spelled returns public routes with the paths that pathOf gives their patterns.
func spelled(public []string) []string {
	out := make([]string, 0, len(public))
	for _, route := range public {
		method, _, _ := strings.Cut(route, " ")
		out = append(out, method+" "+pathOf(route))
	}
	return out
}

// Require returns a middleware that lets a request pass if its token satisfies
// p. Handlers behind it find the caller with security.PrincipalFrom; its Claims
// are a *authsdk.Claims. Where p is optional and the request carries no token,
// there is no principal. Refusals are written by the verifier's Render. It
// panics if p has mistakes, which [authsdk.Policy.Validate] reports.
func Require(v *authsdk.Verifier, p authsdk.Policy) func(http.Handler) http.Handler {
	admit := guard.Require(v, p)
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if admitted := admit(w, r); admitted != nil {
				next.ServeHTTP(w, admitted)
				guard.HandBack(r, admitted)
			}
		})
	}
}

// Mount adds the operations of s to mux, each as a route of its own such as
// "POST /auth/login". Like mux.Handle it panics if a route is there already.
func Mount(mux *http.ServeMux, s api.StrictServerInterface, o Options) {
	undecodable := func(w http.ResponseWriter, r *http.Request, err error) { o.Refuse(w, r, wire.Malformed(err)) }
	strict := httpapi.NewStrictHandlerWithOptions(s, nil, httpapi.StrictHTTPServerOptions{
		RequestErrorHandlerFunc:  undecodable,
		ResponseErrorHandlerFunc: o.Refuse,
	})
	httpapi.HandlerWithOptions(strict, httpapi.StdHTTPServerOptions{
		BaseURL:          o.Base(),
		BaseRouter:       guarded{mux, o},
		ErrorHandlerFunc: undecodable,
	})
}

// guarded reads and checks requests in front of everything the generated
// routes do.
type guarded struct {
	*http.ServeMux

	o Options
}

// HandleFunc adds a guarded route.
func (g guarded) HandleFunc(pattern string, handler func(http.ResponseWriter, *http.Request)) {
	g.Handle(pattern, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		admitted, err := wire.Admit(w, r)
		if err != nil {
			g.o.Refuse(w, r, err)
			return
		}
		handler(w, admitted)
	}))
}

// Check reports the operations of v that mux has no route for; a pattern that
// serves everything below it is none. A mux does not
// tell its routes, so routes without an operation are not found.
func Check(mux *http.ServeMux, v *security.Validator, o Options) error {
	parameter := regexp.MustCompile(`\{[^}]*\}`)
	var routes []guard.Route
	operations := v.Table().Operations
	for i := range operations {
		op := &operations[i]
		r, err := http.NewRequest(op.Method, o.Base()+parameter.ReplaceAllString(op.Path, "x"), http.NoBody) //nolint:noctx // not sent
		if err != nil {
			continue // Compare reports the operation
		}
		if _, pattern := mux.Handler(r); pattern != "" && !strings.HasSuffix(pattern, "/") {
			routes = append(routes, guard.Route{Method: op.Method, Pattern: pathOf(pattern)})
		}
	}
	o.PassUnknown = true // what another pattern serves is not the document's
	return guard.Compare(routes, v, o)
}
