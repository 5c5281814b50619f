// Ownguards is a service whose rules no policy has: any of some roles, tenants
// that are suspended, a page that decides by itself, and jobs without HTTP.
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"slices"

	"github.com/authsdk/authsdk-go/adapters/authhttp"
	"github.com/authsdk/authsdk-go/authsdk"
)

func main() {
	keys := must(authsdk.NewKeySet(must(authsdk.GenerateKey(authsdk.ES256)))) // a real service reads its key
	s := newService("http://127.0.0.1:8080", keys)
	log.Fatal(http.ListenAndServe("127.0.0.1:8080", s.handler()))
}

type service struct {
	verifier  *authsdk.Verifier
	suspended map[string]bool // tenants
}

func newService(url string, keys *authsdk.KeySet) *service {
	s := &service{suspended: map[string]bool{"initech": true}}
	s.verifier = must(authsdk.NewVerifier(authsdk.VerifierConfig{Issuer: url, Keys: keys, Check: s.check}))
	return s
}

func (s *service) handler() http.Handler {
	require := authhttp.Require(s.verifier, authsdk.Policy{})
	mux := http.NewServeMux()
	mux.HandleFunc("GET /", s.front)
	mux.Handle("GET /orders", require(anyRole("clerk", "admin")(http.HandlerFunc(orders))))
	return mux
}

var errSuspended = &authsdk.Error{Code: "tenant_suspended", Status: http.StatusForbidden, Detail: "The tenant is suspended."}

// check is asked about every token that is good otherwise.
func (s *service) check(_ context.Context, c *authsdk.Claims) error {
	custom, err := authsdk.Custom[struct {
		Tenant string `json:"tenant"`
	}](c)
	if err != nil {
		return err
	}
	if s.suspended[custom.Tenant] {
		return errSuspended
	}
	return nil
}

// anyRole lets a request pass if its token has one of the roles. A policy
// would demand all of them.
func anyRole(roles ...string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			claims, ok := authsdk.ClaimsFrom(r.Context())
			if !ok || !slices.ContainsFunc(claims.Roles, func(role string) bool { return slices.Contains(roles, role) }) {
				authsdk.WriteProblem(w, r, authsdk.ErrInsufficientScope)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// front asks for the token itself: there is no guard around it.
func (s *service) front(w http.ResponseWriter, r *http.Request) {
	claims, err := s.verifier.Authenticate(r, authsdk.Policy{Optional: true})
	if err != nil {
		s.verifier.Refuse(w, r, err)
		return
	}
	if claims == nil { // nobody, and that is fine
		fmt.Fprintln(w, "Please log in.")
		return
	}
	fmt.Fprintln(w, "You are logged in.")
}

func orders(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "No orders.") }

// job is work from a queue, with the token of whoever ordered it.
type job struct{ Token, To string }

// send does a job if its token grants that. There is no request here.
func (s *service) send(ctx context.Context, j job) (string, error) {
	claims, err := s.verifier.Verify(ctx, j.Token, authsdk.Policy{Scopes: []string{"mail:send"}})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("From %s to %s.", claims.Subject, j.To), nil
}

func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}
