// Revocation is two servers over one store: one logs people in and out, the
// other verifies tokens, and asks nobody about them but its own memory.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"time"

	"github.com/authsdk/authsdk-go/adapters/authhttp"
	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/revocation"
	"github.com/authsdk/authsdk-go/authsdk/security"
	"github.com/authsdk/authsdk-go/authsdk/server"
	"github.com/authsdk/authsdk-go/authsdk/session"
	"github.com/authsdk/authsdk-go/authsdk/sqlitestore"
	"github.com/authsdk/authsdk-go/authsdk/users"
)

const issuer = "http://127.0.0.1:8080"

func main() {
	keys := must(authsdk.NewKeySet(must(authsdk.GenerateKey(authsdk.ES256))))
	auth, orders := newAuth("data/revocation.db", keys), newOrders("data/revocation.db", keys)
	_, err := auth.users.Add(context.Background(), "alice", "correct horse", nil, []string{"admin"})
	if err != nil && !errors.Is(err, users.ErrExists) { // she is there since the first start
		log.Fatal(err)
	}
	go auth.list.Run(context.Background())
	go orders.list.Run(context.Background())
	fmt.Println("Log in as alice, with the password correct horse, at " + issuer + "/auth/login; then use the token at http://127.0.0.1:8081/orders")
	go func() { log.Fatal(http.ListenAndServe("127.0.0.1:8081", orders.handler)) }()
	log.Fatal(http.ListenAndServe("127.0.0.1:8080", auth.handler))
}

type service struct {
	list     *revocation.List
	sessions *session.Manager
	users    *users.Service
	handler  http.Handler
}

// newAuth is the server that revokes.
func newAuth(path string, keys *authsdk.KeySet) *service {
	store := must(sqlitestore.Open(context.Background(), path)) // pgstore.Open for several machines
	s := &service{users: must(users.New(users.Config{Store: store}))}
	tokens := must(authsdk.NewIssuer(authsdk.IssuerConfig{Issuer: issuer, Keys: keys}))
	s.list = must(revocation.New(revocation.Config{Store: store, TokenTTL: tokens.AccessTTL()}))
	s.sessions = must(session.New(session.Config{Issuer: tokens, Store: store, Accounts: s.users, Revocations: s.list}))
	verifier := must(authsdk.NewVerifier(authsdk.VerifierConfig{Issuer: issuer, Keys: keys, Revoked: s.list.Revoked}))

	mux := http.NewServeMux()
	endpoints := must(server.New(server.Config{Sessions: s.sessions, Verifier: verifier, Keys: keys}))
	authhttp.Mount(mux, endpoints, authhttp.Options{})
	guard := func(p authsdk.Policy, h http.HandlerFunc) http.Handler { return authhttp.Require(verifier, p)(h) }
	mux.Handle("PUT /password", guard(authsdk.Policy{Fresh: true}, s.changePassword))
	mux.Handle("DELETE /tokens/{subject}", guard(authsdk.Policy{Roles: []string{"admin"}}, s.revokeAll))
	s.handler = mux
	return s
}

// changePassword ends all other sessions of who has a new password.
func (s *service) changePassword(w http.ResponseWriter, r *http.Request) {
	claims, _ := authsdk.ClaimsFrom(r.Context())
	// … set the password, then:
	if err := s.sessions.LogoutOthers(r.Context(), claims); err != nil {
		authsdk.WriteProblem(w, r, authsdk.ErrorOf(err))
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// revokeAll refuses every token that somebody has, whoever issued it and
// wherever it is. Their sessions end as well, or they would get new ones.
func (s *service) revokeAll(w http.ResponseWriter, r *http.Request) {
	subject := r.PathValue("subject")
	err := s.list.RevokeSubject(r.Context(), subject, time.Now())
	if err == nil {
		err = s.sessions.LogoutAll(r.Context(), subject)
	}
	if err != nil {
		authsdk.WriteProblem(w, r, authsdk.ErrorOf(err))
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// newOrders is the server that verifies.
func newOrders(path string, keys *authsdk.KeySet) *service {
	store := must(sqlitestore.Open(context.Background(), path))
	list := must(revocation.New(revocation.Config{
		Store:      store,
		OnDegraded: func(s revocation.Status) { log.Printf("revocations: nothing heard since %s: %v", s.Synced, s.Err) },
	}))
	verifier := must(authsdk.NewVerifier(authsdk.VerifierConfig{Issuer: issuer, Keys: keys, Revoked: list.Revoked}))

	mux := http.NewServeMux()
	mux.Handle("GET /orders", authhttp.Require(verifier, authsdk.Policy{})(http.HandlerFunc(orders)))
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if list.Status().Degraded {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	return &service{list: list, handler: mux}
}

func orders(w http.ResponseWriter, r *http.Request) {
	caller, _ := security.PrincipalFrom(r.Context())
	fmt.Fprintf(w, "The orders of %s.\n", caller.Subject)
}

func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}
