// Services is a server that gives tokens to services, and a service that gets one
// and calls another with it.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"time"

	"golang.org/x/oauth2/clientcredentials"

	"github.com/authsdk/authsdk-go/adapters/authhttp"
	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/memstore"
	"github.com/authsdk/authsdk-go/authsdk/oauth"
	"github.com/authsdk/authsdk-go/authsdk/security"
	"github.com/authsdk/authsdk-go/authsdk/server"
	"github.com/authsdk/authsdk-go/authsdk/session"
	"github.com/authsdk/authsdk-go/authsdk/users"
)

func main() {
	ctx := context.Background()
	listener := must(net.Listen("tcp", "127.0.0.1:0"))
	url := "http://" + listener.Addr().String()
	handler, secret := newHandler(ctx, url)
	go func() { log.Fatal(http.Serve(listener, handler)) }()
	fmt.Print(must(report(ctx, url, secret)))
}

// audience is the service that is called; its tokens are for nobody else.
const audience = "https://notes.example"

func newHandler(ctx context.Context, url string) (handler http.Handler, secret string) {
	keys := must(authsdk.NewKeySet(must(authsdk.GenerateKey(authsdk.ES256))))
	store := memstore.New() // sqlitestore.Open keeps what this one forgets
	issuer := must(authsdk.NewIssuer(authsdk.IssuerConfig{Issuer: url, Keys: keys}))
	accounts := must(users.New(users.Config{Store: store}))
	sessions := must(session.New(session.Config{Issuer: issuer, Store: store, Accounts: accounts, ClientID: "own-pages"}))
	verifier := must(authsdk.NewVerifier(authsdk.VerifierConfig{Issuer: url, Keys: keys, Revoked: sessions.Revoked}))

	clients := must(oauth.New(oauth.Config{
		Issuer: issuer, Sessions: sessions, Clients: store,
		// It reads what is introspected or revoked, whoever that is for.
		Verifier: must(authsdk.NewVerifier(authsdk.VerifierConfig{
			Issuer: url, Keys: keys, Revoked: sessions.Revoked, InsecureAnyAudience: true,
		})),
	}))
	endpoints := must(server.New(server.Config{Sessions: sessions, Verifier: verifier, Keys: keys, OAuth: clients}))
	secret = must(oauth.Register(ctx, store, oauth.Registration{
		ID: "reports", Scopes: []string{"notes:read"}, Audience: []string{audience},
	}, time.Now()))

	mux := http.NewServeMux()
	authhttp.Mount(mux, endpoints, authhttp.Options{})

	// The service that is called could be a program of its own: see remotekeys.
	notes := must(authsdk.NewVerifier(authsdk.VerifierConfig{Issuer: url, Keys: keys, Audience: []string{audience}}))
	require := authhttp.Require(notes, authsdk.Policy{Scopes: []string{"notes:read"}})
	mux.Handle("GET /notes", require(http.HandlerFunc(hello)))
	return mux, secret
}

func hello(w http.ResponseWriter, r *http.Request) {
	caller, _ := security.PrincipalFrom(r.Context())
	fmt.Fprintf(w, "Hello, %s.\n", caller.Subject)
}

// report is the service that calls.
func report(ctx context.Context, url, secret string) (string, error) {
	cfg := clientcredentials.Config{
		ClientID: "reports", ClientSecret: secret, TokenURL: url + "/auth/token", Scopes: []string{"notes:read"},
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/notes", http.NoBody)
	if err != nil {
		return "", err
	}
	res, err := cfg.Client(ctx).Do(req) // gets a token first, and the next when it is due
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if res.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s: %s", res.Status, body)
	}
	return string(body), err
}

func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}
