package routes

import (
	"net/http"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/jwtauth/v5"
	"github.com/lestrrat-go/jwx/v2/jwt"

	"github.com/authsdk/authsdk-go/adapters/authchi"
	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/bench/internal/peers"
)

func chiRouter(h http.HandlerFunc, guards ...func(http.Handler) http.Handler) http.Handler {
	r := chi.NewRouter()
	r.Use(guards...)
	r.Get(Path, h)
	return r
}

func chiBare(*peers.Fixture) (http.Handler, error) { return chiRouter(open), nil }

func chiOurs(f *peers.Fixture) (http.Handler, error) {
	v, err := verifier(f)
	if err != nil {
		return nil, err
	}
	return chiRouter(behindOurs, authchi.Require(v, authsdk.Policy{})), nil
}

// chiJWTAuth has two guards, as its documentation has: one reads, one refuses.
func chiJWTAuth(f *peers.Fixture) (http.Handler, error) {
	auth := jwtauth.New(string(f.Algorithm), f.Private, f.Public,
		jwt.WithIssuer(peers.Issuer), jwt.WithAudience(peers.Audience), jwt.WithRequiredClaim(jwt.ExpirationKey))
	return chiRouter(func(w http.ResponseWriter, r *http.Request) {
		_, claims, _ := jwtauth.FromContext(r.Context())
		subject, _ := claims["sub"].(string)
		answer(w, subject)
	}, jwtauth.Verifier(auth), jwtauth.Authenticator(auth)), nil
}
