package interop_test

import (
	"testing"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwk"
	"github.com/lestrrat-go/jwx/v2/jws"
	"github.com/lestrrat-go/jwx/v2/jwt"
)

// jwx2Accept fetches the key set, as the documentation of jwx has it.
func jwx2Accept(t *testing.T, f *fixture) func(string) (string, error) {
	t.Helper()
	var key jwt.ParseOption = jwt.WithKey(jwa.SignatureAlgorithm(f.alg), f.public)
	if !f.shared() {
		key = jwt.WithKeySet(must[jwk.Set](t)(jwk.Fetch(t.Context(), f.jwks)))
	}
	return func(token string) (string, error) {
		parsed, err := jwt.ParseString(token, key, jwt.WithIssuer(issuer), jwt.WithAudience(audience))
		if err != nil {
			return "", err
		}
		return parsed.Subject(), nil
	}
}

// jwx2Sign signs claims with a header.
func jwx2Sign(t *testing.T, f *fixture, header, claims map[string]any) string {
	t.Helper()
	headers := jws.NewHeaders()
	for name, value := range header {
		if err := headers.Set(name, value); err != nil {
			t.Fatal(err)
		}
	}
	token := jwt.New()
	for name, value := range claims {
		if err := token.Set(name, value); err != nil {
			t.Fatal(err)
		}
	}
	return string(must[[]byte](t)(jwt.Sign(token, jwt.WithKey(jwa.SignatureAlgorithm(f.alg), f.private, jws.WithProtectedHeaders(headers)))))
}
