package authsdk

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Policy says what a route or a caller of [Verifier.Verify] demands of a token.
// The zero value demands an access token, from the verifier's locations, that
// is not revoked.
type Policy struct {
	// Optional lets requests without any token pass, without a principal. A
	// token that is there must be good all the same.
	Optional bool
	// Fresh demands a token that a login gave, not a refresh.
	Fresh bool
	// FreshWithin demands that the person proved who they are (auth_time) not
	// longer ago than this. Zero demands nothing.
	FreshWithin time.Duration
	// Types are the accepted token types; empty means Access alone.
	Types []TokenType
	// Scopes and Roles must all be in the token.
	Scopes, Roles []string
	// Locations replaces the locations of the verifier.
	Locations []Location
	// SkipRevocation leaves out the question whether the token was revoked.
	SkipRevocation bool
	// InsecureExpired accepts tokens that have ended but are good otherwise:
	// to log out, or to tell whose a token was, and for nothing that it opened.
	InsecureExpired bool
}

// types returns the accepted types.
func (p *Policy) types() []TokenType {
	if len(p.Types) == 0 {
		return []TokenType{Access}
	}
	return p.Types
}

// carriers returns the types whose places are searched for a token. A policy
// for every type looks where access tokens stand and where refresh tokens do.
func (p *Policy) carriers() []TokenType {
	types := p.types()
	if slices.Contains(types, AnyType) {
		return []TokenType{Access, Refresh}
	}
	return types
}

// Validate reports all mistakes of p together. Guards call it when they are
// made, so that no request is the first to find out.
func (p *Policy) Validate() error {
	errs := []error{checkLocations(p.Locations)}
	if p.FreshWithin < 0 {
		errs = append(errs, fmt.Errorf("FreshWithin is %s: it must not be negative", p.FreshWithin))
	}
	for _, t := range p.Types {
		if t != AnyType && !isTokenType(string(t)) {
			errs = append(errs, fmt.Errorf("Types: %q must match %s", t, tokenTypePattern))
		}
	}
	if checkScopes(p.Scopes) != nil {
		errs = append(errs, errors.New("Scopes must be scopes of RFC 6749 section 3.3: printable ASCII without spaces, quotes and backslashes"))
	}
	for _, r := range p.Roles {
		if checkText(r) != nil {
			errs = append(errs, errors.New("Roles must have 1 to 255 bytes each and no control characters"))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("authsdk: Policy: %w", err)
	}
	return nil
}

// checkType is the step "type".
func (p *Policy) checkType(c *Claims) error {
	types := p.types()
	if slices.Contains(types, c.Type) || slices.Contains(types, AnyType) {
		return nil
	}
	return fmt.Errorf("%w: it is of type %s", ErrTokenWrongType, c.Type)
}

// checkFresh is the step "freshness".
func (p *Policy) checkFresh(c *Claims, now time.Time) error {
	if p.Fresh && !c.IsFresh(now) {
		return ErrFreshTokenRequired
	}
	if p.FreshWithin != 0 && (c.AuthTime.IsZero() || now.Sub(c.AuthTime) > p.FreshWithin) {
		return ErrFreshTokenRequired
	}
	return nil
}

// checkGrants is the step "scopes and roles".
func (p *Policy) checkGrants(c *Claims) error {
	for _, s := range p.Scopes {
		if !slices.Contains(c.Scopes, s) {
			refusal := *ErrInsufficientScope
			refusal.Scope = strings.Join(p.Scopes, " ")
			return &refusal
		}
	}
	for _, r := range p.Roles {
		if !slices.Contains(c.Roles, r) {
			return fmt.Errorf("%w: a role is missing", ErrInsufficientScope)
		}
	}
	return nil
}
