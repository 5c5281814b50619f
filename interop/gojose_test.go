package interop_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// joseFetch reads our key set.
func joseFetch(t *testing.T, f *fixture) *jose.JSONWebKeySet {
	t.Helper()
	request := must[*http.Request](t)(http.NewRequestWithContext(t.Context(), http.MethodGet, f.jwks, http.NoBody))
	response := must[*http.Response](t)(http.DefaultClient.Do(request))
	defer response.Body.Close()
	var set jose.JSONWebKeySet
	if err := json.NewDecoder(response.Body).Decode(&set); err != nil {
		t.Fatal(err)
	}
	return &set
}

func goJOSEAccept(t *testing.T, f *fixture) func(string) (string, error) {
	t.Helper()
	key := f.public
	if !f.shared() {
		key = joseFetch(t, f)
	}
	return func(token string) (string, error) {
		parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(f.alg)})
		if err != nil {
			return "", err
		}
		var c jwt.Claims
		if err := parsed.Claims(key, &c); err != nil {
			return "", err
		}
		return c.Subject, c.Validate(jwt.Expected{Issuer: issuer, AnyAudience: jwt.Audience{audience}})
	}
}

func goJOSESign(t *testing.T, f *fixture, header, claims map[string]any) string {
	t.Helper()
	options := &jose.SignerOptions{}
	for name, value := range header {
		options = options.WithHeader(jose.HeaderKey(name), value)
	}
	key := jose.SigningKey{Algorithm: jose.SignatureAlgorithm(f.alg), Key: f.private}
	signer := must[jose.Signer](t)(jose.NewSigner(key, options))
	return must[string](t)(jwt.Signed(signer).Claims(claims).Serialize())
}
