package authsdk

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	_ "crypto/sha256" // the hash of the thumbprint
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwk"
)

// This file is the only one that knows jwx: it reads and writes keys (JWK, JWK
// Set, PEM) and computes thumbprints. What it reads goes through newKey, which
// decides whether a key is good enough.

// ParseKey reads one key: a JWK (RFC 7517) or a PEM block with a PKCS #8,
// PKCS #1, SEC 1 or PKIX key. The algorithm may be empty where the key has one
// ("alg" of a JWK) or allows only one (EC, Ed25519); an RSA key in PEM needs it.
// Errors wrap [ErrWeakKey] and never quote the key.
func ParseKey(data []byte, a Algorithm) (*Key, error) {
	var parsed jwk.Key
	var err error
	text := bytes.TrimSpace(data)
	if len(text) > 0 && text[0] == '{' {
		parsed, err = jwk.ParseKey(text)
	} else {
		parsed, err = jwk.ParseKey(text, jwk.WithPEM(true))
	}
	if err != nil {
		return nil, fmt.Errorf("%w: neither a JWK nor a key in PEM", ErrWeakKey)
	}
	return importJWK(parsed, a)
}

// ParseKeySet reads a JWK Set (RFC 7517 section 5) or whatever [ParseKey]
// reads. The first key that can sign is the one that signs.
func ParseKeySet(data []byte) (*KeySet, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(data, &set); err != nil || set.Keys == nil {
		key, err := ParseKey(data, "")
		if err != nil {
			return nil, err
		}
		return NewKeySet(key)
	}
	keys := make([]*Key, 0, len(set.Keys))
	for i, raw := range set.Keys {
		key, err := ParseKey(raw, "")
		if err != nil {
			return nil, fmt.Errorf("key %d of the set: %w", i+1, err)
		}
		keys = append(keys, key)
	}
	return NewKeySet(keys...)
}

// importJWK makes a Key of a jwx key.
func importJWK(in jwk.Key, a Algorithm) (*Key, error) {
	if use, ok := in.KeyUsage(); ok && use != "sig" {
		return nil, fmt.Errorf("%w: its use is %q, not sig", ErrWeakKey, use)
	}
	if ops, ok := in.KeyOps(); ok && !hasSigOp(ops) {
		return nil, fmt.Errorf("%w: its key_ops hold neither sign nor verify", ErrWeakKey)
	}
	var raw any
	if err := jwk.Export(in, &raw); err != nil {
		return nil, fmt.Errorf("%w: its members do not make a key", ErrWeakKey)
	}
	own, err := ownAlgorithm(in, raw)
	if err != nil {
		return nil, err
	}
	switch {
	case a == "":
		a = own
	case own != "" && own != a:
		return nil, fmt.Errorf("%w: it is a key for %s, not for %s", ErrWeakKey, own, a)
	}
	if a == "" {
		return nil, fmt.Errorf("%w: it does not say its algorithm", ErrWeakKey)
	}
	id, _ := in.KeyID()
	key, err := newKey(id, a, raw)
	if ops, ok := in.KeyOps(); ok && err == nil && !slices.Contains(ops, jwk.KeyOpSign) {
		return key.VerifyOnly(), nil
	}
	return key, err
}

// ownAlgorithm is the algorithm that a key states, or the only one it allows.
func ownAlgorithm(in jwk.Key, raw any) (Algorithm, error) {
	if alg, ok := in.Algorithm(); ok {
		return Algorithm(alg.String()), nil
	}
	switch raw := raw.(type) {
	case *ecdsa.PrivateKey:
		return curveAlgorithm(&raw.PublicKey)
	case *ecdsa.PublicKey:
		return curveAlgorithm(raw)
	case ed25519.PrivateKey, ed25519.PublicKey:
		return EdDSA, nil
	}
	return "", nil
}

func curveAlgorithm(key *ecdsa.PublicKey) (Algorithm, error) {
	switch name := key.Curve.Params().Name; name {
	case "P-256":
		return ES256, nil
	case "P-384":
		return ES384, nil
	default:
		return "", fmt.Errorf("%w: EC keys on curve %s are not supported", ErrWeakKey, name)
	}
}

func hasSigOp(ops jwk.KeyOperationList) bool {
	for _, op := range ops {
		if op == jwk.KeyOpSign || op == jwk.KeyOpVerify {
			return true
		}
	}
	return false
}

// thumbprint is the RFC 7638 thumbprint of a key, with SHA-256.
func thumbprint(raw any) (string, error) {
	key, err := jwk.Import(raw)
	if err != nil {
		return "", errors.New("a key of this type has no thumbprint")
	}
	sum, err := key.Thumbprint(crypto.SHA256)
	if err != nil {
		return "", errors.New("the thumbprint cannot be computed")
	}
	return base64.RawURLEncoding.EncodeToString(sum), nil
}

// marshalJWK writes raw as a JWK with k's ID, algorithm and use.
func (k *Key) marshalJWK(raw any) (json.RawMessage, error) {
	out, err := jwk.Import(raw)
	if err != nil {
		return nil, fmt.Errorf("authsdk: key %s as JWK: %w", k.id, err)
	}
	alg, ok := jwa.LookupSignatureAlgorithm(string(k.alg))
	if !ok {
		return nil, fmt.Errorf("authsdk: key %s as JWK: unknown algorithm", k.id)
	}
	if _, secret := k.public.([]byte); secret && !k.CanSign() {
		if err := out.Set(jwk.KeyOpsKey, jwk.KeyOperationList{jwk.KeyOpVerify}); err != nil {
			return nil, fmt.Errorf("authsdk: key %s as JWK: %w", k.id, err)
		}
	}
	err = errors.Join(
		out.Set(jwk.KeyIDKey, k.id),
		out.Set(jwk.AlgorithmKey, alg),
		out.Set(jwk.KeyUsageKey, "sig"))
	if err != nil {
		return nil, fmt.Errorf("authsdk: key %s as JWK: %w", k.id, err)
	}
	return json.Marshal(out)
}
