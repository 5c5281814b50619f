package interop_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
)

const (
	issuer   = "https://auth.example"
	audience = "https://orders.example"
	subject  = "alice"
	tokenID  = "0123456789abcdefghijkl"
)

func must[T any](t testing.TB) func(v T, err error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// fixture is a key that both sides know, each in its form, and the address of
// the key set that we publish.
type fixture struct {
	alg     authsdk.Algorithm
	keys    *authsdk.KeySet
	private any
	public  any
	jwks    string
}

// keyID is the kid that our verifier knows the key by.
func (f *fixture) keyID() string { return f.keys.Signer().ID() }

// shared reports whether the key is a secret, which no key set publishes.
func (f *fixture) shared() bool { _, ok := f.private.([]byte); return ok }

func newFixture(t testing.TB, alg authsdk.Algorithm) *fixture {
	t.Helper()
	f := &fixture{alg: alg}
	switch alg {
	case authsdk.HS256:
		secret := make([]byte, 32)
		must[int](t)(rand.Read(secret))
		f.private, f.public = secret, secret
	case authsdk.RS256, authsdk.PS256:
		key := must[*rsa.PrivateKey](t)(rsa.GenerateKey(rand.Reader, 2048))
		f.private, f.public = key, &key.PublicKey
	case authsdk.ES256:
		key := must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
		f.private, f.public = key, &key.PublicKey
	case authsdk.ES384:
		key := must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))
		f.private, f.public = key, &key.PublicKey
	case authsdk.EdDSA:
		public, private, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		f.private, f.public = private, public
	default:
		t.Fatalf("no key for %s", alg)
	}
	f.keys = must[*authsdk.KeySet](t)(authsdk.NewKeySet(ownKey(t, alg, f.private)))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/jwk-set+json")
		_, _ = w.Write(f.keys.PublicJWKS())
	}))
	t.Cleanup(server.Close)
	f.jwks = server.URL
	return f
}

func ownKey(t testing.TB, alg authsdk.Algorithm, private any) *authsdk.Key {
	t.Helper()
	if secret, ok := private.([]byte); ok {
		return must[*authsdk.Key](t)(authsdk.NewSecretKey(alg, secret))
	}
	der := must[[]byte](t)(x509.MarshalPKCS8PrivateKey(private))
	return must[*authsdk.Key](t)(authsdk.ParseKey(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), alg))
}

// issue makes one of our tokens.
func (f *fixture) issue(t testing.TB, change ...func(*authsdk.IssuerConfig, *authsdk.Claims)) string {
	t.Helper()
	cfg := authsdk.IssuerConfig{Issuer: issuer, Audience: []string{audience}, Keys: f.keys}
	c := authsdk.Claims{
		Subject: subject, IssuedAt: time.Now().Add(-time.Minute), Fresh: true,
		Scopes: []string{"orders:read"}, Roles: []string{"user", "editor"},
	}
	for _, f := range change {
		f(&cfg, &c)
	}
	i := must[*authsdk.Issuer](t)(authsdk.NewIssuer(cfg))
	return must[string](t)(i.Issue(t.Context(), c, map[string]any{"tenant": "acme"}))
}

// verify asks our verifier.
func (f *fixture) verify(ctx context.Context, t testing.TB, token string) (*authsdk.Claims, error) {
	t.Helper()
	v := must[*authsdk.Verifier](t)(authsdk.NewVerifier(authsdk.VerifierConfig{Issuer: issuer, Audience: []string{audience}, Keys: f.keys}))
	return v.Verify(ctx, token, authsdk.Policy{})
}

// library is a library that reads or writes tokens.
type library struct {
	name string
	// accept returns what a service does to learn the subject of a token.
	accept func(t *testing.T, f *fixture) func(token string) (string, error)
}

var all = []authsdk.Algorithm{authsdk.HS256, authsdk.RS256, authsdk.PS256, authsdk.ES256, authsdk.ES384, authsdk.EdDSA}
