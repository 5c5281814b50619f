// Fresh is a bank where looking needs a login, sending money a password that
// was typed a short while ago, and closing the account one that was typed just
// for this login.
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"time"

	"github.com/authsdk/authsdk-go/adapters/authhttp"
	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/memstore"
	"github.com/authsdk/authsdk-go/authsdk/server"
	"github.com/authsdk/authsdk-go/authsdk/session"
	"github.com/authsdk/authsdk-go/authsdk/users"
)

func main() {
	keys := must(authsdk.NewKeySet(must(authsdk.GenerateKey(authsdk.ES256)))) // a real server reads its key
	log.Fatal(http.ListenAndServe("127.0.0.1:8080", newHandler("http://127.0.0.1:8080", keys, time.Now)))
}

func newHandler(url string, keys *authsdk.KeySet, now func() time.Time) http.Handler {
	store := memstore.New() // sqlitestore.Open keeps what this one forgets
	accounts := must(users.New(users.Config{Store: store, Now: now}))
	must(accounts.Add(context.Background(), "alice", "correct horse", nil, nil))
	issuer := must(authsdk.NewIssuer(authsdk.IssuerConfig{Issuer: url, Keys: keys, Now: now}))
	sessions := must(session.New(session.Config{Issuer: issuer, Store: store, Accounts: accounts, Now: now}))
	verifier := must(authsdk.NewVerifier(authsdk.VerifierConfig{Issuer: url, Keys: keys, Revoked: sessions.Revoked, Now: now}))
	endpoints := must(server.New(server.Config{Sessions: sessions, Verifier: verifier, Keys: keys}))

	mux := http.NewServeMux()
	authhttp.Mount(mux, endpoints, authhttp.Options{}) // with POST /auth/reauthenticate
	require := func(p authsdk.Policy) http.Handler { return authhttp.Require(verifier, p)(http.HandlerFunc(done)) }
	mux.Handle("GET /balance", require(authsdk.Policy{}))
	mux.Handle("POST /transfer", require(authsdk.Policy{FreshWithin: 5 * time.Minute}))
	mux.Handle("DELETE /account", require(authsdk.Policy{Fresh: true}))
	return mux
}

// freshFor issues a token by hand that is fresh for a while, and good for
// routes without that demand until it expires.
func freshFor(ctx context.Context, issuer *authsdk.Issuer, subject string, until time.Time) (string, error) {
	return issuer.Issue(ctx, authsdk.Claims{Subject: subject, FreshUntil: until}, nil)
}

func done(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "Done.") }

func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}
