// Chi guards the operations of openapi.yaml in chi, and logs people in
// with the token endpoints beside them.
package main

import (
	"context"
	_ "embed"
	"fmt"
	"log"
	"net"
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/authsdk/authsdk-go/adapters/authchi"
	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/memstore"
	"github.com/authsdk/authsdk-go/authsdk/openapi"
	"github.com/authsdk/authsdk-go/authsdk/security"
	"github.com/authsdk/authsdk-go/authsdk/server"
	"github.com/authsdk/authsdk-go/authsdk/session"
	"github.com/authsdk/authsdk-go/authsdk/users"
)

//go:embed openapi.yaml
var document []byte

func main() {
	const url = "http://127.0.0.1:8080"
	handler := newHandler(url)
	listener := must(net.Listen("tcp", "127.0.0.1:8080"))
	fmt.Printf(`Listening on %[1]s. In another terminal:

  T=$(curl -s %[1]s/auth/login -H 'Content-Type: application/json' \
    -d '{"username":"alice","password":"correct horse"}' | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
  curl -i %[1]s/notes -H "Authorization: Bearer $T"

`, url)
	log.Fatal(http.Serve(listener, handler))
}

func newHandler(url string) http.Handler {
	tokens, verifier := newTokens(url)
	guard := must(openapi.NewValidator(document, map[string]security.Authenticator{
		"token": verifier.Authenticator(authsdk.Policy{}),
	}))

	r := chi.NewRouter()
	r.Group(func(r chi.Router) {
		r.Use(authchi.Protect(guard, authchi.Options{})) // by the document
		r.Get("/about", hello)
		r.Get("/notes", hello)
		r.Post("/notes", hello)
	})
	r.Get("/healthz", healthy)                  // outside of the guard
	authchi.Mount(r, tokens, authchi.Options{}) // POST /auth/login and the rest guard themselves
	return r
}

func hello(w http.ResponseWriter, r *http.Request) {
	caller := "anybody"
	if p, ok := security.PrincipalFrom(r.Context()); ok {
		caller = p.Subject
	}
	fmt.Fprintf(w, "Hello, %s.\n", caller)
}

func healthy(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }

// newTokens is the server of the tokens, with one user, and what verifies them.
func newTokens(url string) (*server.Server, *authsdk.Verifier) {
	keys := must(authsdk.NewKeySet(must(authsdk.GenerateKey(authsdk.ES256)))) // a real server reads its key
	store := memstore.New()                                                   // sqlitestore.Open keeps what this one forgets
	accounts := must(users.New(users.Config{Store: store}))
	must(accounts.Add(context.Background(), "alice", "correct horse", []string{"notes:read"}, nil))
	issuer := must(authsdk.NewIssuer(authsdk.IssuerConfig{Issuer: url, Keys: keys}))
	sessions := must(session.New(session.Config{Issuer: issuer, Store: store, Accounts: accounts}))
	verifier := must(authsdk.NewVerifier(authsdk.VerifierConfig{Issuer: url, Keys: keys, Revoked: sessions.Revoked}))
	return must(server.New(server.Config{Sessions: sessions, Verifier: verifier, Keys: keys})), verifier
}

func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}
