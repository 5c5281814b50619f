package authsdk

import (
	"bytes"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// TokenType says what a token is for. It stands twice in every token, as the
// claim "type" and as the header "typ" (at+jwt, rt+jwt or TYPE+jwt), and both
// are enforced, so that a token never passes for one of another type
// (RFC 8725 section 3.11, RFC 9068 section 2.1).
type TokenType string

// The types of this package. An application may use its own, such as
// "password-reset": letters, digits and hyphens.
const (
	// Access tokens open routes.
	Access TokenType = "access"
	// Refresh tokens are exchanged for new tokens, and open nothing else.
	Refresh TokenType = "refresh"
	// AnyType, in a [Policy], accepts every type. No token is of it.
	AnyType TokenType = "*"
)

// header returns the "typ" of the JOSE header.
func (t TokenType) header() string {
	switch t { //nolint:exhaustive // AnyType is of no token
	case Access:
		return "at+jwt"
	case Refresh:
		return "rt+jwt"
	}
	return string(t) + "+jwt"
}

// Claims are what a token says. They are what [Issuer.Issue] takes and what
// [Verifier.Verify] returns. Times have a resolution of one second. Verified
// claims may be shared between goroutines and requests, and are read-only.
type Claims struct {
	// Type is the claim "type"; empty stands for [Access] when issuing.
	Type TokenType
	// ID is the jti: unique, and what single tokens are revoked by.
	ID string
	// Subject is the sub: 1 to 255 bytes without control characters.
	Subject string
	// Issuer and Audience are the iss and aud. The issuer's configuration sets them.
	Issuer   string
	Audience []string
	// IssuedAt, NotBefore and Expires are the iat, nbf and exp.
	IssuedAt, NotBefore, Expires time.Time
	// AuthTime is when the person last proved who they are (auth_time), zero
	// if the token does not say.
	AuthTime time.Time
	// Fresh is set in the token that a login gives and not in the one that a
	// refresh gives.
	Fresh bool
	// FreshUntil, if set, limits freshness in time: the claim "fresh" is then
	// this moment, and Fresh says nothing.
	FreshUntil time.Time
	// Scopes is the scope (RFC 6749 section 3.3), Roles the roles.
	Scopes, Roles []string
	// SessionID is the sid: the login that the token descends from.
	SessionID string
	// ClientID is the client_id: the OAuth client that the token was issued to
	// (RFC 9068 section 2.2), 1 to 255 bytes without control characters.
	ClientID string
	// Generation is the gen of a refresh token: how many times its session
	// was refreshed before it.
	Generation int64
	// CSRF is the value that a request must repeat when the token travels in
	// a cookie.
	CSRF string
	// KeyID is the kid of the key that signed. Issuing sets it.
	KeyID string
	// Raw is the JSON object of all claims, and Header the JOSE header, as they
	// were signed. Only verified claims have them; [Custom] decodes Raw.
	Raw, Header json.RawMessage
}

// Clone returns a copy that shares nothing with c. Claims of a request keep
// what the request holds: those that are to outlive it are cloned.
func (c *Claims) Clone() *Claims {
	out := *c
	out.Audience, out.Scopes, out.Roles = cloneTexts(c.Audience), cloneTexts(c.Scopes), cloneTexts(c.Roles)
	out.Raw, out.Header = slices.Clone(c.Raw), slices.Clone(c.Header)
	for _, s := range []*string{
		(*string)(&out.Type), &out.ID, &out.Subject, &out.Issuer, &out.SessionID, &out.ClientID, &out.CSRF, &out.KeyID,
	} {
		*s = strings.Clone(*s)
	}
	return &out
}

func cloneTexts(texts []string) []string {
	out := slices.Clone(texts)
	for i := range out {
		out[i] = strings.Clone(out[i])
	}
	return out
}

// IsFresh reports whether the claims are fresh at now.
func (c *Claims) IsFresh(now time.Time) bool {
	if !c.FreshUntil.IsZero() {
		return !now.After(c.FreshUntil)
	}
	return c.Fresh
}

// CheckCSRF returns ErrCSRF unless value is the CSRF value of the token: for
// pages that send it in a way of their own. The comparison takes the same time
// wherever the two differ.
func (c *Claims) CheckCSRF(value string) error {
	if c.CSRF == "" || subtle.ConstantTimeCompare([]byte(value), []byte(c.CSRF)) != 1 {
		return ErrCSRF.because("CSRF double submit tokens do not match")
	}
	return nil
}

// Custom decodes the claims of a verified token into a type of the
// application, by the rules of encoding/json. Claims that T does not name are
// left out. The error wraps [ErrTokenInvalid].
func Custom[T any](c *Claims) (T, error) {
	var out T
	if err := json.Unmarshal(c.Raw, &out); err != nil {
		return out, fmt.Errorf("%w: custom claims: %w", ErrTokenInvalid, err)
	}
	return out, nil
}

// Extra returns the claims of a verified token that this package gives no
// meaning to. The map is never nil and belongs to the caller.
func (c *Claims) Extra() map[string]any {
	extra := make(map[string]any)
	dec := json.NewDecoder(bytes.NewReader(c.Raw))
	dec.UseNumber()        // no digit gets lost
	_ = dec.Decode(&extra) // Raw was an object when it was verified
	for name := range extra {
		if isRegistered(name) {
			delete(extra, name)
		}
	}
	return extra
}
