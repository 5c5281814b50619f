package peers

import (
	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jws"
	"github.com/lestrrat-go/jwx/v2/jwt"
)

func jwx2(f *Fixture) (func(string) (string, error), error) {
	options := []jwt.ParseOption{
		jwt.WithKey(jwa.SignatureAlgorithm(f.Algorithm), f.Public),
		jwt.WithIssuer(Issuer), jwt.WithAudience(Audience), jwt.WithRequiredClaim(jwt.ExpirationKey),
		jwt.WithTypedClaim("roles", []string(nil)),
	}
	return func(token string) (string, error) {
		t, err := jwt.ParseString(token, options...)
		if err != nil {
			return "", err
		}
		if t.Subject() == "" {
			return "", errClaims
		}
		return t.Subject(), nil
	}, nil
}

func jwx2Sign(f *Fixture) (func() (string, error), error) {
	headers := jws.NewHeaders()
	if err := headers.Set(jws.KeyIDKey, f.KeyID); err != nil {
		return nil, err
	}
	if err := headers.Set(jws.TypeKey, "at+jwt"); err != nil {
		return nil, err
	}
	option := jwt.WithKey(jwa.SignatureAlgorithm(f.Algorithm), f.Private, jws.WithProtectedHeaders(headers))
	expires, p := f.Claims().Expires, privateClaims()
	return func() (string, error) {
		t, err := jwt.NewBuilder().Issuer(Issuer).Subject(Subject).Audience([]string{Audience}).JwtID(tokenID).
			IssuedAt(f.Issued).NotBefore(f.Issued).Expiration(expires).
			Claim("type", p.Type).Claim("fresh", p.Fresh).Claim("scope", p.Scope).Claim("roles", p.Roles).Build()
		if err != nil {
			return "", err
		}
		signed, err := jwt.Sign(t, option)
		return string(signed), err
	}, nil
}
