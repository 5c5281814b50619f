package authsdk

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/authsdk/authsdk-go/authsdk/security"
)

// Location is a place in a request where a token may stand.
type Location struct {
	// Name tells people the place: "header", "cookie".
	Name string
	// Find returns the token of type t, or "" if the request carries none
	// here, with an error that wraps ErrTokenMissing if it can say why. Any
	// other error ends the search: the request carries credentials, but not in
	// a way that may be guessed at. Find leaves the body as it was.
	Find func(r *http.Request, t TokenType) (string, error)
	// Confirm, if set, is asked whether the verified token, which Find returned
	// for the type t, may be used by
	// this request; cookies check for forged requests here.
	Confirm func(r *http.Request, t TokenType, c *Claims) error

	// mistake is what is wrong with the settings that it was made of.
	mistake error
}

// checkLocations reports the mistakes of all locations.
func checkLocations(locations []Location) error {
	var errs []error
	for _, l := range locations {
		switch {
		case l.mistake != nil:
			errs = append(errs, fmt.Errorf("Locations: %w", l.mistake))
		case l.Find == nil:
			errs = append(errs, errors.New("Locations has a member without Find: see Bearer and Cookies.Location"))
		case l.Name == "":
			errs = append(errs, errors.New("Locations has a member without Name: it tells people where a token was looked for"))
		}
	}
	return errors.Join(errs...)
}

// Authenticate finds the token of a request and verifies it against p. The
// first location that holds a token decides; a bad token there is final. Where
// p accepts several types and the location holds a token of each, the first
// good one is taken.
//
// It returns nil and no error for a request without credentials if p is
// optional. Errors wrap the package's sentinels, as those of [Verifier.Verify] do.
func (v *Verifier) Authenticate(r *http.Request, p Policy) (*Claims, error) {
	found, err := v.authenticate(r, p)
	return found.claims, err
}

// caller is who a request comes from, by a token that is good.
type caller struct {
	claims   *Claims
	user     loader
	location string
	visit    *security.Visit // room for the principal, or nil
}

func (v *Verifier) authenticate(r *http.Request, p Policy) (caller, error) {
	locations := p.Locations
	if len(locations) == 0 {
		locations = v.cfg.Locations
	}
	var (
		reasons []string
		few     [2]placed // there is one as a rule
	)
	for _, l := range locations {
		tokens, reason, err := l.tokens(r, p.carriers(), few[:0])
		if err != nil {
			return caller{}, err
		}
		if len(tokens) > 0 {
			return v.firstGood(r, l, tokens, p)
		}
		reasons = append(reasons, reason)
	}
	if p.Optional {
		return caller{}, nil
	}
	return caller{}, missing(locations, reasons)
}

// missing tells where a token was looked for, and what there was instead.
func missing(locations []Location, reasons []string) error {
	if len(locations) == 1 {
		return ErrTokenMissing.because(reasons[0])
	}
	names := make([]string, len(locations))
	for i, l := range locations {
		names[i] = l.Name
	}
	last := len(names) - 1
	return ErrTokenMissing.because("Missing JWT in " + strings.Join(names[:last], ", ") + " or " + names[last] +
		" (" + strings.Join(reasons, "; ") + ")")
}

// placed is a token, and the type that it was found in the place of.
type placed struct {
	raw string
	t   TokenType
}

// tokens adds the different tokens that stand at l, or returns why there is none.
func (l Location) tokens(r *http.Request, types []TokenType, tokens []placed) (_ []placed, reason string, err error) {
	for _, t := range types {
		token, err := l.Find(r, t)
		if errors.Is(err, ErrTokenMissing) {
			reason = cmp.Or(reason, ErrorOf(err).Reason)
			continue
		}
		if err != nil {
			if len(tokens) > 0 { // a token of an earlier type decides
				break
			}
			return nil, "", err
		}
		if token != "" && !slices.ContainsFunc(tokens, func(p placed) bool { return p.raw == token }) {
			tokens = append(tokens, placed{token, t})
		}
	}
	if len(tokens) > 0 {
		return tokens, "", nil
	}
	return nil, cmp.Or(reason, "no token in "+l.Name), nil
}

// firstGood verifies tokens in their order. If none is good the first error
// stands, unless a later one says that nothing can be known.
func (v *Verifier) firstGood(r *http.Request, l Location, tokens []placed, p Policy) (caller, error) {
	var first error
	for _, token := range tokens {
		var confirm func(*Claims) error
		if l.Confirm != nil {
			confirm = func(c *Claims) error { return l.Confirm(r, token.t, c) }
		}
		found, err := v.verify(r.Context(), token.raw, p, confirm, true)
		if err == nil {
			found.location = l.Name
			return found, nil
		}
		if first == nil || ErrorOf(err).Status >= http.StatusInternalServerError {
			first = err
		}
	}
	return caller{}, first
}
