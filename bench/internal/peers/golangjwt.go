package peers

import (
	"github.com/golang-jwt/jwt/v5"
)

// GolangClaims are the claims as golang-jwt reads them.
type GolangClaims struct {
	jwt.RegisteredClaims
	private
}

// GolangJWT returns what checks a token with golang-jwt.
func GolangJWT(f *Fixture) (func(string) (string, error), error) {
	parser := jwt.NewParser(
		jwt.WithValidMethods([]string{string(f.Algorithm)}),
		jwt.WithIssuer(Issuer), jwt.WithAudience(Audience), jwt.WithIssuedAt(), jwt.WithExpirationRequired(),
	)
	var key jwt.Keyfunc = func(*jwt.Token) (any, error) { return f.Public, nil }
	return func(token string) (string, error) {
		var c GolangClaims
		if _, err := parser.ParseWithClaims(token, &c, key); err != nil {
			return "", err
		}
		if c.Subject == "" {
			return "", errClaims
		}
		return c.Subject, nil
	}, nil
}

func golangJWTSign(f *Fixture) (func() (string, error), error) {
	method := jwt.GetSigningMethod(string(f.Algorithm))
	c := GolangClaims{jwt.RegisteredClaims{
		Issuer: Issuer, Subject: Subject, Audience: jwt.ClaimStrings{Audience}, ID: tokenID,
		IssuedAt: jwt.NewNumericDate(f.Issued), NotBefore: jwt.NewNumericDate(f.Issued), ExpiresAt: jwt.NewNumericDate(f.Claims().Expires),
	}, privateClaims()}
	return func() (string, error) {
		t := jwt.NewWithClaims(method, &c)
		t.Header["kid"] = f.KeyID
		t.Header["typ"] = "at+jwt"
		return t.SignedString(f.Private)
	}, nil
}
