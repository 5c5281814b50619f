package server

import (
	"context"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/session"
	"github.com/authsdk/authsdk-go/gen/api"
	"github.com/authsdk/authsdk-go/internal/wire"
)

// The bounds of the document, in characters. A test compares them.
const (
	maxUsername = 128
	maxPassword = 1024
	maxLabel    = 128
)

// refreshPolicy leaves the question of revocation to the rotation, which
// answers it together with the exchange.
func refreshPolicy() authsdk.Policy {
	return authsdk.Policy{Types: []authsdk.TokenType{authsdk.Refresh}, SkipRevocation: true}
}

// Login implements POST /auth/login.
func (s *Server) Login(ctx context.Context, req api.LoginRequestObject) (api.LoginResponseObject, error) {
	if req.Body == nil || !wire.HasBody(ctx) {
		return nil, wire.Refuse("The body is missing: it must be a JSON object.")
	}
	body := *req.Body
	err := errors.Join(
		wire.CheckBody(ctx, req.Body),
		bounded("username", body.Username, 1, maxUsername),
		bounded("password", body.Password, 1, maxPassword),
		bounded("label", body.Label, 0, maxLabel))
	if err != nil {
		return nil, err
	}
	cookie, err := s.wantsCookies(ctx, body.Delivery)
	if err != nil {
		return nil, err
	}
	r := wire.Request(ctx)
	credentials := session.Credentials{Username: body.Username, Password: body.Password, Address: s.cfg.ClientAddress(r)}
	if body.Label == "" {
		body.Label = r.UserAgent()
	}
	pair, err := s.cfg.Sessions.Login(ctx, credentials, session.LoginOptions{Label: body.Label, Cookies: cookie})
	if err != nil {
		return nil, err
	}
	return s.issued(pair, cookie), nil
}

// wantsCookies reads delivery. A login that sets cookies must come from one's
// own pages, or somebody could be logged in as another.
func (s *Server) wantsCookies(ctx context.Context, d api.Delivery) (bool, error) {
	switch d {
	case "", api.DeliveryBody:
		return false, nil
	case api.DeliveryCookie:
		if s.cfg.Cookies == nil {
			return false, wire.Refuse("This server does not deliver tokens in cookies: leave delivery out.")
		}
		return true, s.cfg.Cookies.CheckOrigin(wire.Request(ctx))
	}
	return false, wire.Refuse("The member delivery of the body must be body or cookie.")
}

// Refresh implements POST /auth/refresh. The token is taken from the header,
// else from the cookie, else from the body.
func (s *Server) Refresh(ctx context.Context, req api.RefreshRequestObject) (api.RefreshResponseObject, error) {
	token, err := refreshToken(ctx, req.Body)
	if err != nil {
		return nil, err
	}
	c, err := s.authenticate(ctx, refreshPolicy())
	if errors.Is(err, authsdk.ErrTokenMissing) && token != "" {
		c.cookie = false
		c.Claims, err = s.cfg.Verifier.Verify(ctx, token, refreshPolicy())
	}
	if err != nil {
		return nil, err
	}
	pair, err := s.cfg.Sessions.Refresh(ctx, c.Claims)
	if err != nil {
		return nil, err
	}
	return s.issued(pair, c.cookie), nil
}

// refreshToken returns the token of the body, or "" if there is no body.
func refreshToken(ctx context.Context, body *api.RefreshRequest) (string, error) {
	if body == nil || !wire.HasBody(ctx) {
		return "", nil
	}
	err := errors.Join(
		wire.CheckBody(ctx, body),
		bounded("refresh_token", body.RefreshToken, 1, authsdk.MaxTokenSize))
	return body.RefreshToken, err
}

// Reauthenticate implements POST /auth/reauthenticate.
func (s *Server) Reauthenticate(ctx context.Context, req api.ReauthenticateRequestObject) (api.ReauthenticateResponseObject, error) {
	c, err := s.authenticate(ctx, authsdk.Policy{})
	if err != nil {
		return nil, err
	}
	if req.Body == nil || !wire.HasBody(ctx) {
		return nil, wire.Refuse("The body is missing: it must be a JSON object.")
	}
	err = errors.Join(
		wire.CheckBody(ctx, req.Body),
		bounded("password", req.Body.Password, 1, maxPassword))
	if err != nil {
		return nil, err
	}
	address := s.cfg.ClientAddress(wire.Request(ctx))
	pair, err := s.cfg.Sessions.Reauthenticate(ctx, c.Claims, req.Body.Password, address)
	if err != nil {
		return nil, err
	}
	return s.issued(pair, c.cookie), nil
}

// bounded checks a string of the document, which counts characters.
func bounded(name, value string, least, most int) error {
	switch n := utf8.RuneCountInString(value); {
	case least <= n && n <= most:
		return nil
	case n == 0:
		return wire.Refuse("The member " + name + " of the body is missing or empty.")
	}
	return wire.Refuse(fmt.Sprintf("The member %s of the body must have at most %d characters.", name, most))
}
