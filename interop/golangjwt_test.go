package interop_test

import (
	"maps"
	"testing"

	"github.com/golang-jwt/jwt/v5"
)

func golangJWTAccept(t *testing.T, f *fixture) func(string) (string, error) {
	t.Helper()
	key := keyfunc(t, f)
	return func(token string) (string, error) {
		parsed, err := jwt.Parse(token, key, jwt.WithValidMethods([]string{string(f.alg)}),
			jwt.WithIssuer(issuer), jwt.WithAudience(audience), jwt.WithExpirationRequired(), jwt.WithIssuedAt())
		if err != nil {
			return "", err
		}
		return parsed.Claims.GetSubject()
	}
}

// keyfunc finds the key by its kid. golang-jwt reads no key sets, so go-jose
// does that.
func keyfunc(t *testing.T, f *fixture) jwt.Keyfunc {
	t.Helper()
	if f.shared() {
		return func(*jwt.Token) (any, error) { return f.public, nil }
	}
	set := joseFetch(t, f)
	return func(token *jwt.Token) (any, error) {
		kid, _ := token.Header["kid"].(string)
		for _, key := range set.Key(kid) {
			return key.Key, nil
		}
		return nil, jwt.ErrTokenUnverifiable
	}
}

func golangJWTSign(t *testing.T, f *fixture, header, claims map[string]any) string {
	t.Helper()
	token := jwt.NewWithClaims(jwt.GetSigningMethod(string(f.alg)), jwt.MapClaims(claims))
	maps.Copy(token.Header, header)
	return must[string](t)(token.SignedString(f.private))
}
