// Accounts is a service in Gin where people sign up, and read, change and
// delete their own account. Accounts and sessions are in SQLite, and every
// answer, refusals included, has the same envelope.
package main

import (
	"context"
	"fmt"
	"log"
	"net"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/authsdk/authsdk-go/adapters/authgin"
	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/session"
	"github.com/authsdk/authsdk-go/authsdk/sqlitestore"
	"github.com/authsdk/authsdk-go/authsdk/users"
)

func main() {
	const url = "http://127.0.0.1:8080"
	store := must(sqlitestore.Open(context.Background(), "data/accounts.db"))
	handler := newHandler(url, store, time.Now)
	listener := must(net.Listen("tcp", "127.0.0.1:8080"))
	fmt.Printf(`Listening on %[1]s. In another terminal:

  curl -i %[1]s/users -H 'Content-Type: application/json' -d '{"name":"alice","password":"correct horse"}'

`, url)
	srv := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	log.Fatal(srv.Serve(listener))
}

func newHandler(url string, store *sqlitestore.Store, now func() time.Time) http.Handler {
	keys := must(authsdk.NewKeySet(must(authsdk.GenerateKey(authsdk.ES256)))) // a real service reads its key
	accounts := must(users.New(users.Config{Store: store, Now: now}))
	issuer := must(authsdk.NewIssuer(authsdk.IssuerConfig{
		Issuer: url, Keys: keys, AccessTTL: 2 * time.Minute, Now: now,
	}))
	sessions := must(session.New(session.Config{
		Issuer: issuer, Store: store, Accounts: accounts, IdleTTL: 5 * time.Minute, Now: now,
	}))
	s := &service{store, accounts, sessions}
	verifier := must(authsdk.NewVerifier(authsdk.VerifierConfig{
		Issuer: url, Keys: keys, Revoked: sessions.Revoked, User: s.user, Render: refuse, Now: now,
	}))

	r := gin.New()
	r.Use(gin.CustomRecovery(func(c *gin.Context, _ any) { refuse(c.Writer, c.Request, errFault) }))
	r.NoRoute(func(c *gin.Context) { refuse(c.Writer, c.Request, errNoRoute) })
	r.NoMethod(func(c *gin.Context) { refuse(c.Writer, c.Request, errNoMethod) })
	r.HandleMethodNotAllowed = true
	r.RedirectTrailingSlash = false // a redirect would have no envelope
	must(0, r.SetTrustedProxies(nil))

	r.POST("/users", s.signUp)
	r.POST("/login", s.login)
	r.POST("/refresh", authgin.Require(verifier, authsdk.Policy{Types: []authsdk.TokenType{authsdk.Refresh}}), s.refresh)
	own := r.Group("/users/:id", authgin.Require(verifier, authsdk.Policy{}), ownOnly)
	own.GET("", s.read)
	own.PUT("", s.change)
	own.DELETE("", s.remove)
	return r
}

// ownOnly lets people at their own account alone.
func ownOnly(c *gin.Context) {
	claims, ok := authsdk.ClaimsFrom(c.Request.Context())
	if !ok || claims.Subject != c.Param("id") {
		refuse(c.Writer, c.Request, errForeign)
		c.Abort()
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}
