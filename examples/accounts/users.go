package main

import (
	"context"
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/session"
	"github.com/authsdk/authsdk-go/authsdk/users"
)

// service is the users resource.
type service struct {
	store    users.Store
	accounts *users.Service
	sessions *session.Manager
}

// user loads the account of a token, so that the tokens of a deleted one end at once.
func (s *service) user(ctx context.Context, c *authsdk.Claims) (any, error) {
	u, err := s.store.User(ctx, c.Subject)
	if errors.Is(err, users.ErrNotFound) || err == nil && u.Disabled {
		return nil, authsdk.ErrUserNotFound
	}
	return u, err
}

func (s *service) signUp(c *gin.Context) {
	var in struct{ Name, Password string }
	if !bind(c, &in) {
		return
	}
	u, err := s.accounts.Add(c.Request.Context(), in.Name, in.Password, nil, nil)
	if err != nil {
		fail(c, err)
		return
	}
	// If this fails, the account is there all the same: logging in is the way on.
	s.start(c, http.StatusCreated, &session.Account{Subject: u.ID})
}

func (s *service) login(c *gin.Context) {
	var in struct{ Name, Password string }
	if !bind(c, &in) {
		return
	}
	account, err := s.accounts.Authenticate(c.Request.Context(), session.Credentials{
		Username: in.Name, Password: in.Password, Address: c.ClientIP(),
	})
	if err != nil {
		fail(c, err)
		return
	}
	s.start(c, http.StatusOK, account)
}

func (s *service) refresh(c *gin.Context) {
	claims, _ := authsdk.ClaimsFrom(c.Request.Context())
	pair, err := s.sessions.Refresh(c.Request.Context(), claims)
	signedIn(c, http.StatusOK, claims.Subject, pair, err)
}

func (*service) read(c *gin.Context) {
	u, err := authsdk.User[users.User](c.Request.Context())
	if err != nil {
		fail(c, err)
		return
	}
	succeed(c, http.StatusOK, gin.H{"id": u.ID, "name": u.Name}, "This is your account.")
}

// change sets another password, which needs the old one. Whoever was logged
// in with the old one is logged out; the caller gets a new session.
func (s *service) change(c *gin.Context) {
	var in struct {
		Password string
		Current  string `json:"current_password"`
	}
	if !bind(c, &in) {
		return
	}
	u, err := authsdk.User[users.User](c.Request.Context())
	if err != nil {
		fail(c, err)
		return
	}
	account, err := s.accounts.Authenticate(c.Request.Context(), session.Credentials{
		Subject: u.ID, Password: in.Current, Address: c.ClientIP(),
	})
	if err == nil {
		err = s.accounts.SetPassword(c.Request.Context(), u.Name, in.Password)
	}
	if err == nil {
		err = s.sessions.LogoutAll(c.Request.Context(), u.ID)
	}
	if err != nil {
		fail(c, err)
		return
	}
	s.start(c, http.StatusOK, account)
}

func (s *service) remove(c *gin.Context) {
	u, err := authsdk.User[users.User](c.Request.Context())
	if err == nil {
		err = s.accounts.Remove(c.Request.Context(), u.Name)
	}
	if err == nil {
		err = s.sessions.LogoutAll(c.Request.Context(), u.ID)
	}
	if err != nil {
		fail(c, err)
		return
	}
	succeed(c, http.StatusOK, nil, "The account is deleted.")
}

// start starts a session for somebody who was recognised.
func (s *service) start(c *gin.Context, status int, account *session.Account) {
	pair, err := s.sessions.Start(c.Request.Context(), account, session.LoginOptions{Label: c.Request.UserAgent()})
	signedIn(c, status, account.Subject, pair, err)
}

// signedIn answers with both tokens, and whose they are.
func signedIn(c *gin.Context, status int, id string, pair *authsdk.TokenPair, err error) {
	if err != nil {
		fail(c, err)
		return
	}
	succeed(c, status, gin.H{
		"id": id, "access_token": pair.AccessToken, "refresh_token": pair.RefreshToken,
		"expires_in": int(pair.AccessExpires.Sub(pair.IssuedAt).Seconds()),
	}, "You are logged in.")
}
