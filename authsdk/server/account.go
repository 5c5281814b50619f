package server

import (
	"context"
	"fmt"
	"strings"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/session"
	"github.com/authsdk/authsdk-go/gen/api"
	"github.com/authsdk/authsdk-go/internal/wire"
)

// Me implements GET /auth/me.
func (s *Server) Me(ctx context.Context, _ api.MeRequestObject) (api.MeResponseObject, error) {
	c, err := s.authenticate(ctx, authsdk.Policy{})
	if err != nil {
		return nil, err
	}
	return api.Me200JSONResponse{
		Sub:       c.Subject,
		Scope:     strings.Join(c.Scopes, " "),
		Roles:     append([]string{}, c.Roles...), // a list even when there is none
		Fresh:     c.Fresh,
		SessionID: c.SessionID,
		ExpiresAt: c.Expires,
		Claims:    c.Extra(),
	}, nil
}

// Logout implements POST /auth/logout. An access or a refresh token will do,
// and that it was revoked before is no reason to refuse: repeating is safe.
func (s *Server) Logout(ctx context.Context, _ api.LogoutRequestObject) (api.LogoutResponseObject, error) {
	c, err := s.authenticate(ctx, authsdk.Policy{
		Types: []authsdk.TokenType{authsdk.Access, authsdk.Refresh}, SkipRevocation: true,
	})
	if err != nil {
		return nil, err
	}
	if c.SessionID == "" && !c.cookie { // "done" would not be true; a cookie at least goes
		return nil, wire.Refuse("The token belongs to no session that could end: it is good until it expires.")
	}
	if err := s.cfg.Sessions.Logout(ctx, c.Claims); err != nil {
		return nil, err
	}
	return s.signedOut(c.cookie), nil
}

// owner is authenticate for what concerns all sessions of somebody. The token of an
// OAuth client is for what its scopes say, and to see and end the logins of other
// devices is in none of them. Another issuer's subjects are other people.
func (s *Server) owner(ctx context.Context) (caller, error) {
	c, err := s.authenticate(ctx, authsdk.Policy{})
	if err == nil && c.ClientID != "" && c.ClientID != s.cfg.Sessions.ClientID() {
		err = fmt.Errorf("%w: it was issued to the client %q", authsdk.ErrInsufficientScope, c.ClientID)
	}
	if err == nil {
		err = s.cfg.Sessions.Own(c.Claims)
	}
	return c, err
}

// LogoutAll implements POST /auth/logout-all.
func (s *Server) LogoutAll(ctx context.Context, _ api.LogoutAllRequestObject) (api.LogoutAllResponseObject, error) {
	c, err := s.owner(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.cfg.Sessions.LogoutAll(ctx, c.Subject); err != nil {
		return nil, err
	}
	return s.signedOut(c.cookie), nil
}

// ListSessions implements GET /auth/sessions.
func (s *Server) ListSessions(ctx context.Context, _ api.ListSessionsRequestObject) (api.ListSessionsResponseObject, error) {
	c, err := s.owner(ctx)
	if err != nil {
		return nil, err
	}
	sessions, err := s.cfg.Sessions.List(ctx, c.Subject)
	if err != nil {
		return nil, err
	}
	list := api.ListSessions200JSONResponse{Sessions: make([]api.Session, len(sessions))}
	for i := range sessions {
		list.Sessions[i] = toSession(&sessions[i], c.SessionID)
	}
	return list, nil
}

func toSession(s *session.Session, current string) api.Session {
	return api.Session{
		ID: s.ID, Label: s.Label, CreatedAt: s.CreatedAt, LastSeenAt: s.LastSeen,
		ExpiresAt: s.IdleExpires, Current: s.ID == current,
	}
}

// RevokeSession implements DELETE /auth/sessions/{session_id}.
func (s *Server) RevokeSession(ctx context.Context, req api.RevokeSessionRequestObject) (api.RevokeSessionResponseObject, error) {
	c, err := s.owner(ctx)
	if err != nil {
		return nil, err
	}
	if !session.ValidID(req.SessionID) {
		return nil, wire.Refuse("The session_id of the path does not have the form of one.")
	}
	if err := s.cfg.Sessions.Revoke(ctx, c.Subject, req.SessionID); err != nil {
		return nil, err
	}
	return s.signedOut(c.cookie && req.SessionID == c.SessionID), nil
}
