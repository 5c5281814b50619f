package peers

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"reflect"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
)

// What every token says, and what everybody checks.
const (
	Issuer   = "https://auth.example"
	Audience = "https://orders.example"
	Subject  = "3f0e8a52-8c1b-4a0e-9d0b-5a1f3c2e7d11"

	tokenID = "XINRCN4EWCM2JWRC55NEPZJ53D"
	scope   = "orders:read orders:write"
)

func roles() []string { return []string{"user", "editor", "admin"} }

// Algorithms are those that are compared.
func Algorithms() []authsdk.Algorithm {
	return []authsdk.Algorithm{authsdk.HS256, authsdk.RS256, authsdk.ES256, authsdk.EdDSA}
}

// Fixture is what all share: one key, in our form and in that of the standard
// library, and a token that we have issued.
type Fixture struct {
	Algorithm authsdk.Algorithm
	Keys      *authsdk.KeySet
	KeyID     string
	Private   any // *rsa.PrivateKey, *ecdsa.PrivateKey, ed25519.PrivateKey or []byte
	Public    any // the other half, or the same []byte
	Token     string
	Issued    time.Time // a minute before the fixture was made
}

// NewFixture makes a new key and a token.
func NewFixture(ctx context.Context, alg authsdk.Algorithm) (*Fixture, error) {
	f := &Fixture{Algorithm: alg, Issued: time.Now().Add(-time.Minute).Truncate(time.Second)}
	key, err := f.generate()
	if err != nil {
		return nil, err
	}
	f.KeyID = key.ID()
	if f.Keys, err = authsdk.NewKeySet(key); err != nil {
		return nil, err
	}
	f.Token, err = f.Issue(ctx, authsdk.IssuerConfig{Issuer: Issuer, Audience: []string{Audience}}, f.Claims())
	return f, err
}

// Claims are the claims of the token, but for those that the issuer sets.
func (f *Fixture) Claims() authsdk.Claims {
	return authsdk.Claims{
		ID: tokenID, Subject: Subject, IssuedAt: f.Issued, NotBefore: f.Issued, Expires: f.Issued.Add(time.Hour), Fresh: true,
		Scopes: []string{"orders:read", "orders:write"}, Roles: roles(),
	}
}

// Issue signs claims with the key of the fixture.
func (f *Fixture) Issue(ctx context.Context, cfg authsdk.IssuerConfig, c authsdk.Claims) (string, error) {
	cfg.Keys = f.Keys
	issuer, err := authsdk.NewIssuer(cfg)
	if err != nil {
		return "", err
	}
	return issuer.Issue(ctx, c, nil)
}

// VerifierConfig is that of a service which the token is for. The cache is off:
// what is compared is the work that a token takes.
func (f *Fixture) VerifierConfig() authsdk.VerifierConfig {
	cfg := authsdk.VerifierConfig{Issuer: Issuer, Audience: []string{Audience}, Keys: f.Keys}
	SetCacheSize(&cfg, -1)
	return cfg
}

// SetCacheSize sets how many tokens a verifier remembers, and reports whether
// it can: this also builds beside a VerifierConfig that has no such field.
func SetCacheSize(cfg *authsdk.VerifierConfig, n int) bool {
	field := reflect.ValueOf(cfg).Elem().FieldByName("CacheSize")
	if !field.IsValid() {
		return false
	}
	field.SetInt(int64(n))
	return true
}

func (f *Fixture) generate() (*authsdk.Key, error) {
	var err error
	switch f.Algorithm { //nolint:exhaustive // those of Algorithms
	case authsdk.HS256:
		secret := make([]byte, 32)
		if _, err := rand.Read(secret); err != nil {
			return nil, fmt.Errorf("secret: %w", err)
		}
		f.Private, f.Public = secret, secret
		return authsdk.NewSecretKey(f.Algorithm, secret)
	case authsdk.RS256:
		var key *rsa.PrivateKey
		if key, err = rsa.GenerateKey(rand.Reader, 2048); err == nil {
			f.Private, f.Public = key, &key.PublicKey
		}
	case authsdk.ES256:
		var key *ecdsa.PrivateKey
		if key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err == nil {
			f.Private, f.Public = key, &key.PublicKey
		}
	case authsdk.EdDSA:
		f.Public, f.Private, err = ed25519.GenerateKey(rand.Reader)
	}
	if err != nil {
		return nil, fmt.Errorf("%s key: %w", f.Algorithm, err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(f.Private)
	if err != nil {
		return nil, fmt.Errorf("%s key: %w", f.Algorithm, err)
	}
	return authsdk.ParseKey(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), f.Algorithm)
}
