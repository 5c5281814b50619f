package routes

import (
	"context"
	"net/http"
	"strings"

	jwtmiddleware "github.com/auth0/go-jwt-middleware/v3"
	"github.com/auth0/go-jwt-middleware/v3/validator"

	"github.com/authsdk/authsdk-go/adapters/authhttp"
	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/bench/internal/peers"
)

func mux(h http.Handler) http.Handler {
	m := http.NewServeMux()
	m.Handle("GET "+Path, h)
	return m
}

func open(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }

func behindOurs(w http.ResponseWriter, r *http.Request) { answer(w, subjectOf(r.Context())) }

func netHTTPBare(*peers.Fixture) (http.Handler, error) { return mux(http.HandlerFunc(open)), nil }

func netHTTPOurs(f *peers.Fixture) (http.Handler, error) {
	v, err := verifier(f)
	if err != nil {
		return nil, err
	}
	return mux(authhttp.Require(v, authsdk.Policy{})(http.HandlerFunc(behindOurs))), nil
}

type subjectKey struct{}

// netHTTPGolangJWT is the middleware that one writes for golang-jwt in a dozen lines.
func netHTTPGolangJWT(f *peers.Fixture) (http.Handler, error) {
	verify, err := peers.GolangJWT(f)
	if err != nil {
		return nil, err
	}
	behind := func(w http.ResponseWriter, r *http.Request) {
		subject, _ := r.Context().Value(subjectKey{}).(string)
		answer(w, subject)
	}
	return mux(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if !ok {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		subject, err := verify(token)
		if err != nil {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		behind(w, r.WithContext(context.WithValue(r.Context(), subjectKey{}, subject)))
	})), nil
}

func netHTTPAuth0(f *peers.Fixture) (http.Handler, error) {
	v, err := validator.New(
		validator.WithKeyFunc(func(context.Context) (any, error) { return f.Public, nil }),
		validator.WithAlgorithm(validator.SignatureAlgorithm(f.Algorithm)),
		validator.WithIssuer(peers.Issuer), validator.WithAudience(peers.Audience),
	)
	if err != nil {
		return nil, err
	}
	m, err := jwtmiddleware.New(jwtmiddleware.WithValidator(v))
	if err != nil {
		return nil, err
	}
	return mux(m.CheckJWT(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		claims, err := jwtmiddleware.GetClaims[*validator.ValidatedClaims](r.Context())
		if err != nil {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		answer(w, claims.RegisteredClaims.Subject)
	}))), nil
}
