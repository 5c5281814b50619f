package jwe

import (
	"context"
	"crypto/rsa"
	"errors"
	"fmt"

	"github.com/lestrrat-go/jwx/v3/jwa"
	jose "github.com/lestrrat-go/jwx/v3/jwe"

	"github.com/authsdk/authsdk-go/authsdk"
)

// Keys encrypts tokens with its first key and decrypts them with all of them,
// so that keys can be changed. It is the Cipher of an authsdk.IssuerConfig and
// of an authsdk.VerifierConfig, and safe for concurrent use.
type Keys struct {
	keys []*Key
	byID map[string]*Key
}

// NewKeys makes a set of keys with different IDs.
func NewKeys(keys ...*Key) (*Keys, error) {
	if len(keys) == 0 {
		return nil, errors.New("jwe: at least one key is needed: see GenerateKey and ParseKey")
	}
	out := &Keys{byID: map[string]*Key{}}
	for _, k := range keys {
		if k == nil || k.id == "" {
			return nil, errors.New("jwe: a key is nil or empty: see GenerateKey and ParseKey")
		}
		if out.byID[k.id] != nil {
			return nil, fmt.Errorf("jwe: two keys have the ID %s", k.id)
		}
		out.byID[k.id] = k
		out.keys = append(out.keys, k)
	}
	return out, nil
}

// Thumbprints returns the RFC 7638 thumbprints of the keys. Issuers and
// verifiers refuse a key that signs as well.
func (ks *Keys) Thumbprints() []string {
	out := make([]string, 0, len(ks.keys))
	for _, k := range ks.keys {
		out = append(out, k.thumbprint)
	}
	return out
}

// Encrypt encrypts a signed token with the first key.
func (ks *Keys) Encrypt(_ context.Context, token string) (string, error) {
	k := ks.keys[0]
	alg, ok := jwa.LookupKeyEncryptionAlgorithm(string(k.alg))
	if !ok {
		return "", fmt.Errorf("jwe: unknown algorithm %s", k.alg)
	}
	headers := jose.NewHeaders()
	if err := errors.Join(headers.Set(jose.KeyIDKey, k.id), headers.Set(jose.ContentTypeKey, "JWT")); err != nil {
		return "", fmt.Errorf("jwe: header: %w", err)
	}
	out, err := jose.Encrypt([]byte(token),
		jose.WithKey(alg, k.public), jose.WithContentEncryption(jwa.A256GCM()), jose.WithProtectedHeaders(headers))
	if err != nil {
		return "", fmt.Errorf("jwe: encrypt with key %s: %w", k.id, err)
	}
	if len(out) > MaxSize {
		return "", fmt.Errorf("jwe: the token would have %d bytes, more than the %d that are accepted: carry fewer claims", len(out), MaxSize)
	}
	return string(out), nil
}

// Decrypt returns the signed token inside. Whatever is wrong, the error wraps
// authsdk.ErrTokenInvalid and says no more.
func (ks *Keys) Decrypt(_ context.Context, token string) (string, error) {
	refusal := fmt.Errorf("%w: it cannot be decrypted", authsdk.ErrTokenInvalid)
	h, encryptedKey, err := split(token)
	if err != nil {
		return "", refusal
	}
	k := ks.byID[h.kid]
	if k == nil || k.private == nil || !h.fits(k, encryptedKey) {
		return "", refusal
	}
	plain, ok := k.decrypt(token)
	if !ok {
		return "", refusal
	}
	return plain, nil
}

// decrypt decrypts a token whose form was checked. What a library does with the
// bytes of a stranger is caught at this boundary.
func (k *Key) decrypt(token string) (plain string, ok bool) {
	alg, known := jwa.LookupKeyEncryptionAlgorithm(string(k.alg))
	if !known {
		return "", false
	}
	defer func() {
		if recover() != nil {
			plain, ok = "", false
		}
	}()
	out, err := jose.Decrypt([]byte(token), jose.WithKey(alg, k.private))
	return string(out), err == nil
}

// modulusSize is the length of what an RSA key encrypts to, in bytes.
func (k *Key) modulusSize() int {
	if public, ok := k.public.(*rsa.PublicKey); ok {
		return public.Size()
	}
	return 0
}
