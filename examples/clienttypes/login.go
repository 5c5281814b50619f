package main

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v5"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/memstore"
	"github.com/authsdk/authsdk-go/authsdk/session"
	"github.com/authsdk/authsdk-go/authsdk/users"
)

// verify returns whose account and secret these are, or authsdk.ErrInvalidCredentials.
type verify func(ctx context.Context, account, secret, address string) (*member, error)

// member is somebody who may log in. The password is with package users.
type member struct {
	UID, Auth int
	Scopes    []string
}

// members are found by their mail address, and by the number of their phone.
type members struct {
	passwords *users.Service
	mails     map[string]string // by phone
	bySubject map[string]*member
}

func newMembers(now func() time.Time) *members {
	m := &members{
		passwords: must(users.New(users.Config{Store: memstore.New(), Now: now})), // sqlitestore.Open keeps what this one forgets
		mails:     map[string]string{"+4930901820": "alice@example.com"},
		bySubject: map[string]*member{},
	}
	add := func(mail, password string, one *member) {
		u := must(m.passwords.Add(context.Background(), mail, password, nil, nil))
		m.bySubject[u.ID] = one
	}
	add("alice@example.com", "correct horse", &member{1, levelUser, []string{"profile"}})
	add("root@example.com", "battery staple", &member{2, levelAdmin, []string{"profile", "members"}})
	return m
}

func (m *members) byEmail(ctx context.Context, account, secret, address string) (*member, error) {
	a, err := m.passwords.Authenticate(ctx, session.Credentials{Username: account, Password: secret, Address: address})
	if err != nil {
		return nil, err
	}
	return m.bySubject[a.Subject], nil
}

// byPhone asks for the password as well, whoever has the number or nobody, so
// that the time does not tell which numbers there are.
func (m *members) byPhone(ctx context.Context, account, secret, address string) (*member, error) {
	mail, known := m.mails[account]
	if !known {
		mail = account // nobody's name
	}
	return m.byEmail(ctx, mail, secret, address)
}

func (s *service) login(c *echo.Context) error {
	var in struct {
		Type    string `json:"type"`
		Account string `json:"account"`
		Secret  string `json:"secret"`
	}
	body := http.MaxBytesReader(c.Response(), c.Request().Body, 4<<10)
	if err := json.NewDecoder(body).Decode(&in); err != nil {
		return authsdk.ErrRequestMalformed
	}
	verify := s.verify[in.Type]
	if verify == nil {
		return errType
	}
	who, err := verify(c.Request().Context(), in.Account, in.Secret, c.RealIP())
	if err != nil {
		return err
	}
	claims := authsdk.Claims{Subject: strconv.Itoa(who.UID), Fresh: true, Scopes: who.Scopes}
	token, err := s.issuer.Issue(c.Request().Context(), claims, payload{UID: who.UID, Auth: who.Auth, Type: in.Type})
	if err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.JSON(http.StatusOK, map[string]any{
		"access_token": token, "token_type": "Bearer", "expires_in": int(s.issuer.AccessTTL().Seconds()),
	})
}

func user(c *echo.Context) error {
	p, claims, err := caller(c)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]any{"uid": p.UID, "auth": p.Auth, "scope": claims.Scopes, "ac_type": p.Type})
}

func list(c *echo.Context) error {
	return c.JSON(http.StatusOK, []string{"alice@example.com", "root@example.com"})
}
