package flaskcompat

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"errors"
	"fmt"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// This file is the only one of the package that knows golang-jwt.

// keys are the keys of the configuration.
type keys struct {
	sign, verify any
}

// method returns the implementation of an algorithm, or nil. "none" is none.
func method(algorithm string) jwt.SigningMethod {
	if algorithm == jwt.SigningMethodNone.Alg() {
		return nil
	}
	method := jwt.GetSigningMethod(algorithm)
	// golang-jwt takes salts of any length, RFC 7518 section 3.5 wants that of the hash.
	if pss, ok := method.(*jwt.SigningMethodRSAPSS); ok {
		return &jwt.SigningMethodRSAPSS{
			SigningMethodRSA: pss.SigningMethodRSA,
			Options:          &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: pss.Hash},
		}
	}
	return method
}

// symmetric reports whether an algorithm signs with a secret.
func symmetric(algorithm string) bool { return strings.HasPrefix(algorithm, "HS") }

// load checks the algorithms and reads the keys of the configuration.
func (k *keys) load(cfg *Config) error {
	var errs mistakes
	for _, a := range cfg.DecodeAlgorithms {
		if method(a) == nil {
			field := "DecodeAlgorithms:"
			if a == cfg.Algorithm {
				field = "Algorithm"
			}
			errs.addf("%s %q cannot be used: take one of %s", field, a, algorithms)
		}
	}
	if len(errs) > 0 {
		return errors.Join(errs...)
	}
	if symmetric(cfg.Algorithm) {
		k.loadSecret(cfg, &errs)
	} else {
		k.loadPair(cfg, &errs)
	}
	for _, a := range cfg.DecodeAlgorithms {
		if len(errs) == 0 && cfg.DecodeKey == nil && !fits(a, k.verify) {
			errs.addf("DecodeAlgorithms: the key of %s does not fit %s: set DecodeKey, which is told the alg of a token", cfg.Algorithm, a)
		}
	}
	return errors.Join(errs...)
}

// algorithms are those that method knows.
const algorithms = "HS256, HS384, HS512, RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA"

func (k *keys) loadSecret(cfg *Config, errs *mistakes) {
	if len(cfg.PrivateKey) > 0 || len(cfg.PublicKey) > 0 {
		errs.addf("PrivateKey and PublicKey are not used for %s: leave them empty", cfg.Algorithm)
	}
	if len(cfg.Secret) == 0 {
		if cfg.DecodeKey == nil {
			errs.addf("Secret must be set for %s", cfg.Algorithm)
		}
		return
	}
	if pem(cfg.Secret) {
		errs.addf("Secret is a PEM block: a public key as a secret lets anybody sign")
	}
	for _, a := range cfg.DecodeAlgorithms {
		if size := hashSize(a); len(cfg.Secret) < size && !cfg.InsecureShortSecret {
			errs.addf("Secret has %d bytes, %s wants %d (RFC 7518 section 3.2): set InsecureShortSecret to keep it", len(cfg.Secret), a, size)
		}
	}
	secret := bytes.Clone(cfg.Secret)
	k.sign, k.verify = secret, secret
}

func (k *keys) loadPair(cfg *Config, errs *mistakes) {
	if len(cfg.Secret) > 0 {
		errs.addf("Secret is not used for %s: leave it empty", cfg.Algorithm)
	}
	if len(cfg.PublicKey) > 0 {
		public, err := parsePublic(cfg.Algorithm, cfg.PublicKey)
		if err != nil || !fits(cfg.Algorithm, public) {
			errs.addf("PublicKey is no public key for %s in PEM", cfg.Algorithm)
		}
		k.verify = public
	} else if cfg.DecodeKey == nil {
		errs.addf("PublicKey must be set for %s", cfg.Algorithm)
	}
	if len(cfg.PrivateKey) == 0 || len(*errs) > 0 {
		return
	}
	private, err := parsePrivate(cfg.Algorithm, cfg.PrivateKey)
	if err != nil || !fits(cfg.Algorithm, publicOf(private)) {
		errs.addf("PrivateKey is no private key for %s in PEM", cfg.Algorithm)
		return
	}
	if public, ok := publicOf(private).(interface {
		Equal(other crypto.PublicKey) bool
	}); ok && k.verify != nil && !public.Equal(k.verify) {
		errs.addf("PrivateKey and PublicKey are no pair: tokens that are made here would be refused here")
	}
	k.sign = private
}

// publicOf returns what verifies the signatures of a key: of a secret, itself.
func publicOf(key any) any {
	if signer, ok := key.(crypto.Signer); ok {
		return signer.Public()
	}
	return key
}

func hashSize(algorithm string) int {
	if m, ok := method(algorithm).(*jwt.SigningMethodHMAC); ok {
		return m.Hash.Size()
	}
	return 0
}

// pem reports whether a secret is the text of a key.
func pem(secret []byte) bool {
	s := string(secret)
	return strings.Contains(s, "-----BEGIN") || strings.HasPrefix(s, "ssh-") || strings.HasPrefix(s, "ecdsa-sha2-")
}

func parsePublic(algorithm string, data []byte) (any, error) {
	switch algorithm[:2] {
	case "ES":
		return jwt.ParseECPublicKeyFromPEM(data)
	case "Ed":
		return jwt.ParseEdPublicKeyFromPEM(data)
	}
	return jwt.ParseRSAPublicKeyFromPEM(data)
}

func parsePrivate(algorithm string, data []byte) (any, error) {
	switch algorithm[:2] {
	case "ES":
		return jwt.ParseECPrivateKeyFromPEM(data)
	case "Ed":
		return jwt.ParseEdPrivateKeyFromPEM(data)
	}
	return jwt.ParseRSAPrivateKeyFromPEM(data)
}

// fits reports whether a key that verifies is one of the algorithm: what the
// header of a token says must not make another use of a key.
func fits(algorithm string, key any) bool {
	switch key := key.(type) {
	case []byte:
		return symmetric(algorithm) && len(key) > 0 && !pem(key)
	case *rsa.PublicKey:
		return strings.HasPrefix(algorithm, "RS") || strings.HasPrefix(algorithm, "PS")
	case *ecdsa.PublicKey:
		m, ok := method(algorithm).(*jwt.SigningMethodECDSA)
		return ok && m.CurveBits == key.Curve.Params().BitSize
	case ed25519.PublicKey:
		return algorithm == jwt.SigningMethodEdDSA.Alg()
	}
	return false
}

// sign returns the signature over input.
func (m *Manager) sign(ctx context.Context, algorithm, input string, identity any) ([]byte, error) {
	key := m.keys.sign
	if m.cfg.EncodeKey != nil {
		var err error
		if key, err = m.cfg.EncodeKey(ctx, identity); err != nil {
			return nil, fmt.Errorf("flaskcompat: encode key: %w", err)
		}
	}
	if key == nil {
		return nil, errors.New("flaskcompat: no key to sign with: set Secret, PrivateKey or EncodeKey")
	}
	if !fits(algorithm, publicOf(key)) {
		return nil, fmt.Errorf("flaskcompat: a %T cannot sign %s", key, algorithm)
	}
	sig, err := method(algorithm).Sign(input, key)
	if err != nil {
		return nil, fmt.Errorf("flaskcompat: sign: %w", err)
	}
	return sig, nil
}

// verified reports whether sig is the signature over input.
func verified(algorithm, input string, sig []byte, key any) bool {
	return fits(algorithm, key) && method(algorithm).Verify(input, sig, key) == nil
}
