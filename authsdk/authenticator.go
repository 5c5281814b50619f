package authsdk

import (
	"context"
	"errors"
	"net/http"

	"github.com/authsdk/authsdk-go/authsdk/security"
)

// Authenticator verifies the token of a bearer scheme of an OpenAPI document
// against p, for [security.New]. Where p names no types, the token must be of
// the one that the scheme names with x-authsdk, an access token where it names
// none. The principal's Claims are a *Claims.
func (v *Verifier) Authenticator(p Policy) security.Authenticator {
	return func(ctx context.Context, c *security.Credential) (*security.Principal, error) {
		return v.principal(ctx, c, p, nil)
	}
}

// Authenticator verifies the token of an apiKey scheme in a cookie, as
// [Verifier.Authenticator] does. An unsafe request must also come from one's
// own pages and repeat the CSRF value of the token, whether or not the document
// has a scheme for that.
func (k *Cookies) Authenticator(v *Verifier, p Policy) security.Authenticator {
	return func(ctx context.Context, c *security.Credential) (*security.Principal, error) {
		return v.principal(ctx, c, p, func(claims *Claims) error { return k.confirm(c.Request, claims.Type, claims) })
	}
}

// CSRFAuthenticator compares the value of an apiKey scheme in a header with
// the one that is signed into the token of the same alternative. It
// identifies nobody.
func (k *Cookies) CSRFAuthenticator() security.Authenticator {
	return func(_ context.Context, c *security.Credential) (*security.Principal, error) {
		if c.Principal == nil {
			return nil, ErrCSRF
		}
		claims, ok := c.Principal.Claims.(*Claims)
		if !ok {
			return nil, ErrCSRF
		}
		return nil, claims.CheckCSRF(c.Value)
	}
}

var errCookieScheme = errors.New("authsdk: the scheme is a cookie, which browsers send with forged requests, too: use Cookies.Authenticator")

// principal verifies c's token.
func (v *Verifier) principal(
	ctx context.Context, c *security.Credential, p Policy, confirm func(*Claims) error,
) (*security.Principal, error) {
	if confirm == nil && c.Scheme.Kind == security.APIKeyCookie {
		return nil, errCookieScheme
	}
	if len(p.Types) == 0 && c.Scheme.TokenType != "" {
		p.Types = []TokenType{TokenType(c.Scheme.TokenType)}
	}
	found, err := v.verify(ctx, c.Value, p, confirm, true)
	if err != nil {
		return nil, err
	}
	found.location = placeOf(c.Scheme.Kind)
	return found.principal(v.meets), nil
}

// placeOf names where the credential of a scheme stands, as locations do.
func placeOf(k security.Kind) string {
	switch k { //nolint:exhaustive // the others are headers
	case security.APIKeyCookie:
		return "cookies"
	case security.APIKeyQuery:
		return "query_string"
	}
	return "headers"
}

// refusalOf turns what package security refused into the refusal of this one
// that says the same, so that both are rendered alike.
func refusalOf(d *security.Denied) *Error {
	e := Error{Code: d.Code}
	var (
		cause  *Error
		detail interface {
			ErrorCode() string
			ErrorDetail() string
		}
	)
	switch {
	case errors.As(d.Err, &cause) && cause.Code == d.Code:
		e = *cause
	case errors.As(d.Err, &detail) && detail.ErrorCode() == d.Code:
		e.Detail = detail.ErrorDetail()
	default:
		for _, known := range []*Error{
			ErrTokenMissing, ErrTokenInvalid, ErrInsufficientScope, ErrCredentialsMalformed, ErrStoreUnavailable, errNotFound,
		} {
			if known.Code == d.Code {
				e = *known
			}
		}
	}
	// What was decided there holds: a status that can be answered, and no
	// challenge where none fits.
	e.Status = d.Status
	if e.Challenges = d.Challenges; e.Challenges == nil && d.Status == http.StatusForbidden {
		e.Challenges = []string{}
	}
	if d.RetryAfter > 0 && e.RetryAfter == 0 {
		e.RetryAfter = d.RetryAfter
	}
	return &e
}
