// Clienttypes is a service in Echo with one login for several types of client,
// each with a function that verifies it. Tokens say by which type somebody came
// and how much they may do, and refusals have the body of this service.
package main

import (
	"context"
	"fmt"
	"log"
	"net"
	"net/http"
	"time"

	"github.com/labstack/echo/v5"

	"github.com/authsdk/authsdk-go/adapters/authecho"
	"github.com/authsdk/authsdk-go/authsdk"
)

func main() {
	const url = "http://127.0.0.1:8080"
	handler := newHandler(url, time.Now)
	listener := must(net.Listen("tcp", "127.0.0.1:8080"))
	fmt.Printf(`Listening on %[1]s. In another terminal:

  T=$(curl -s %[1]s/login -H 'Content-Type: application/json' \
    -d '{"type":"email","account":"alice@example.com","secret":"correct horse"}' | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
  curl -i %[1]s/v1/user -H "Authorization: Bearer $T"

`, url)
	srv := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	log.Fatal(srv.Serve(listener))
}

// payload is what the tokens of this service say beside the SDK's own claims.
type payload struct {
	UID  int    `json:"uid"`
	Auth int    `json:"auth"` // the permission level
	Type string `json:"ac_type"`
}

// The permission levels.
const (
	levelUser  = 1
	levelAdmin = 8
)

// service is the login and the handlers.
type service struct {
	issuer *authsdk.Issuer
	verify map[string]verify // by the type of the client
}

func newHandler(url string, now func() time.Time) http.Handler {
	keys := must(authsdk.NewKeySet(must(authsdk.GenerateKey(authsdk.ES256)))) // a real service reads its key
	members := newMembers(now)
	s := &service{verify: map[string]verify{"email": members.byEmail, "phone": members.byPhone}}
	s.issuer = must(authsdk.NewIssuer(authsdk.IssuerConfig{Issuer: url, Keys: keys, AccessTTL: 7200 * time.Second, Now: now}))
	verifier := must(authsdk.NewVerifier(authsdk.VerifierConfig{
		Issuer: url, Keys: keys, Check: s.known, Render: refuse, Now: now,
	}))

	e := echo.New()
	e.HTTPErrorHandler = failed
	e.POST("/login", s.login)
	v1 := e.Group("/v1", authecho.Require(verifier, authsdk.Policy{}))
	v1.GET("/user", user)
	v1.GET("/members", list, level(levelAdmin))
	return e
}

// known refuses tokens of a type that has no login any more.
func (s *service) known(_ context.Context, c *authsdk.Claims) error {
	p, err := authsdk.Custom[payload](c)
	if err != nil {
		return err
	}
	if s.verify[p.Type] == nil {
		return errType
	}
	return nil
}

// level lets requests pass whose token has at least this permission level.
func level(least int) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c *echo.Context) error {
			p, _, err := caller(c)
			if err != nil {
				return err
			}
			if p.Auth < least {
				return errLevel
			}
			return next(c)
		}
	}
}

// caller returns what the token of a request says.
func caller(c *echo.Context) (payload, *authsdk.Claims, error) {
	claims, ok := authsdk.ClaimsFrom(c.Request().Context())
	if !ok {
		return payload{}, nil, authsdk.ErrTokenMissing
	}
	p, err := authsdk.Custom[payload](claims)
	return p, claims, err
}

func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}
