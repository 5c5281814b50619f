package authsdk

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"github.com/authsdk/authsdk-go/authsdk/security"
	"github.com/authsdk/authsdk-go/internal/conf"
)

// loader returns the user of a token.
type loader func(context.Context) (any, error)

// user is the step "user": it loads the user of c, now or when somebody asks.
// It returns nil if users are not loaded.
func (v *Verifier) user(ctx context.Context, c *Claims) (loader, error) {
	if v.cfg.User == nil {
		return nil, nil //nolint:nilnil // no users, no mistake
	}
	if v.cfg.LazyUser {
		return v.lazyUser(c), nil
	}
	user, err := v.load(ctx, c)
	if err != nil {
		return nil, err
	}
	return func(context.Context) (any, error) { return user, nil }, nil
}

// lazyUser loads the user at the first call, once for all that follow.
func (v *Verifier) lazyUser(c *Claims) loader {
	var (
		mu   sync.Mutex // guards user
		user any
	)
	return func(ctx context.Context) (any, error) {
		mu.Lock()
		defer mu.Unlock()
		if user != nil {
			return user, nil
		}
		loaded, err := v.load(ctx, c) // an error is not kept: the next call may know
		user = loaded
		return loaded, err
	}
}

func (v *Verifier) load(ctx context.Context, c *Claims) (any, error) {
	user, err := v.cfg.User(ctx, c)
	if err != nil {
		return nil, Unknown("user", err)
	}
	if conf.IsNil(user) {
		return nil, ErrUserNotFound
	}
	return user, nil
}

// ClaimsFrom returns the claims of the token that the request of ctx was let in
// with, and false where no guard has found a caller, or one without a token.
func ClaimsFrom(ctx context.Context) (*Claims, bool) {
	p, ok := security.PrincipalFrom(ctx)
	if !ok {
		return nil, false
	}
	c, ok := p.Claims.(*Claims)
	return c, ok
}

// User returns the user of the request that ctx belongs to, as
// [VerifierConfig].User has loaded it. It returns ErrTokenMissing where no
// guard has found a caller, ErrUserNotFound or another error of the loading,
// and an error that tells programmers that users are not loaded, or are of
// another type.
func User[T any](ctx context.Context) (T, error) {
	var none T
	p, ok := security.PrincipalFrom(ctx)
	if !ok {
		return none, ErrTokenMissing
	}
	if p.User == nil {
		return none, errors.New("authsdk: users are not loaded: set User in the VerifierConfig")
	}
	user, err := p.User(ctx)
	if err != nil {
		return none, err
	}
	typed, ok := user.(T)
	if !ok {
		return none, fmt.Errorf("authsdk: the user is a %T, not a %T", user, none)
	}
	return typed, nil
}

// Principal is [Verifier.Authenticate] for guards: it returns who the request
// comes from, with what [User] needs. It returns nil and no error for requests
// with the method OPTIONS if that is exempt, and for those without credentials
// if p is optional.
func (v *Verifier) Principal(r *http.Request, p Policy) (*security.Principal, error) {
	return v.admit(r, p, v.meets)
}

// Admit is [Verifier.Principal] for guards that judge by a policy alone: it
// returns r with the principal in its context, or r itself where there is
// none. The principal is not made to be asked about an operation's demands.
func (v *Verifier) Admit(r *http.Request, p Policy) (*http.Request, error) {
	principal, err := v.admit(r, p, nil)
	if principal == nil {
		return r, err
	}
	return security.Admit(r, principal), nil
}

// demands makes what a principal with these claims answers when an operation
// demands more.
type demands func(*Claims) func(security.Demands) error

func (v *Verifier) admit(r *http.Request, p Policy, d demands) (*security.Principal, error) {
	if v.cfg.ExemptOptions && r.Method == http.MethodOptions {
		return nil, nil //nolint:nilnil // documented: nobody, and that is fine
	}
	found, err := v.authenticate(r, p)
	if found.claims == nil {
		return nil, err
	}
	return found.principal(d), nil
}

func (v *Verifier) meets(c *Claims) func(security.Demands) error {
	return func(d security.Demands) error {
		p := Policy{Fresh: d.Fresh, FreshWithin: d.FreshWithin, Roles: d.Roles}
		if err := p.checkFresh(c, v.cfg.Now()); err != nil {
			return err
		}
		return p.checkGrants(c)
	}
}

// principal makes the principal of a verified token. Without d it meets no demands.
func (found *caller) principal(d demands) *security.Principal {
	c := found.claims
	p := security.Principal{Subject: c.Subject, Scopes: c.Scopes, Location: found.location, Claims: c, User: found.user}
	if d != nil {
		p.Meets = d(c)
	}
	if found.visit == nil {
		found.visit = new(security.Visit)
	}
	return found.visit.Principal(p)
}
