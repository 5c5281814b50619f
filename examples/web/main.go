// Web is a server for browsers: the token endpoints with cookies, the page that
// is built from the TypeScript beside it, and an API reference that can log in.
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"

	"github.com/authsdk/authsdk-go/adapters/authhttp"
	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/apidocs"
	"github.com/authsdk/authsdk-go/authsdk/console"
	"github.com/authsdk/authsdk-go/authsdk/memstore"
	"github.com/authsdk/authsdk-go/authsdk/server"
	"github.com/authsdk/authsdk-go/authsdk/session"
	"github.com/authsdk/authsdk-go/authsdk/users"
	"github.com/authsdk/authsdk-go/gen/spec"
)

func main() {
	const url = "http://127.0.0.1:8080"
	handler := newHandler(url)
	fmt.Printf("Log in as alice, with the password \"correct horse\":\n\n  %[1]s/console/\n  %[1]s/docs/\n\n", url)
	log.Fatal(http.ListenAndServe("127.0.0.1:8080", handler))
}

func newHandler(url string) http.Handler {
	keys := must(authsdk.NewKeySet(must(authsdk.GenerateKey(authsdk.ES256)))) // a real server reads its key
	store := memstore.New()                                                   // sqlitestore.Open keeps what this one forgets
	accounts := must(users.New(users.Config{Store: store}))
	must(accounts.Add(context.Background(), "alice", "correct horse", []string{"read"}, nil))

	issuer := must(authsdk.NewIssuer(authsdk.IssuerConfig{Issuer: url, Keys: keys}))
	sessions := must(session.New(session.Config{Issuer: issuer, Store: store, Accounts: accounts}))
	verifier := must(authsdk.NewVerifier(authsdk.VerifierConfig{Issuer: url, Keys: keys, Revoked: sessions.Revoked}))
	cookies := must(authsdk.NewCookies(authsdk.CookieConfig{}))
	endpoints := must(server.New(server.Config{Sessions: sessions, Verifier: verifier, Keys: keys, Cookies: cookies}))

	mux := http.NewServeMux()
	authhttp.Mount(mux, endpoints, authhttp.Options{})
	mux.HandleFunc("GET /openapi.json", document)
	docs := must(apidocs.New(apidocs.Config{Document: "/openapi.json"}))
	mux.Handle("GET /docs/", http.StripPrefix("/docs", docs))
	mux.Handle("GET /console/", http.StripPrefix("/console", must(console.New())))
	return mux
}

// document is where that of your own API would stand.
func document(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(spec.JSON())
}

func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}
