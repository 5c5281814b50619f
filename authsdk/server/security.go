package server

import (
	"context"
	"fmt"
	"slices"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/oauth"
	"github.com/authsdk/authsdk-go/authsdk/security"
	"github.com/authsdk/authsdk-go/gen/api"
)

var _ api.SecurityHandler = (*Server)(nil)

// Validator returns a validator of the endpoints, for programs whose guard is
// to know them beside their own operations:
//
//	v, err := security.Join(mine, endpoints)
//
// The endpoints do not need it: they check their own credentials.
func (s *Server) Validator() (*security.Validator, error) {
	return security.New(s.SecurityTable(), api.SecurityAuthenticators(s))
}

// SecurityTable returns the security of the endpoints with the names that the
// cookies are configured to have, and without cookies if there are none. The
// cookies' own authenticators look for the CSRF value wherever the
// configuration has it, so that the table does not ask for a header. The OAuth
// endpoints are public in it: they check their clients themselves.
func (s *Server) SecurityTable() *security.Table {
	table := api.SecurityTable()
	for i := range table.Operations {
		switch op := &table.Operations[i]; op.ID {
		case api.OpToken, api.OpRevoke, api.OpIntrospect:
			op.Security = nil // a guard would refuse clients in words that they do not read
		}
	}
	if s.cfg.Cookies == nil {
		for i := range table.Operations {
			withoutCookies(table, &table.Operations[i])
		}
		return table
	}
	for i := range table.Operations {
		withoutProofs(table, &table.Operations[i])
	}
	access, refresh := s.cfg.Cookies.Names()
	for i := range table.Schemes {
		switch scheme := &table.Schemes[i]; {
		case scheme.Kind == security.APIKeyCookie && scheme.TokenType == "":
			scheme.Param = access
		case scheme.Kind == security.APIKeyCookie:
			scheme.Param = refresh
		}
	}
	return table
}

// withoutCookies drops the alternatives of op that need a cookie. Every
// operation has others; one that had none would keep its own.
func withoutCookies(table *security.Table, op *security.Operation) {
	var rest []security.Alternative
	for _, alt := range op.Security {
		if !slices.ContainsFunc(alt, func(r security.Requirement) bool { return table.Schemes[r.Scheme].Kind == security.APIKeyCookie }) {
			rest = append(rest, alt)
		}
	}
	if len(rest) > 0 {
		op.Security = rest
	}
}

// withoutProofs drops the proofs from the alternatives of op.
func withoutProofs(table *security.Table, op *security.Operation) {
	for i, alt := range op.Security {
		op.Security[i] = slices.DeleteFunc(slices.Clone(alt), func(r security.Requirement) bool { return table.Schemes[r.Scheme].Proof })
	}
}

// policy leaves the question of revocation open where the operation answers it:
// a refresh decides by the rotation, and logging out may be repeated.
func policy(c *security.Credential) authsdk.Policy {
	return authsdk.Policy{SkipRevocation: c.Operation.ID == api.OpRefresh || c.Operation.ID == api.OpLogout}
}

// ClientBasic authenticates an OAuth client by its secret. A public client, which
// has none, proves nothing by its name.
func (s *Server) ClientBasic(ctx context.Context, c *security.Credential) (*security.Principal, error) {
	if s.cfg.OAuth == nil {
		return nil, authsdk.ErrTokenInvalid
	}
	id, secret, err := basic(c.Request)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", oauth.ErrInvalidClient, err)
	}
	client, err := s.cfg.OAuth.Authenticate(ctx, oauth.Credentials{ID: id, Secret: secret, Address: s.cfg.ClientAddress(c.Request)})
	if err != nil {
		return nil, err
	}
	if client.Public() {
		return nil, fmt.Errorf("%w: the client %q is public", oauth.ErrInvalidClient, client.ID)
	}
	return &security.Principal{Subject: client.ID}, nil
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
