// Package peers has the JOSE libraries that people would use in our place, each
// set up as its documentation recommends for a service that accepts the tokens
// of one issuer for one audience: one key, one algorithm, exp, nbf, iat, iss,
// aud and sub checked, the claims in typed variables.
//
// What can be made once is made once. None looks the key up by kid, though ours
// does: that is to their advantage, as is the raw key instead of a JWK for jwx.
package peers

import (
	"context"
	"errors"

	"github.com/authsdk/authsdk-go/authsdk"
)

// Peer is one library.
type Peer struct {
	Name   string
	Module string // whose version is told
	// Verify returns what checks a token and returns its subject.
	Verify func(f *Fixture) (func(token string) (string, error), error)
	// Sign returns what signs the claims of the fixture.
	Sign func(f *Fixture) (func() (string, error), error)
}

// The names of some.
const (
	OursName      = "authsdk"
	CristalhqName = "cristalhq/jwt v5"
	GolangJWTName = "golang-jwt v5"
	JWX2Name      = "jwx v2"
	JWX3Name      = "jwx v3"
)

// All returns the libraries, ours first.
func All() []Peer {
	return []Peer{
		{OursName, "github.com/authsdk/authsdk-go", ours, oursSign},
		{CristalhqName, "github.com/cristalhq/jwt/v5", cristalhq, cristalhqSign},
		{GolangJWTName, "github.com/golang-jwt/jwt/v5", GolangJWT, golangJWTSign},
		{"kataras/jwt", "github.com/kataras/jwt", katarasVerify, katarasSign},
		{"go-jose v4", "github.com/go-jose/go-jose/v4", goJOSE, goJOSESign},
		{JWX2Name, "github.com/lestrrat-go/jwx/v2", jwx2, jwx2Sign},
		{JWX3Name, "github.com/lestrrat-go/jwx/v3", jwx3, jwx3Sign},
	}
}

// errClaims is what a peer says of claims that it does not check itself.
var errClaims = errors.New("claims are not acceptable")

func ours(f *Fixture) (func(string) (string, error), error) { return oursWith(f.VerifierConfig()) }

// Remembering returns what checks a token with a verifier that remembers it. It
// reports false where there is none: for HMAC it would not pay.
func Remembering(f *Fixture) (check func(token string) (string, error), ok bool, err error) {
	cfg := f.VerifierConfig()
	if f.Algorithm == authsdk.HS256 || !SetCacheSize(&cfg, 0) {
		return nil, false, nil
	}
	check, err = oursWith(cfg)
	return check, err == nil, err
}

func oursWith(cfg authsdk.VerifierConfig) (func(string) (string, error), error) {
	v, err := authsdk.NewVerifier(cfg)
	if err != nil {
		return nil, err
	}
	ctx := context.Background()
	return func(token string) (string, error) {
		c, err := v.Verify(ctx, token, authsdk.Policy{})
		if err != nil {
			return "", err
		}
		return c.Subject, nil
	}, nil
}

func oursSign(f *Fixture) (func() (string, error), error) {
	issuer, err := authsdk.NewIssuer(authsdk.IssuerConfig{Issuer: Issuer, Audience: []string{Audience}, Keys: f.Keys})
	if err != nil {
		return nil, err
	}
	ctx, c := context.Background(), f.Claims()
	return func() (string, error) { return issuer.Issue(ctx, c, nil) }, nil
}
