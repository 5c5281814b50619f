// Orders is a shop's API, guarded as its document orders/openapi.yaml says, in
// the router of your choice, with the token endpoints in the same router.
package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"

	"github.com/authsdk/authsdk-go/adapters/authhttp"
	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/memstore"
	"github.com/authsdk/authsdk-go/authsdk/server"
	"github.com/authsdk/authsdk-go/authsdk/session"
	"github.com/authsdk/authsdk-go/authsdk/users"
	"github.com/authsdk/authsdk-go/examples/orders/orders"
)

func main() {
	router := flag.String("router", "nethttp", "nethttp, chi, gin, echo or echo4")
	startup := flag.Bool("startup", false, "read the document at start-up instead of using generated code")
	flag.Parse()
	if orders.Routers()[*router] == nil {
		log.Fatalf("there is no router %q", *router)
	}
	const url = "http://127.0.0.1:8080"
	password, partner := rand.Text(), rand.Text()
	handler := newHandler(url, *router, *startup, password, partner)
	listener := must(net.Listen("tcp", "127.0.0.1:8080"))
	fmt.Printf(`%[1]s on %[2]s. In another terminal:

  T=$(curl -s %[2]s/auth/login -H 'Content-Type: application/json' \
    -d '{"username":"demo","password":"%[3]s"}' | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
  curl -i %[2]s/orders/7                                                # 401
  curl -i %[2]s/orders/7 -H "Authorization: Bearer $T"                  # 200
  curl -i %[2]s/orders/7 -H "Authorization: Bearer $T" -X DELETE        # 403: demo is no admin
  curl -i %[2]s/orders/7/refund -H "Authorization: Bearer $T" -X POST   # 200: the login is fresh
  curl -i %[2]s/orders -H 'X-Partner-Key: %[4]s'  # 200

`, *router, url, password, partner)
	log.Fatal(http.Serve(listener, handler))
}

// newHandler is the shop with a user demo and a partner acme.
func newHandler(url, router string, startup bool, password, partner string) http.Handler {
	keys := must(authsdk.NewKeySet(must(authsdk.GenerateKey(authsdk.ES256)))) // a real server reads its key
	store := memstore.New()                                                   // sqlitestore.Open keeps what this one forgets
	accounts := must(users.New(users.Config{Store: store}))
	must(accounts.Add(context.Background(), "demo", password, []string{"orders:read", "orders:write"}, []string{"clerk"}))
	issuer := must(authsdk.NewIssuer(authsdk.IssuerConfig{Issuer: url, Keys: keys}))
	sessions := must(session.New(session.Config{Issuer: issuer, Store: store, Accounts: accounts}))
	verifier := must(authsdk.NewVerifier(authsdk.VerifierConfig{Issuer: url, Keys: keys, Revoked: sessions.Revoked}))
	cookies := must(authsdk.NewCookies(authsdk.CookieConfig{}))
	tokens := must(server.New(server.Config{Sessions: sessions, Verifier: verifier, Keys: keys, Cookies: cookies}))

	newValidator := orders.Validator
	if startup {
		newValidator = orders.StartupValidator
	}
	guard := must(newValidator(&orders.Security{
		Verifier: verifier, Cookies: cookies,
		Partners: map[[sha256.Size]byte]string{sha256.Sum256([]byte(partner)): "acme"},
	}, tokens))
	return must(orders.Routers()[router](guard, tokens, authhttp.Options{}))
}

func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}
