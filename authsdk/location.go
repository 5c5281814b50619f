package authsdk

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Location is a place in a request where a token may stand.
type Location struct {
	// Name tells people the place: "header", "cookie".
	Name string
	// Find returns the token of type t, or "" if the request carries none
	// here. An error ends the search: the request carries credentials, but not
	// in a way that may be guessed at. Find must not read the body.
	Find func(r *http.Request, t TokenType) (string, error)
	// Confirm, if set, is asked whether the verified token may be used by
	// this request; cookies check for forged requests here.
	Confirm func(r *http.Request, c *Claims) error
}

// Bearer is the Authorization header with the scheme Bearer, RFC 6750 section
// 2.1. The scheme is compared without regard to case (RFC 9110 section 11.1).
// Another scheme counts as no token; two headers, or anything but one word
// after the scheme, is an error.
func Bearer() Location {
	return Location{Name: "header", Find: func(r *http.Request, _ TokenType) (string, error) {
		values := r.Header.Values("Authorization")
		if len(values) == 0 {
			return "", nil
		}
		if len(values) > 1 {
			return "", fmt.Errorf("%w: %d Authorization headers", ErrCredentialsMalformed, len(values))
		}
		scheme, token, _ := strings.Cut(values[0], " ")
		if !strings.EqualFold(scheme, "Bearer") {
			return "", nil
		}
		token = strings.Trim(token, " ")
		if token == "" || strings.ContainsAny(token, " \t,") {
			return "", fmt.Errorf("%w: not one token after Bearer", ErrCredentialsMalformed)
		}
		return token, nil
	}}
}

func checkLocations(locations []Location) error {
	for _, l := range locations {
		if l.Find == nil {
			return errors.New("Locations has a member without Find: see Bearer and Cookies.Location")
		}
	}
	return nil
}

// Authenticate finds the token of a request and verifies it against p. The
// first location that holds a token decides; a bad token there is final. Where
// p accepts several types and the location holds a token of each, the first
// good one is taken.
//
// It returns nil and no error for a request without credentials if p is
// optional. Errors wrap the package's sentinels, as those of [Verifier.Verify] do.
func (v *Verifier) Authenticate(r *http.Request, p Policy) (*Claims, error) {
	locations := p.Locations
	if len(locations) == 0 {
		locations = v.cfg.Locations
	}
	for _, l := range locations {
		tokens, err := l.tokens(r, p.types())
		if err != nil {
			return nil, err
		}
		if len(tokens) > 0 {
			return v.firstGood(r, l, tokens, p)
		}
	}
	if p.Optional {
		return nil, nil //nolint:nilnil // the documented answer for "nobody, and that is fine"
	}
	return nil, ErrTokenMissing
}

// tokens returns the different tokens that stand at l.
func (l Location) tokens(r *http.Request, types []TokenType) ([]string, error) {
	var tokens []string
	for _, t := range types {
		token, err := l.Find(r, t)
		if err != nil {
			return nil, err
		}
		if token != "" && !slices.Contains(tokens, token) {
			tokens = append(tokens, token)
		}
	}
	return tokens, nil
}

// firstGood verifies tokens in their order. If none is good the first error
// stands, unless a later one says that nothing can be known.
func (v *Verifier) firstGood(r *http.Request, l Location, tokens []string, p Policy) (*Claims, error) {
	var confirm func(*Claims) error
	if l.Confirm != nil {
		confirm = func(c *Claims) error { return l.Confirm(r, c) }
	}
	var first error
	for _, token := range tokens {
		c, err := v.verify(r.Context(), token, p, confirm)
		if err == nil {
			return c, nil
		}
		if first == nil || ErrorOf(err).Status >= http.StatusInternalServerError {
			first = err
		}
	}
	return nil, first
}
