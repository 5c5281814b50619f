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
	"github.com/authsdk/authsdk-go/internal/wire"
)

// Options say how operations are guarded or mounted. The zero value serves at
// the root and refuses what the document does not know.
type Options struct {
	// BasePath stands before every path of the document: "/api/v1".
	BasePath string
	// Public are routes that are in no document and need no credentials, as
	// the router spells them: "GET /healthz", which is HEAD as well. They pass
	// without a principal.
	Public []string
	// PassUnknown lets requests pass for routes that the document does not
	// know, without a principal. Otherwise they get 404; and so does, either
	// way, what cannot be told from an operation: a catch-all ("/*") with an
	// operation below it, or an operation's path with another method or with a
	// slash more or less, unless Public names it.
	PassUnknown bool
	// Render writes refusals; nil means authsdk.WriteProblem. Those of the
	// mounted OAuth endpoints are written as their clients know them (RFC 6749
	// section 5.2).
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

// Refuse answers a request that was refused with err.
func (o *Options) Refuse(w http.ResponseWriter, r *http.Request, err error) {
	if o.OnError != nil {
		o.OnError(r, err)
	}
	if wire.WriteOAuthError(w, err) {
		return
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

// Admit judges r, which the router has matched with method and pattern; an
// empty pattern says that it has no route for r. Where that cannot be told, the
// adapter refuses by itself. Admit returns the request to pass on, whose context
// has the principal; or nil, when it has answered the request itself.
func (g *Guard) Admit(w http.ResponseWriter, r *http.Request, method, pattern string) *http.Request {
	op := lookup(g.index, &g.options, method, pattern)
	if op == nil && g.leaves(r, method, pattern) {
		return r
	}
	sent := r.Method
	r.Method = method // CSRF is judged by what is served, not by what was sent
	p, err := g.v.Check(r, op)
	r.Method = sent
	if err != nil {
		g.options.Refuse(w, r, err)
		return nil
	}
	if p == nil {
		return r
	}
	return security.Admit(r, p)
}

// HandBack gives r the form that a handler has parsed of admitted, which was made
// of r. Adapters call it when the handlers are done: the server removes the
// files of an upload that its own request knows of, and no others.
func HandBack(r, admitted *http.Request) {
	if r.MultipartForm == nil {
		r.MultipartForm = admitted.MultipartForm
	}
}

// leaves reports whether r, which is for no operation, is the application's.
func (g *Guard) leaves(r *http.Request, method, pattern string) bool {
	operations := g.v.Table().Operations
	if pattern == "" {
		return g.options.unmatched(r.URL, operations)
	}
	return g.options.passes(g.index, method, pattern, operations)
}

// lookup finds an operation. Routers that join patterns spell "/" below a base
// path as the base path alone.
func lookup(index *security.Index, o *Options, method, pattern string) *security.Operation {
	if pattern != "" && pattern == o.Base() {
		pattern += "/"
	}
	return index.Lookup(method, pattern)
}

// Require returns what judges requests by a policy, as Guard.Admit does by a
// document. It panics if p has mistakes, as routers do for a bad pattern.
func Require(v *authsdk.Verifier, p authsdk.Policy) func(http.ResponseWriter, *http.Request) *http.Request {
	if err := p.Validate(); err != nil {
		panic(err) //nolint:forbidigo // a middleware is made where a program starts, as a route is
	}
	return func(w http.ResponseWriter, r *http.Request) *http.Request {
		admitted, err := v.Admit(r, p)
		if err != nil {
			v.Refuse(w, r, err)
			return nil
		}
		return admitted
	}
}

// Route is a route of a router.
type Route struct{ Method, Pattern string }

// Compare reports the operations of v without a route, and the routes below
// the base path without an operation, all together.
func Compare(routes []Route, v *security.Validator, o Options) error {
	index := v.Index(o.Base())
	operations := v.Table().Operations
	served := map[*security.Operation]bool{}
	var errs []error
	for _, r := range routes {
		op := lookup(index, &o, r.Method, r.Pattern)
		served[op] = true
		inside := r.Pattern == o.Base() || strings.HasPrefix(r.Pattern, o.Base()+"/")
		if op == nil && inside && !o.passes(index, r.Method, r.Pattern, operations) {
			errs = append(errs, fmt.Errorf("route %s %s is not in the document: a guard around it refuses it with 404; name it in Public if nobody needs credentials for it", r.Method, r.Pattern))
		}
	}
	for i := range operations {
		if op := index.Lookup(operations[i].Method, o.Base()+operations[i].Path); !served[op] {
			errs = append(errs, fmt.Errorf("operation %s (%s) has no route", &operations[i], operations[i].ID))
		}
	}
	slices.SortFunc(errs, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(errs...)
}
