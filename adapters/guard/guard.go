// Package guard is what the adapters share: their options, and the guard that
// each of them puts into its router. Adapters for further routers are built on it.
package guard

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/security"
)

// Options say how operations are guarded or mounted. The zero value serves at
// the root and refuses what the document does not know.
type Options struct {
	// BasePath stands before every path of the document: "/api/v1".
	BasePath string
	// Public are routes that are in no document and need no credentials, as
	// the router spells them: "GET /healthz". They pass without a principal.
	Public []string
	// PassUnknown lets requests pass for routes that the document does not
	// know, without a principal. Otherwise they get 404.
	PassUnknown bool
	// Render writes refusals; nil means authsdk.WriteProblem.
	Render authsdk.Renderer
	// OnError, if set, is told of every refusal with its cause, for the log.
	OnError func(*http.Request, error)
}

// Base returns BasePath as it stands in front of a path: "" or "/api/v1".
func (o *Options) Base() string {
	base := strings.Trim(o.BasePath, "/")
	if base == "" {
		return ""
	}
	return "/" + base
}

// passes reports whether a route that the document does not know is let pass.
func (o *Options) passes(method, pattern string) bool {
	return o.PassUnknown || pattern != "" && slices.Contains(o.Public, method+" "+pattern)
}

// Refuse answers a request that was refused with err.
func (o *Options) Refuse(w http.ResponseWriter, r *http.Request, err error) {
	if o.OnError != nil {
		o.OnError(r, err)
	}
	render := o.Render
	if render == nil {
		render = authsdk.WriteProblem
	}
	render(w, r, authsdk.ErrorOf(err))
}

// Guard judges requests by a document. It is safe for concurrent use.
type Guard struct {
	v       *security.Validator
	index   *security.Index
	options Options
}

// New returns a guard for the operations of v.
func New(v *security.Validator, o Options) *Guard {
	return &Guard{v: v, index: v.Index(o.Base()), options: o}
}

// Admit judges r, which the router has matched with pattern; an empty pattern
// stands for no match. It returns the request to pass on, whose context has the
// principal; or nil, when it has answered the request itself.
func (g *Guard) Admit(w http.ResponseWriter, r *http.Request, method, pattern string) *http.Request {
	op := g.index.Lookup(method, pattern)
	if op == nil && g.options.passes(method, pattern) {
		return r
	}
	p, err := g.v.Check(r, op)
	if err != nil {
		g.options.Refuse(w, r, err)
		return nil
	}
	if p == nil {
		return r
	}
	return r.WithContext(security.WithPrincipal(r.Context(), p))
}

// Require judges r by a policy, as Guard.Admit does by a document.
func Require(v *authsdk.Verifier, p authsdk.Policy, w http.ResponseWriter, r *http.Request) *http.Request {
	principal, err := v.Principal(r, p)
	if err != nil {
		v.Refuse(w, r, err)
		return nil
	}
	if principal == nil {
		return r
	}
	return r.WithContext(security.WithPrincipal(r.Context(), principal))
}

// Route is a route of a router.
type Route struct{ Method, Pattern string }

// Compare reports the operations of v without a route, and the routes below
// the base path without an operation, all together.
func Compare(routes []Route, v *security.Validator, o Options) error {
	index := v.Index(o.Base())
	served := map[*security.Operation]bool{}
	var errs []error
	for _, r := range routes {
		op := index.Lookup(r.Method, r.Pattern)
		served[op] = true
		if op == nil && !o.passes(r.Method, r.Pattern) && (r.Pattern == o.Base() || strings.HasPrefix(r.Pattern, o.Base()+"/")) {
			errs = append(errs, fmt.Errorf("route %s %s is not in the document: a guard around it refuses it with 404; name it in Public if nobody needs credentials for it", r.Method, r.Pattern))
		}
	}
	operations := v.Table().Operations
	for i := range operations {
		if op := index.Lookup(operations[i].Method, o.Base()+operations[i].Path); !served[op] {
			errs = append(errs, fmt.Errorf("operation %s (%s) has no route", &operations[i], operations[i].ID))
		}
	}
	slices.SortFunc(errs, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(errs...)
}
