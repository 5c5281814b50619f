package flaskcompat_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"sync"
	"testing"

	"github.com/authsdk/authsdk-go/authsdk/flaskcompat"
)

// rsaKey is a key pair in PEM.
var rsaKey = sync.OnceValues(func() (private, public []byte) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		panic(err)
	}
	private = pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	if der, err = x509.MarshalPKIXPublicKey(key.Public()); err != nil {
		panic(err)
	}
	return private, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
})

// asymmetric is a configuration with a pair of RSA keys.
func asymmetric() config {
	private, public := rsaKey()
	return config{Algorithm: "RS256", PrivateKey: private, PublicKey: public}
}

// An app is not switched here: the other algorithm is another manager.
func TestFJE011_AsymmetricCrypto(t *testing.T) {
	t.Parallel()
	before, after := manager(t, config{}), manager(t, asymmetric())
	send(after, plain, bearer(access(t, before, options{}))).says(t, "HS256", http.StatusUnprocessableEntity, foreignAlg)
	send(after, plain, bearer(access(t, after, options{}))).says(t, "RS256", http.StatusOK, "")
}

func TestFJE029_AsymmetricKeys(t *testing.T) {
	t.Parallel()
	private, public := rsaKey()
	refuses(t, config{Algorithm: "RS256"}, "PublicKey must be set for RS256")
	refuses(t, config{Algorithm: "RS256", Secret: []byte(secret)},
		"Secret is not used for RS256: leave it empty\nPublicKey must be set for RS256")
	refuses(t, config{Algorithm: "RS256", PrivateKey: private}, "PublicKey must be set for RS256")

	m := manager(t, config{Algorithm: "RS256", PrivateKey: private, PublicKey: public})
	send(m, plain, bearer(access(t, m, options{}))).says(t, "pair", http.StatusOK, "")
	reader := manager(t, config{Algorithm: "RS256", PublicKey: public})
	send(reader, plain, bearer(access(t, m, options{}))).says(t, "public key", http.StatusOK, "")
	_, err := reader.CreateAccessToken(t.Context(), "username", options{})
	same(t, "without the private key", err.Error(), "flaskcompat: no key to sign with: set Secret, PrivateKey or EncodeKey")
}

// A second algorithm needs a key that fits, which DecodeKey has here.
func TestFJE033_MissingAlgorithmInDecodeAlgorithms(t *testing.T) {
	t.Parallel()
	cfg := asymmetric()
	own := manager(t, cfg)
	key, err := x509.ParsePKIXPublicKey(block(cfg.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	cfg.DecodeAlgorithms = []string{"HS512"}
	cfg.DecodeKey = func(_ context.Context, header, _ map[string]any) (any, error) {
		if header["alg"] == "HS512" {
			return []byte(secret), nil
		}
		return key, nil
	}
	m := manager(t, cfg)
	send(m, plain, bearer(access(t, own, options{}))).says(t, "RS256 is added", http.StatusOK, "")
	send(m, plain, bearer(access(t, manager(t, config{Algorithm: "HS512"}), options{}))).says(t, "HS512", http.StatusOK, "")
	send(m, plain, bearer(access(t, manager(t, config{}), options{}))).says(t, "HS256", http.StatusUnprocessableEntity, foreignAlg)
	if len(cfg.DecodeAlgorithms) != 1 {
		t.Errorf("the list was changed: %v", cfg.DecodeAlgorithms)
	}
}

func block(data []byte) []byte {
	b, _ := pem.Decode(data)
	return b.Bytes
}

func TestFJE133_AnotherAlgorithm(t *testing.T) {
	t.Parallel()
	before, after := manager(t, config{}), manager(t, config{Algorithm: "HS512"})
	token := access(t, before, options{})
	send(after, plain, bearer(token)).says(t, "HS256", http.StatusUnprocessableEntity, foreignAlg)
	decoding(t, "HS256", after, token, flaskcompat.DecodeOptions{}, foreignAlg)
}
