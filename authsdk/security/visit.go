package security

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"
)

// Visit is room for a principal, for the context that carries it, and for the
// request with that context: what a request needs, in one piece of memory. It is for authenticators that make a
// principal for each request, and may be a part of something larger. The zero
// value is ready; it is used once and must not be copied.
type Visit struct {
	principal Principal
	carrier   carrier
}

// Principal makes v hold p, and returns the principal that [WithPrincipal] then
// puts into a context without further memory. It is called once.
func (v *Visit) Principal(p Principal) *Principal {
	v.principal = p
	v.principal.visit = v
	return &v.principal
}

// carry returns a context that carries p, or nil if p is a copy, or in a
// context already.
func (v *Visit) carry(ctx context.Context, p *Principal) context.Context {
	if p != &v.principal || v.carrier.taken.Swap(true) {
		return nil
	}
	v.carrier.Context, v.carrier.principal = ctx, p //nolint:fatcontext // it is filled once
	return &v.carrier
}

// carrier is a context with a principal.
type carrier struct {
	context.Context //nolint:containedctx // it is one

	principal *Principal
	taken     atomic.Bool
	request   http.Request // see Admit
}

// Value returns the principal for ContextKey.
func (c *carrier) Value(key any) any {
	if key == ContextKey {
		return c.principal
	}
	return c.Context.Value(key)
}

// String leaves out what the context holds, as the contexts of package context
// do: the request has the credential.
func (c *carrier) String() string {
	if around, ok := c.Context.(fmt.Stringer); ok {
		return around.String() + ".WithPrincipal"
	}
	return "security.WithPrincipal"
}

// GoString keeps %#v from printing the request.
func (c *carrier) GoString() string { return c.String() }

// Admit returns r with a context that carries p to the handlers behind a guard,
// see [WithPrincipal].
func Admit(r *http.Request, p *Principal) *http.Request {
	ctx := WithPrincipal(r.Context(), p)
	c, ok := ctx.(*carrier)
	if !ok {
		return r.WithContext(ctx)
	}
	c.request = *r.WithContext(ctx) // the compiler makes no other copy of this one
	return &c.request
}
