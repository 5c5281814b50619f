package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	gen "github.com/authsdk/authsdk-go/gen/client"
)

const (
	// loginTimeout bounds a login: the server may have others before it.
	loginTimeout = 30 * time.Second
	// callTimeout bounds the other calls, so that a refresh whose answer is
	// lost is repeated within the server's grace.
	callTimeout = 10 * time.Second
	// maxAnswer bounds what is read of an answer.
	maxAnswer = 1 << 20
	// maxLifetime is the most that the contract allows.
	maxLifetime = 315360000
)

// login opens a session.
func (c *Client) login(ctx context.Context, username, password string) (*Token, error) {
	ctx, cancel := context.WithTimeout(ctx, loginTimeout)
	defer cancel()
	asked := c.now()
	res, err := c.api.Login(ctx, gen.LoginRequest{
		Username: username, Password: password, Delivery: gen.DeliveryBody, Label: c.label,
	})
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	return issued(res, asked, password)
}

// refresh exchanges a refresh token.
func (c *Client) refresh(ctx context.Context, token string) (*Token, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	asked := c.now()
	res, err := c.api.RefreshWithBody(ctx, "", http.NoBody, bearer(token))
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	return issued(res, asked, token)
}

// logout ends the session of a token, access or refresh.
func (c *Client) logout(ctx context.Context, token string) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	asked := c.now()
	res, err := c.api.Logout(ctx, bearer(token))
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode == http.StatusNoContent || res.StatusCode == http.StatusOK {
		return nil
	}
	body, _ := read(res) // without it the status still counts
	return newError(res, body, asked, token)
}

// bearer sends a token in the header, and no body that could need a type.
func bearer(token string) gen.RequestEditorFn {
	return func(_ context.Context, req *http.Request) error {
		req.Header.Del("Content-Type")
		req.Header.Set("Authorization", "Bearer "+token)
		return nil
	}
}

// issued reads the answer to a login or a refresh. The lifetimes count from
// the moment before it was asked, so that no token is thought to live longer
// than it does.
func issued(res *http.Response, asked time.Time, secret string) (*Token, error) {
	body, err := read(res)
	if res.StatusCode != http.StatusOK {
		return nil, newError(res, body, asked, secret)
	}
	if err != nil {
		return nil, err
	}
	var p gen.TokenPair
	if err := json.Unmarshal(body, &p); err != nil {
		return nil, errors.New("the answer is not a pair of tokens")
	}
	switch {
	case !sendable(p.AccessToken) || !sendable(p.RefreshToken):
		return nil, errors.New("the answer lacks a token")
	case !strings.EqualFold(string(p.TokenType), string(gen.TokenTypeBearer)):
		return nil, errors.New("the answer holds tokens that are not bearer tokens")
	case p.ExpiresIn < 0 || p.ExpiresIn > maxLifetime || p.RefreshExpiresIn < 0 || p.RefreshExpiresIn > maxLifetime:
		return nil, errors.New("the answer holds a lifetime out of bounds")
	}
	return &Token{
		AccessToken: p.AccessToken, RefreshToken: p.RefreshToken,
		IssuedAt:       asked,
		AccessExpires:  asked.Add(time.Duration(p.ExpiresIn) * time.Second),
		RefreshExpires: asked.Add(time.Duration(p.RefreshExpiresIn) * time.Second),
		Scope:          p.Scope, SessionID: p.SessionID,
	}, nil
}

// sendable reports whether a token can stand in a header.
func sendable(token string) bool {
	return token != "" && strings.IndexFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}

func read(res *http.Response) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err != nil {
		return nil, fmt.Errorf("reading the answer: %w", err)
	}
	if len(body) > maxAnswer {
		return nil, fmt.Errorf("the answer is longer than %d bytes", maxAnswer)
	}
	return body, nil
}
