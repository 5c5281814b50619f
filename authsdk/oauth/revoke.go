package oauth

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/authsdk/authsdk-go/authsdk"
)

// Revoke revokes a token of the client that asks. A refresh token, and an access
// token that belongs to a session, end the session with all its tokens; another
// access token goes by Config.RevokeToken. It returns nil for a token that is
// good for nothing anyhow (RFC 7009 section 2.2), and ErrInvalidGrant for that
// of another client, which stays good. What it returned nil for is revoked
// durably.
func (s *Service) Revoke(ctx context.Context, by Credentials, token string) error {
	c, err := s.caller(ctx, by)
	if err != nil {
		return err
	}
	if token == "" {
		return invalid("The parameter token is missing.")
	}
	// Whether it was revoked before makes no difference, and a hint neither: the
	// token says itself of which type it is.
	types := []authsdk.TokenType{authsdk.Access, authsdk.Refresh}
	claims, err := s.cfg.Verifier.Verify(ctx, token, authsdk.Policy{Types: types, SkipRevocation: true})
	switch {
	case err != nil && unknown(err):
		return err
	case err != nil:
		return nil //nolint:nilerr // what is not good needs no revoking
	case !c.issuedTo(claims, s.cfg.Sessions.ClientID()):
		return fmt.Errorf("%w: issued to the client %q, revoked by %q", ErrInvalidGrant, claims.ClientID, c.ID)
	case s.cfg.Sessions.Own(claims) != nil:
		return fmt.Errorf("%w: it is of another issuer", ErrInvalidGrant)
	case claims.SessionID != "":
		return s.cfg.Sessions.Logout(ctx, claims)
	case s.cfg.RevokeToken == nil:
		return fmt.Errorf("%w: it belongs to no session", ErrUnsupportedTokenType)
	}
	// Once is enough: who has one such token would fill the list with it.
	if _, err := s.cfg.Verifier.Verify(ctx, token, authsdk.Policy{Types: types}); errors.Is(err, authsdk.ErrTokenRevoked) {
		return nil
	}
	if err := s.cfg.RevokeToken(ctx, claims); err != nil {
		return authsdk.Unknown("revoke token", err)
	}
	return nil
}

// Introspect returns the claims of an access token that is good now, or nil for
// anything else. The client that asks must have been registered for
// GrantIntrospection; others get ErrUnauthorizedClient with status 403.
func (s *Service) Introspect(ctx context.Context, by Credentials, token string) (*authsdk.Claims, error) {
	c, err := s.caller(ctx, by)
	if err != nil {
		return nil, err
	}
	if c.own {
		return nil, fmt.Errorf("%w: introspection needs a client with a secret", ErrInvalidClient)
	}
	if !c.may(GrantIntrospection) {
		refusal := *ErrUnauthorizedClient
		refusal.Status = http.StatusForbidden
		return nil, fmt.Errorf("%w: the client %q may not introspect", &refusal, c.ID)
	}
	if token == "" {
		return nil, invalid("The parameter token is missing.")
	}
	claims, err := s.cfg.Verifier.Verify(ctx, token, authsdk.Policy{})
	switch {
	case err != nil && unknown(err):
		return nil, err
	case err == nil && s.cfg.Sessions.Own(claims) != nil:
		claims = nil // another issuer answers for its tokens
	}
	return claims, nil // why a token is not good is nobody's business here
}

// unknown reports whether an error is no answer.
func unknown(err error) bool { return authsdk.ErrorOf(err).Status >= http.StatusInternalServerError }
