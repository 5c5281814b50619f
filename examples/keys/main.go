// Keys is an auth server whose keys change by themselves, and a service that
// knows nothing of it but its name. Both run here in one program.
package main

import (
	"context"
	"fmt"
	"log"
	"net"
	"net/http"
	"time"

	"github.com/authsdk/authsdk-go/adapters/authhttp"
	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/keyring"
	"github.com/authsdk/authsdk-go/authsdk/remotekeys"
	"github.com/authsdk/authsdk-go/authsdk/security"
)

func main() {
	listener := must(net.Listen("tcp", "127.0.0.1:8080"))
	url := "http://" + listener.Addr().String()
	ctx := context.Background()
	server := must(newServer(ctx, url, "data/keys.json", timing()))
	go func() {
		srv := &http.Server{Handler: server.handler(), ReadHeaderTimeout: 5 * time.Second}
		log.Fatal(srv.Serve(listener))
	}()

	service := must(newService(ctx, remotekeys.Config{
		Issuer:       url,
		OnFetch:      func(_ int, err error) { told("fetch keys", err) },
		InsecureHTTP: true, InsecurePrivateAddresses: true, // because this one listens on loopback
	}))
	fmt.Println("curl -H \"Authorization: Bearer $(curl -s", url+"/token)\" http://127.0.0.1:8081/hello")
	srv := &http.Server{Addr: "127.0.0.1:8081", Handler: service, ReadHeaderTimeout: 5 * time.Second}
	log.Fatal(srv.ListenAndServe())
}

// timing is a day for a key, which is published an hour before it signs.
func timing() keyring.RotatorConfig {
	return keyring.RotatorConfig{
		Every:   24 * time.Hour,
		Timing:  keyring.Timing{Ahead: time.Hour, Keep: time.Hour}, // no token lives longer than an hour
		OnError: func(_ context.Context, err error) { told("rotate keys", err) },
	}
}

// told logs what fails in the background, where no request would notice.
func told(what string, err error) {
	if err != nil {
		log.Print(what, ": ", err)
	}
}

// server is the auth server: here it gives everybody a token.
type server struct {
	keys   *keyring.Source
	issuer *authsdk.Issuer
	url    string
}

// newServer keeps its keys in a file, and makes the next one when it is due.
func newServer(ctx context.Context, url, path string, rotation keyring.RotatorConfig) (*server, error) {
	shared, err := keyring.NewShared(keyring.SharedConfig{Store: keyring.NewFileStore(path), InsecurePlain: true})
	if err != nil {
		return nil, err
	}
	rotation.Shared = shared
	rotator, err := keyring.NewRotator(rotation)
	if err != nil {
		return nil, err
	}
	if _, err := rotator.Check(ctx); err != nil { // the first key
		return nil, err
	}
	keys, err := keyring.Open(ctx, keyring.SourceConfig{
		Load: shared.Load, OnReload: func(_ *keyring.Ring, err error) { told("read keys", err) },
	})
	if err != nil {
		return nil, err
	}
	go rotator.Run(ctx) // makes keys
	go keys.Watch(ctx)  // sees those that other replicas make
	issuer, err := authsdk.NewIssuer(authsdk.IssuerConfig{Issuer: url, Keys: keys})
	return &server{keys: keys, issuer: issuer, url: url}, err
}

func (s *server) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /token", func(w http.ResponseWriter, r *http.Request) {
		token, err := s.issuer.Issue(r.Context(), authsdk.Claims{Subject: "alice"}, nil)
		if err != nil {
			authsdk.WriteProblem(w, r, authsdk.ErrorOf(err))
			return
		}
		fmt.Fprint(w, token)
	})
	mux.HandleFunc("GET /.well-known/jwks.json", func(w http.ResponseWriter, r *http.Request) {
		keys, err := s.keys.KeySet(r.Context())
		if err != nil {
			authsdk.WriteProblem(w, r, authsdk.ErrorOf(err))
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "max-age=300") // less than an hour
		_, _ = w.Write(keys.PublicJWKS())
	})
	mux.HandleFunc("GET /.well-known/oauth-authorization-server", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"issuer":%q,"jwks_uri":%q}`, s.url, s.url+"/.well-known/jwks.json")
	})
	return mux
}

// newService verifies tokens of an issuer, whose keys it fetches.
func newService(ctx context.Context, issuer remotekeys.Config) (http.Handler, error) {
	keys, err := remotekeys.New(ctx, issuer)
	if err != nil {
		return nil, err
	}
	go keys.Run(ctx) // fetches them before they are old
	verifier, err := authsdk.NewVerifier(authsdk.VerifierConfig{Issuer: issuer.Issuer, Keys: keys})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /hello", authhttp.Require(verifier, authsdk.Policy{})(http.HandlerFunc(hello)))
	return mux, nil
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
