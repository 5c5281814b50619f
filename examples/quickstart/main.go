// Quickstart is a server of its own: it logs alice in, refreshes her tokens
// and guards a route with them.
package main

import (
	"context"
	"fmt"
	"log"
	"net"
	"net/http"

	"github.com/authsdk/authsdk-go/adapters/authhttp"
	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/memstore"
	"github.com/authsdk/authsdk-go/authsdk/security"
	"github.com/authsdk/authsdk-go/authsdk/server"
	"github.com/authsdk/authsdk-go/authsdk/session"
	"github.com/authsdk/authsdk-go/authsdk/users"
)

func main() {
	const url = "http://127.0.0.1:8080"
	handler := newHandler(url)
	listener := must(net.Listen("tcp", "127.0.0.1:8080"))
	fmt.Printf(`Listening on %[1]s. In another terminal:

  T=$(curl -s %[1]s/auth/login -H 'Content-Type: application/json' \
    -d '{"username":"alice","password":"correct horse"}' | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
  curl -i %[1]s/hello -H "Authorization: Bearer $T"

`, url)
	log.Fatal(http.Serve(listener, handler))
}

func newHandler(url string) http.Handler {
	key := must(authsdk.GenerateKey(authsdk.ES256)) // a real server reads its key: authsdk.ParseKeySet
	keys := must(authsdk.NewKeySet(key))
	store := memstore.New() // sqlitestore.Open keeps what this one forgets
	accounts := must(users.New(users.Config{Store: store}))
	must(accounts.Add(context.Background(), "alice", "correct horse", []string{"hello"}, nil))

	issuer := must(authsdk.NewIssuer(authsdk.IssuerConfig{Issuer: url, Keys: keys}))
	sessions := must(session.New(session.Config{Issuer: issuer, Store: store, Accounts: accounts}))
	verifier := must(authsdk.NewVerifier(authsdk.VerifierConfig{Issuer: url, Keys: keys, Revoked: sessions.Revoked}))
	endpoints := must(server.New(server.Config{Sessions: sessions, Verifier: verifier, Keys: keys}))

	mux := http.NewServeMux()
	authhttp.Mount(mux, endpoints, authhttp.Options{}) // POST /auth/login and the rest of openapi.yaml
	require := authhttp.Require(verifier, authsdk.Policy{Scopes: []string{"hello"}})
	mux.Handle("GET /hello", require(http.HandlerFunc(hello)))
	return mux
}

func hello(w http.ResponseWriter, r *http.Request) {
	caller, _ := security.PrincipalFrom(r.Context())
	fmt.Fprintf(w, "Hello, %s.\n", caller.Subject)
}

func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}
