// Basic is the least that a service needs: a login that gives a token, and a
// route that wants one.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net"
	"net/http"
	"time"

	"github.com/authsdk/authsdk-go/adapters/authhttp"
	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/memstore"
	"github.com/authsdk/authsdk-go/authsdk/session"
	"github.com/authsdk/authsdk-go/authsdk/users"
)

func main() {
	const url = "http://127.0.0.1:8080"
	handler := newHandler(url, time.Now)
	listener := must(net.Listen("tcp", "127.0.0.1:8080"))
	fmt.Printf(`Listening on %[1]s. In another terminal:

  T=$(curl -s %[1]s/login -d '{"username":"alice","password":"correct horse"}' | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
  curl -i %[1]s/protected -H "Authorization: Bearer $T"

`, url)
	log.Fatal(http.Serve(listener, handler))
}

// service is what the handlers need.
type service struct {
	accounts *users.Service
	issuer   *authsdk.Issuer
}

func newHandler(url string, now func() time.Time) http.Handler {
	keys := must(authsdk.NewKeySet(must(authsdk.GenerateKey(authsdk.ES256)))) // a real service reads its key
	accounts := must(users.New(users.Config{Store: memstore.New(), Now: now}))
	must(accounts.Add(context.Background(), "alice", "correct horse", nil, nil))

	issuer := must(authsdk.NewIssuer(authsdk.IssuerConfig{Issuer: url, Keys: keys, Now: now}))
	verifier := must(authsdk.NewVerifier(authsdk.VerifierConfig{Issuer: url, Keys: keys, Now: now}))

	s := &service{accounts, issuer}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /login", s.login)
	mux.Handle("GET /protected", authhttp.Require(verifier, authsdk.Policy{})(http.HandlerFunc(protected)))
	return mux
}

func (s *service) login(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Username string `json:"username"`
		Password string `json:"password"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 4<<10)).Decode(&in); err != nil {
		authsdk.WriteProblem(w, r, authsdk.ErrRequestMalformed)
		return
	}
	address, _, _ := net.SplitHostPort(r.RemoteAddr) // wrong passwords are counted by it
	account, err := s.accounts.Authenticate(r.Context(), session.Credentials{
		Username: in.Username, Password: in.Password, Address: address,
	})
	if err != nil {
		authsdk.WriteProblem(w, r, authsdk.ErrorOf(err))
		return
	}
	token, err := s.issuer.Issue(r.Context(), authsdk.Claims{Subject: account.Subject, Fresh: true}, nil)
	if err != nil {
		authsdk.WriteProblem(w, r, authsdk.ErrorOf(err))
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if err := json.NewEncoder(w).Encode(map[string]string{"access_token": token}); err != nil {
		log.Print(err) // the caller has gone
	}
}

func protected(w http.ResponseWriter, r *http.Request) {
	claims, _ := authsdk.ClaimsFrom(r.Context())
	fmt.Fprintf(w, "Hello, %s.\n", claims.Subject)
}

func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}
