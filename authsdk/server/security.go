package server

import (
	"context"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/security"
	"github.com/authsdk/authsdk-go/gen/api"
)

// A Server authenticates the security schemes of its own document too, for
// programs whose guard knows the endpoints because they merged the tables of
// two documents:
//
//	table, err := security.Merge(myTable, api.SecurityTable())
//
// The cookies of the document have the default names; a Server whose cookies
// have others is mounted outside such a guard.
var _ api.SecurityHandler = (*Server)(nil)

// policy leaves the question of revocation open where the operation answers it:
// a refresh decides by the rotation, and logging out may be repeated.
func policy(c *security.Credential) authsdk.Policy {
	return authsdk.Policy{SkipRevocation: c.Operation.ID == api.OpRefresh || c.Operation.ID == api.OpLogout}
}

// AccessToken authenticates an access token in the Authorization header.
func (s *Server) AccessToken(ctx context.Context, c *security.Credential) (*security.Principal, error) {
	return s.cfg.Verifier.Authenticator(policy(c))(ctx, c)
}

// RefreshToken authenticates a refresh token in the Authorization header.
func (s *Server) RefreshToken(ctx context.Context, c *security.Credential) (*security.Principal, error) {
	return s.cfg.Verifier.Authenticator(policy(c))(ctx, c)
}

// AccessCookie authenticates an access token in its cookie.
func (s *Server) AccessCookie(ctx context.Context, c *security.Credential) (*security.Principal, error) {
	if s.cfg.Cookies == nil {
		return nil, authsdk.ErrTokenInvalid
	}
	return s.cfg.Cookies.Authenticator(s.cfg.Verifier, policy(c))(ctx, c)
}

// RefreshCookie authenticates a refresh token in its cookie.
func (s *Server) RefreshCookie(ctx context.Context, c *security.Credential) (*security.Principal, error) {
	return s.AccessCookie(ctx, c)
}

// CSRFToken compares a CSRF value with that of the token beside it.
func (s *Server) CSRFToken(ctx context.Context, c *security.Credential) (*security.Principal, error) {
	if s.cfg.Cookies == nil {
		return nil, authsdk.ErrCSRF
	}
	return s.cfg.Cookies.CSRFAuthenticator()(ctx, c)
}
