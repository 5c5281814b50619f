// Guard is a service that checks the tokens of the server that `make run`
// starts. It has the server's public keys and nothing else of it.
package main

import (
	"context"
	"fmt"
	"log"
	"net"
	"net/http"

	"github.com/authsdk/authsdk-go/adapters/authhttp"
	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/remotekeys"
	"github.com/authsdk/authsdk-go/authsdk/security"
)

func main() {
	handler, err := guarded(context.Background(), "http://127.0.0.1:8080")
	if err != nil {
		log.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:9090")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(`Listening on http://127.0.0.1:9090. In another terminal, with the T=… line that "make run" has printed:

  curl -i http://127.0.0.1:9090/hello -H "Authorization: Bearer $(echo "$T" | sed 's/.*"access_token":"\([^"]*\)".*/\1/')"

`)
	log.Fatal(http.Serve(listener, handler))
}

// guarded is GET /hello for tokens of the issuer that grant the scope read.
func guarded(ctx context.Context, issuer string) (http.Handler, error) {
	keys, err := remotekeys.New(ctx, remotekeys.Config{
		URL:          issuer + "/.well-known/jwks.json",
		InsecureHTTP: true, InsecurePrivateAddresses: true, // because this one listens on loopback
	})
	if err != nil {
		return nil, err
	}
	go keys.Run(ctx) // fetches them again before they are old
	verifier, err := authsdk.NewVerifier(authsdk.VerifierConfig{Issuer: issuer, Keys: keys})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /hello", authhttp.Require(verifier, authsdk.Policy{Scopes: []string{"read"}})(http.HandlerFunc(hello)))
	return mux, nil
}

func hello(w http.ResponseWriter, r *http.Request) {
	caller, _ := security.PrincipalFrom(r.Context())
	fmt.Fprintf(w, "Hello, %s.\n", caller.Subject)
}
