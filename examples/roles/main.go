// Roles is a service in chi that makes its tokens itself, without sessions:
// roles and further claims in the token, users loaded from it, a view for
// everybody, and a blocklist that ends single tokens.
package main

import (
	"context"
	"encoding/json"
	"log"
	"net/http"
	"sync"

	"github.com/go-chi/chi/v5"

	"github.com/authsdk/authsdk-go/adapters/authchi"
	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/memstore"
	"github.com/authsdk/authsdk-go/authsdk/session"
	"github.com/authsdk/authsdk-go/authsdk/users"
)

func main() {
	log.Fatal(http.ListenAndServe("127.0.0.1:8080", newHandler("http://127.0.0.1:8080")))
}

// person is a user of this service.
type person struct {
	ID, Name, Tenant string
	Roles            []string
}

func newHandler(url string) http.Handler {
	keys := must(authsdk.NewKeySet(must(authsdk.GenerateKey(authsdk.ES256)))) // a real service reads its key
	s := &service{people: map[string]*person{}, ended: map[string]bool{}}
	s.passwords = must(users.New(users.Config{Store: memstore.New()})) // sqlitestore.Open keeps what this one forgets
	s.add(person{Name: "alice", Tenant: "acme", Roles: []string{"admin"}}, "correct horse")
	s.add(person{Name: "bob", Tenant: "acme"}, "battery staple")
	s.issuer = must(authsdk.NewIssuer(authsdk.IssuerConfig{Issuer: url, Keys: keys, Claims: s.further}))
	verifier := must(authsdk.NewVerifier(authsdk.VerifierConfig{
		Issuer: url, Keys: keys, Revoked: s.blocked, User: s.user,
	}))

	r := chi.NewRouter()
	r.Post("/login", s.login)
	r.With(authchi.Require(verifier, authsdk.Policy{Types: []authsdk.TokenType{authsdk.Refresh}})).
		Post("/refresh", s.refresh)
	r.With(authchi.Require(verifier, authsdk.Policy{Types: []authsdk.TokenType{authsdk.Access, authsdk.Refresh}})).
		Delete("/logout", s.logout)
	r.With(authchi.Require(verifier, authsdk.Policy{Optional: true})).Get("/", s.greet)
	r.With(authchi.Require(verifier, authsdk.Policy{})).Get("/me", s.me)
	r.With(authchi.Require(verifier, authsdk.Policy{Roles: []string{"admin"}})).Get("/admin", s.me)
	return r
}

// service is the user base, the blocklist and the handlers.
type service struct {
	issuer    *authsdk.Issuer
	passwords *users.Service
	people    map[string]*person

	mu    sync.Mutex
	ended map[string]bool // by ID; a real list forgets a token when it would have expired
}

func (s *service) add(p person, password string) {
	p.ID = must(s.passwords.Add(context.Background(), p.Name, password, nil, nil)).ID
	s.people[p.ID] = &p
}

// further returns the custom claims of a token.
func (s *service) further(_ context.Context, c authsdk.Claims) (any, error) {
	return map[string]any{"tenant": s.people[c.Subject].Tenant}, nil
}

// user loads who a token speaks for; nil says that they are gone.
func (s *service) user(_ context.Context, c *authsdk.Claims) (any, error) {
	return s.people[c.Subject], nil
}

// blocked says whether a token was ended. A list in a database returns its
// error: what cannot be known is answered with 503.
func (s *service) blocked(_ context.Context, c *authsdk.Claims) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ended[c.ID], nil
}

func (s *service) login(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Name     string `json:"name"`
		Password string `json:"password"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<10)).Decode(&in); err != nil {
		authsdk.WriteProblem(w, r, authsdk.ErrRequestMalformed)
		return
	}
	account, err := s.passwords.Authenticate(r.Context(), session.Credentials{Username: in.Name, Password: in.Password})
	if err != nil {
		authsdk.WriteProblem(w, r, authsdk.ErrorOf(err))
		return
	}
	p := s.people[account.Subject]
	s.issue(w, r, authsdk.Claims{Subject: p.ID, Roles: p.Roles, Fresh: true}, authsdk.Claims{Type: authsdk.Refresh, Subject: p.ID})
}

func (s *service) refresh(w http.ResponseWriter, r *http.Request) {
	p, err := authsdk.User[*person](r.Context())
	if err != nil {
		authsdk.WriteProblem(w, r, authsdk.ErrorOf(err))
		return
	}
	s.issue(w, r, authsdk.Claims{Subject: p.ID, Roles: p.Roles}) // the roles of now
}

// issue answers with tokens, by their types.
func (s *service) issue(w http.ResponseWriter, r *http.Request, tokens ...authsdk.Claims) {
	out := map[string]string{}
	for _, c := range tokens {
		token, err := s.issuer.Issue(r.Context(), c, nil)
		if err != nil {
			log.Print(err)
			authsdk.WriteProblem(w, r, authsdk.ErrorOf(err))
			return
		}
		if c.Type == "" {
			c.Type = authsdk.Access
		}
		out[string(c.Type)] = token
	}
	w.Header().Set("Cache-Control", "no-store")
	write(w, out)
}

// logout ends the token that the request carries, be it access or refresh.
func (s *service) logout(w http.ResponseWriter, r *http.Request) {
	claims, _ := authsdk.ClaimsFrom(r.Context())
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended[claims.ID] = true
	w.WriteHeader(http.StatusNoContent)
}

// greet knows the caller or does not.
func (s *service) greet(w http.ResponseWriter, r *http.Request) {
	if p, err := authsdk.User[*person](r.Context()); err == nil {
		write(w, map[string]any{"hello": p.Name})
		return
	}
	write(w, map[string]any{"hello": "stranger"})
}

func (s *service) me(w http.ResponseWriter, r *http.Request) {
	p, err := authsdk.User[*person](r.Context())
	if err != nil {
		authsdk.WriteProblem(w, r, authsdk.ErrorOf(err))
		return
	}
	claims, _ := authsdk.ClaimsFrom(r.Context())
	write(w, map[string]any{"name": p.Name, "roles": claims.Roles, "claims": claims.Extra()})
}

func write(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(v); err != nil {
		log.Print(err) // the caller has gone
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}
