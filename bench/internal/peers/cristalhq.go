package peers

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"time"

	"github.com/cristalhq/jwt/v5"
)

type cristalhqClaims struct {
	jwt.RegisteredClaims
	private
}

func cristalhq(f *Fixture) (func(string) (string, error), error) {
	var verifier jwt.Verifier
	var err error
	alg := jwt.Algorithm(f.Algorithm)
	switch key := f.Public.(type) {
	case []byte:
		verifier, err = jwt.NewVerifierHS(alg, key)
	case *rsa.PublicKey:
		verifier, err = jwt.NewVerifierRS(alg, key)
	case *ecdsa.PublicKey:
		verifier, err = jwt.NewVerifierES(alg, key)
	case ed25519.PublicKey:
		verifier, err = jwt.NewVerifierEdDSA(key)
	}
	if err != nil {
		return nil, err
	}
	return func(token string) (string, error) {
		var c cristalhqClaims
		if err := jwt.ParseClaims([]byte(token), verifier, &c); err != nil {
			return "", err
		}
		// It leaves the claims to the caller, and lets an absent exp pass.
		if c.ExpiresAt == nil || !c.IsValidAt(time.Now()) || !c.IsIssuer(Issuer) || !c.IsForAudience(Audience) || c.Subject == "" {
			return "", errClaims
		}
		return c.Subject, nil
	}, nil
}

func cristalhqSign(f *Fixture) (func() (string, error), error) {
	var signer jwt.Signer
	var err error
	alg := jwt.Algorithm(f.Algorithm)
	switch key := f.Private.(type) {
	case []byte:
		signer, err = jwt.NewSignerHS(alg, key)
	case *rsa.PrivateKey:
		signer, err = jwt.NewSignerRS(alg, key)
	case *ecdsa.PrivateKey:
		signer, err = jwt.NewSignerES(alg, key)
	case ed25519.PrivateKey:
		signer, err = jwt.NewSignerEdDSA(key)
	}
	if err != nil {
		return nil, err
	}
	builder := jwt.NewBuilder(signer, jwt.WithKeyID(f.KeyID)) // its typ is always JWT
	c := cristalhqClaims{jwt.RegisteredClaims{
		Issuer: Issuer, Subject: Subject, Audience: jwt.Audience{Audience}, ID: tokenID,
		IssuedAt: jwt.NewNumericDate(f.Issued), NotBefore: jwt.NewNumericDate(f.Issued), ExpiresAt: jwt.NewNumericDate(f.Claims().Expires),
	}, privateClaims()}
	return func() (string, error) {
		t, err := builder.Build(&c)
		if err != nil {
			return "", err
		}
		return t.String(), nil
	}, nil
}
