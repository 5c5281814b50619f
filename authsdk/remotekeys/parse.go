package remotekeys

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/authsdk/authsdk-go/authsdk"
)

// maxKeys is how many keys a set may have.
const maxKeys = 100

// parse reads a key set of somebody else. Keys that are not for signatures, of a
// kind that is not supported, or too weak are left out. A secret is an error:
// nobody publishes one who knows what he does.
func parse(data []byte, fallback authsdk.Algorithm) (*authsdk.KeySet, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(data, &set); err != nil || set.Keys == nil {
		return nil, errors.New("it is no JWK Set")
	}
	if len(set.Keys) > maxKeys {
		return nil, fmt.Errorf("it has %d keys, at most %d are accepted", len(set.Keys), maxKeys)
	}
	var keys []*authsdk.Key
	var refused []error
	for i, raw := range set.Keys {
		var k struct {
			Kty string   `json:"kty"`
			Kid string   `json:"kid"`
			Alg string   `json:"alg"`
			Crv string   `json:"crv"`
			Use string   `json:"use"`
			Ops []string `json:"key_ops"`
			D   string   `json:"d"`
		}
		if err := json.Unmarshal(raw, &k); err != nil {
			return nil, fmt.Errorf("key %d is no JWK", i+1)
		}
		switch {
		case k.Kty == "oct" || k.D != "":
			return nil, fmt.Errorf("key %d is not public", i+1)
		case k.Kid == "" || k.Use != "" && k.Use != "sig" || !supported(k.Kty, k.Alg, k.Crv):
			continue
		}
		var a authsdk.Algorithm
		if k.Alg == "" && k.Kty == "RSA" {
			if fallback == "" {
				continue
			}
			a = fallback
		}
		key, err := authsdk.ParseKey(raw, a)
		if err != nil {
			refused = append(refused, fmt.Errorf("key %d: %w", i+1, err))
			continue
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return nil, errors.Join(append(refused, errors.New("it has no key that can be used: RS256, PS256, ES256, ES384 or EdDSA, with a kid"))...)
	}
	return authsdk.NewKeySet(keys...)
}

// supported reports whether tokens of such a key can be verified.
func supported(kty, alg, crv string) bool {
	switch kty {
	case "RSA":
		return alg == "" || alg == string(authsdk.RS256) || alg == string(authsdk.PS256)
	case "EC":
		return crv == "P-256" && (alg == "" || alg == string(authsdk.ES256)) || crv == "P-384" && (alg == "" || alg == string(authsdk.ES384))
	case "OKP":
		return crv == "Ed25519" && (alg == "" || alg == string(authsdk.EdDSA))
	}
	return false
}
