package security

import "context"

// Principal is who a request was found to come from.
type Principal struct {
	// Subject identifies the caller; it is never empty for tokens and keys that
	// this SDK has checked by its own rules.
	Subject string
	// Scopes are the scopes the credential carries.
	Scopes []string
	// Location names where the credential stood: "headers", "cookies",
	// "query_string", "json", or the Name of a location of one's own.
	Location string
	// Claims holds what the authenticator knows besides: for tokens of this
	// SDK a *authsdk.Claims.
	Claims any
	// Meets, if set, reports whether the credential meets what an operation
	// demands besides its schemes. Its error is treated like that of an
	// [Authenticator]. Without it the credential meets no [Demands]; guards
	// that know no document leave it out.
	Meets func(Demands) error
	// User, if set, returns the user object of the application.
	User func(context.Context) (any, error)

	visit *Visit // whose principal it is, if it is of one
}

// ContextKey is where a context keeps the principal. It is a string because a
// router may have contexts of its own, which know no other keys: an adapter for
// such a router sets the *Principal there too.
const ContextKey = "github.com/authsdk/authsdk-go/authsdk/security.Principal"

// WithPrincipal returns a context that carries p to the handlers behind a guard.
func WithPrincipal(ctx context.Context, p *Principal) context.Context {
	if p != nil && p.visit != nil {
		if carrier := p.visit.carry(ctx, p); carrier != nil {
			return carrier
		}
	}
	return context.WithValue(ctx, ContextKey, p) //nolint:staticcheck,revive // a string on purpose
}

// PrincipalFrom returns the principal that a guard has put into ctx. It
// reports false where no guard ran, and where an optional guard let a request
// without credentials pass.
func PrincipalFrom(ctx context.Context) (*Principal, bool) {
	p, ok := ctx.Value(ContextKey).(*Principal)
	return p, ok && p != nil
}
