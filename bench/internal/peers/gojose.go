package peers

import (
	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

type joseClaims struct {
	jwt.Claims
	private
}

func goJOSE(f *Fixture) (func(string) (string, error), error) {
	algs := []jose.SignatureAlgorithm{jose.SignatureAlgorithm(f.Algorithm)}
	expected := jwt.Expected{Issuer: Issuer, AnyAudience: jwt.Audience{Audience}}
	return func(token string) (string, error) {
		t, err := jwt.ParseSigned(token, algs)
		if err != nil {
			return "", err
		}
		var c joseClaims
		if err := t.Claims(f.Public, &c); err != nil {
			return "", err
		}
		if err := c.ValidateWithLeeway(expected, 0); err != nil {
			return "", err
		}
		if c.Expiry == nil || c.Subject == "" { // it lets an absent exp pass
			return "", errClaims
		}
		return c.Subject, nil
	}, nil
}

func goJOSESign(f *Fixture) (func() (string, error), error) {
	signer, err := jose.NewSigner(
		jose.SigningKey{Algorithm: jose.SignatureAlgorithm(f.Algorithm), Key: f.Private},
		(&jose.SignerOptions{}).WithType("at+jwt").WithHeader("kid", f.KeyID),
	)
	if err != nil {
		return nil, err
	}
	c := jwt.Claims{
		Issuer: Issuer, Subject: Subject, Audience: jwt.Audience{Audience}, ID: tokenID,
		IssuedAt: jwt.NewNumericDate(f.Issued), NotBefore: jwt.NewNumericDate(f.Issued), Expiry: jwt.NewNumericDate(f.Claims().Expires),
	}
	p := privateClaims()
	return func() (string, error) { return jwt.Signed(signer).Claims(c).Claims(p).Serialize() }, nil
}
