package peers

import (
	"fmt"

	"github.com/kataras/jwt"
)

type katarasClaims struct {
	jwt.Claims
	private
}

func katarasAlg(f *Fixture) (jwt.Alg, error) { //nolint:ireturn // the library has no other
	algs := map[string]jwt.Alg{"HS256": jwt.HS256, "RS256": jwt.RS256, "ES256": jwt.ES256, "EdDSA": jwt.EdDSA}
	alg := algs[string(f.Algorithm)]
	if alg == nil {
		return nil, fmt.Errorf("no algorithm %s", f.Algorithm)
	}
	return alg, nil
}

// katarasVerify uses a key with a kid: without, the library compares the whole
// header with its own, and refuses every token that has one.
func katarasVerify(f *Fixture) (func(string) (string, error), error) {
	alg, err := katarasAlg(f)
	if err != nil {
		return nil, err
	}
	keys := jwt.Keys{}
	keys.Register(alg, f.KeyID, f.Public, nil)
	expected := jwt.Expected{Issuer: Issuer, Audience: []string{Audience}}
	return func(token string) (string, error) {
		var c katarasClaims
		if err := keys.VerifyToken([]byte(token), &c, expected); err != nil {
			return "", err
		}
		if c.Expiry == 0 || c.Subject == "" { // it lets an absent exp pass
			return "", errClaims
		}
		return c.Subject, nil
	}, nil
}

func katarasSign(f *Fixture) (func() (string, error), error) {
	alg, err := katarasAlg(f)
	if err != nil {
		return nil, err
	}
	header := struct {
		Alg string `json:"alg"`
		Kid string `json:"kid"`
		Typ string `json:"typ"`
	}{alg.Name(), f.KeyID, "at+jwt"}
	c := katarasClaims{jwt.Claims{
		Issuer: Issuer, Subject: Subject, Audience: jwt.Audience{Audience}, ID: tokenID,
		IssuedAt: f.Issued.Unix(), NotBefore: f.Issued.Unix(), Expiry: f.Claims().Expires.Unix(),
	}, privateClaims()}
	return func() (string, error) {
		t, err := jwt.SignWithHeader(alg, f.Private, &c, header)
		return string(t), err
	}, nil
}
