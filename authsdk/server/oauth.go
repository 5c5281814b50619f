package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/oauth"
	"github.com/authsdk/authsdk-go/gen/api"
	"github.com/authsdk/authsdk-go/internal/wire"
)

// errNotServed is the answer of the OAuth endpoints where there are no clients.
var errNotServed = &authsdk.Error{Code: "not_found", Status: http.StatusNotFound, Detail: "There is nothing here."}

// Token implements POST /auth/token.
func (s *Server) Token(ctx context.Context, req api.TokenRequestObject) (api.TokenResponseObject, error) {
	if s.cfg.OAuth == nil {
		return nil, errNotServed
	}
	f := req.Body
	by, err := s.credentials(ctx, f.ClientID, f.ClientSecret)
	if err != nil {
		return nil, wire.OAuthError(err)
	}
	tokens, err := s.cfg.OAuth.Token(ctx, oauth.TokenRequest{
		Client: by, GrantType: f.GrantType, RefreshToken: f.RefreshToken,
		Username: f.Username, Password: f.Password, Scope: f.Scope, Label: label(by, wire.Request(ctx)),
	})
	if err != nil {
		return nil, wire.OAuthError(err)
	}
	return api.Token200JSONResponse{
		Body: api.OAuthTokens{
			AccessToken: tokens.AccessToken, TokenType: api.TokenTypeBearer, ExpiresIn: seconds(tokens.ExpiresIn),
			RefreshToken: tokens.RefreshToken, Scope: strings.Join(tokens.Scopes, " "),
		},
		Headers: api.Token200ResponseHeaders{CacheControl: "no-store"},
	}, nil
}

// label is what a session that a client begins is called.
func label(by oauth.Credentials, r *http.Request) string {
	if by.ID != "" {
		return by.ID
	}
	return r.UserAgent()
}

// Revoke implements POST /auth/revoke.
func (s *Server) Revoke(ctx context.Context, req api.RevokeRequestObject) (api.RevokeResponseObject, error) {
	if s.cfg.OAuth == nil {
		return nil, errNotServed
	}
	by, err := s.credentials(ctx, req.Body.ClientID, req.Body.ClientSecret)
	if err == nil {
		err = s.cfg.OAuth.Revoke(ctx, by, req.Body.Token)
	}
	if err != nil {
		return nil, wire.OAuthError(err)
	}
	return api.Revoke200Response{}, nil
}

// Introspect implements POST /auth/introspect.
func (s *Server) Introspect(ctx context.Context, req api.IntrospectRequestObject) (api.IntrospectResponseObject, error) {
	if s.cfg.OAuth == nil {
		return nil, errNotServed
	}
	by, err := s.credentials(ctx, req.Body.ClientID, req.Body.ClientSecret)
	if err != nil {
		return nil, wire.OAuthError(err)
	}
	claims, err := s.cfg.OAuth.Introspect(ctx, by, req.Body.Token)
	if err != nil {
		return nil, wire.OAuthError(err)
	}
	return api.Introspect200JSONResponse{
		Body: introspection(claims), Headers: api.Introspect200ResponseHeaders{CacheControl: "no-store"},
	}, nil
}

func introspection(c *authsdk.Claims) api.Introspection {
	if c == nil {
		return api.Introspection{}
	}
	i := api.Introspection{
		Active: true, Scope: strings.Join(c.Scopes, " "), ClientID: c.ClientID, TokenType: api.TokenTypeBearer,
		Sub: c.Subject, Aud: c.Audience, Iss: c.Issuer, Jti: c.ID, Iat: c.IssuedAt.Unix(),
	}
	if !c.NotBefore.IsZero() {
		i.Nbf = c.NotBefore.Unix()
	}
	if !c.Expires.IsZero() {
		i.Exp = c.Expires.Unix()
	}
	return i
}

// credentials reads how a client says who it is: in the Authorization header or
// in the form, and not in both (RFC 6749 section 2.3).
func (s *Server) credentials(ctx context.Context, id, secret string) (oauth.Credentials, error) {
	r := wire.Request(ctx)
	by := oauth.Credentials{ID: id, Secret: secret, Address: s.cfg.ClientAddress(r)}
	switch n := len(r.Header.Values("Authorization")); {
	case n == 0:
		return by, nil
	case n > 1:
		return by, wire.Refuse("The header Authorization came twice.")
	}
	var err error
	if by.ID, by.Secret, err = basic(r); err != nil {
		return by, fmt.Errorf("%w: %w", oauth.ErrInvalidClient, err)
	}
	if secret != "" || id != "" && id != by.ID {
		return by, wire.Refuse("The client authenticates in the header and in the form: take one of them.")
	}
	return by, nil
}

var errBasic = errors.New("the Authorization header is not Basic, or not readable")

// basic reads the credentials of a client, which stand form-encoded in the
// header (RFC 6749 section 2.3.1).
func basic(r *http.Request) (id, secret string, err error) {
	id, secret, ok := r.BasicAuth()
	if !ok || id == "" {
		return "", "", errBasic
	}
	id, idErr := url.QueryUnescape(id)
	secret, secretErr := url.QueryUnescape(secret)
	if idErr != nil || secretErr != nil {
		return "", "", errBasic
	}
	return id, secret, nil
}
