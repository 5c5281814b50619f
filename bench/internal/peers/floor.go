package peers

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"hash"
	"math/big"
	"strings"
	"sync"
)

var errSignature = errors.New("signature is wrong")

// Floor is what cannot be saved: the standard library's cryptography over one
// token, and next to nothing else.
type Floor struct {
	// Verify is the check of the signature, with a pooled HMAC.
	Verify func() error
	// VerifyNew is the same with a new HMAC each time; nil for other algorithms.
	VerifyNew func() error
	// Naive is Verify, base64, and encoding/json into a struct; no claim is checked.
	Naive func() error
	// Sign is the signature, with a new HMAC each time.
	Sign func() error
	// SignPooled is the same with a pooled HMAC; nil for other algorithms.
	SignPooled func() error
}

// NewFloor returns the floor of the fixture's token.
func NewFloor(f *Fixture) (*Floor, error) {
	dot := strings.LastIndexByte(f.Token, '.')
	input := []byte(f.Token[:dot])
	signature, err := base64.RawURLEncoding.DecodeString(f.Token[dot+1:])
	if err != nil {
		return nil, err
	}
	floor := &Floor{}
	var check func(sig []byte) error
	switch key := f.Private.(type) {
	case []byte:
		check = floor.hmac(key, input, signature)
	case *rsa.PrivateKey:
		check = func(sig []byte) error {
			sum := sha256.Sum256(input)
			return rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, sum[:], sig)
		}
		floor.Sign = func() error {
			sum := sha256.Sum256(input)
			_, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
			return err
		}
	case *ecdsa.PrivateKey:
		check = func(sig []byte) error {
			sum := sha256.Sum256(input)
			if !ecdsa.Verify(&key.PublicKey, sum[:], new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:])) {
				return errSignature
			}
			return nil
		}
		floor.Sign = func() error {
			sum := sha256.Sum256(input)
			_, _, err := ecdsa.Sign(rand.Reader, key, sum[:])
			return err
		}
	case ed25519.PrivateKey:
		public, _ := key.Public().(ed25519.PublicKey)
		check = func(sig []byte) error {
			if !ed25519.Verify(public, input, sig) {
				return errSignature
			}
			return nil
		}
		floor.Sign = func() error { ed25519.Sign(key, input); return nil }
	}
	floor.Verify = func() error { return check(signature) }
	floor.Naive = naive(f.Token, check)
	if err := floor.Verify(); err != nil {
		return nil, err
	}
	return floor, nil
}

// hmac sets what is special about HMAC, and returns the pooled check.
func (floor *Floor) hmac(key, input, signature []byte) func([]byte) error {
	pool := sync.Pool{New: func() any { return hmac.New(sha256.New, key) }}
	pooled := func(into []byte) []byte {
		mac, _ := pool.Get().(hash.Hash)
		defer pool.Put(mac)
		mac.Reset()
		mac.Write(input)
		return mac.Sum(into)
	}
	once := func() []byte {
		mac := hmac.New(sha256.New, key)
		mac.Write(input)
		return mac.Sum(nil)
	}
	floor.VerifyNew = func() error {
		if !hmac.Equal(signature, once()) {
			return errSignature
		}
		return nil
	}
	floor.Sign = func() error { once(); return nil }
	floor.SignPooled = func() error { pooled(nil); return nil }
	return func(sig []byte) error {
		if !hmac.Equal(sig, pooled(nil)) {
			return errSignature
		}
		return nil
	}
}

// naive is what one writes with the standard library and no thought of an attack.
func naive(token string, check func(sig []byte) error) func() error {
	type claims struct {
		private

		Issuer    string   `json:"iss"`
		Subject   string   `json:"sub"`
		Audience  []string `json:"aud"`
		ID        string   `json:"jti"`
		IssuedAt  int64    `json:"iat"`
		NotBefore int64    `json:"nbf"`
		Expires   int64    `json:"exp"`
	}
	return func() error {
		parts := strings.Split(token, ".")
		sig, err := base64.RawURLEncoding.DecodeString(parts[2])
		if err != nil {
			return err
		}
		if err := check(sig); err != nil {
			return err
		}
		payload, err := base64.RawURLEncoding.DecodeString(parts[1])
		if err != nil {
			return err
		}
		var c claims
		return json.Unmarshal(payload, &c)
	}
}
