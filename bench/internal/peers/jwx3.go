package peers

import (
	"fmt"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jws"
	"github.com/lestrrat-go/jwx/v3/jwt"
)

func jwx3Alg(f *Fixture) (jwa.SignatureAlgorithm, error) {
	alg, ok := jwa.LookupSignatureAlgorithm(string(f.Algorithm))
	if !ok {
		return alg, fmt.Errorf("no algorithm %s", f.Algorithm)
	}
	return alg, nil
}

func jwx3(f *Fixture) (func(string) (string, error), error) {
	alg, err := jwx3Alg(f)
	if err != nil {
		return nil, err
	}
	options := []jwt.ParseOption{
		jwt.WithKey(alg, f.Public),
		jwt.WithIssuer(Issuer), jwt.WithAudience(Audience), jwt.WithRequiredClaim(jwt.ExpirationKey),
		jwt.WithTypedClaim("roles", []string(nil)),
	}
	return func(token string) (string, error) {
		t, err := jwt.ParseString(token, options...)
		if err != nil {
			return "", err
		}
		sub, ok := t.Subject()
		if !ok || sub == "" {
			return "", errClaims
		}
		return sub, nil
	}, nil
}

func jwx3Sign(f *Fixture) (func() (string, error), error) {
	alg, err := jwx3Alg(f)
	if err != nil {
		return nil, err
	}
	headers := jws.NewHeaders()
	if err := headers.Set(jws.KeyIDKey, f.KeyID); err != nil {
		return nil, err
	}
	if err := headers.Set(jws.TypeKey, "at+jwt"); err != nil {
		return nil, err
	}
	option := jwt.WithKey(alg, f.Private, jws.WithProtectedHeaders(headers))
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
