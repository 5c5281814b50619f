package authsdk_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/jwe"
	"github.com/authsdk/authsdk-go/authsdk/keyring"
	"github.com/authsdk/authsdk-go/authsdk/memstore"
)

// Two issuers publish one key (the tenants of one provider; or an issuer that
// republishes the key of another): each one's good tokens must pass.
func TestSharedKeys(t *testing.T) {
	k, _ := authsdk.GenerateKey(authsdk.ES256)
	a, _ := authsdk.NewKeySet(k)
	b, _ := authsdk.NewKeySet(k)
	v, err := authsdk.NewVerifier(authsdk.VerifierConfig{
		Issuer: "https://a", Keys: a, Audience: []string{"api"}, Trusted: []authsdk.TrustedIssuer{{Issuer: "https://b", Keys: b}},
	})
	if err != nil {
		t.Fatal(err) // refused when it is made would be fine for the very same source
	}
	i, _ := authsdk.NewIssuer(authsdk.IssuerConfig{Issuer: "https://b", Keys: b, Audience: []string{"api"}})
	token, _ := i.Issue(t.Context(), authsdk.Claims{Subject: "alice"}, nil)
	if _, err := v.Verify(t.Context(), token, authsdk.Policy{}); err != nil {
		t.Errorf("a good token of https://b: %v", err)
	}
}

// TestCipherSharesKey: one key signs or encrypts, not both, also where it comes
// from a source that changes.
func TestCipherSharesKey(t *testing.T) {
	ec, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	der, _ := x509.MarshalPKCS8PrivateKey(ec)
	text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	signs, _ := authsdk.ParseKey(text, authsdk.ES256)
	encrypts, err := jwe.ParseKey(text, jwe.ECDHES)
	if err != nil {
		t.Fatal(err)
	}
	cipher, _ := jwe.NewKeys(encrypts)
	source, _ := keyring.Open(t.Context(), keyring.SourceConfig{Load: func(context.Context) (*keyring.Ring, error) {
		return keyring.New(keyring.Entry{Key: signs})
	}})
	issuer, err := authsdk.NewIssuer(authsdk.IssuerConfig{Issuer: "https://i", Keys: source, Cipher: cipher})
	if err != nil {
		t.Fatal(err)
	}
	if token, err := issuer.Issue(t.Context(), authsdk.Claims{Subject: "alice"}, nil); err == nil {
		t.Error("a key of a ring that signs encrypts, too:", token)
	}
}

// A key in a KMS cannot be kept in a shared ring: its private half is lost in silence.
func TestSignerKeyInRing(t *testing.T) {
	ec, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	kms, err := authsdk.NewSignerKey("kms", authsdk.ES256, ec)
	if err != nil {
		t.Fatal(err)
	}
	shared, _ := keyring.NewShared(keyring.SharedConfig{Store: memstore.New(), InsecurePlain: true})
	_, err = shared.Update(t.Context(), func(*keyring.Ring) (*keyring.Ring, error) {
		return (&keyring.Ring{}).Rotate(kms, time.Now(), keyring.Timing{})
	})
	if err != nil {
		return // refused: right
	}
	ring, _ := shared.Load(t.Context())
	if keys, _, _ := ring.KeySet(time.Now()); keys.Signer() == nil {
		t.Error("Update reported success, and the ring that was saved cannot sign")
	}
}
