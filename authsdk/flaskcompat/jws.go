package flaskcompat

import (
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
	return jwt.GetSigningMethod(algorithm)
}

// symmetric reports whether an algorithm signs with a secret.
func symmetric(algorithm string) bool { return strings.HasPrefix(algorithm, "HS") }

// load reads the keys of the configuration.
func (k *keys) load(cfg *Config) error {
	if symmetric(cfg.Algorithm) {
		if len(cfg.Secret) == 0 {
			if cfg.EncodeKey != nil && cfg.DecodeKey != nil {
				return nil
			}
			return fmt.Errorf("Secret must be set for %s", cfg.Algorithm)
		}
		if err := checkSecret(cfg); err != nil {
			return err
		}
		secret := append([]byte(nil), cfg.Secret...)
		k.sign, k.verify = secret, secret
		return nil
	}
	var errs []error
	if len(cfg.PublicKey) > 0 {
		public, err := parsePublic(cfg.Algorithm, cfg.PublicKey)
		if err != nil || !fits(cfg.Algorithm, public) {
			errs = append(errs, fmt.Errorf("PublicKey is no key for %s in PEM", cfg.Algorithm))
		}
		k.verify = public
	} else if cfg.DecodeKey == nil {
		errs = append(errs, fmt.Errorf("PublicKey must be set for %s", cfg.Algorithm))
	}
	if len(cfg.PrivateKey) > 0 {
		private, err := parsePrivate(cfg.Algorithm, cfg.PrivateKey)
		if err != nil {
			errs = append(errs, fmt.Errorf("PrivateKey is no key for %s in PEM", cfg.Algorithm))
		}
		k.sign = private
	}
	return errors.Join(errs...)
}

// checkSecret refuses secrets that anybody may know, and short ones.
func checkSecret(cfg *Config) error {
	if pem(cfg.Secret) {
		return errors.New("Secret is a PEM block: a public key as a secret lets anybody sign")
	}
	if size := hashSize(cfg.Algorithm); len(cfg.Secret) < size && !cfg.InsecureShortSecret {
		return fmt.Errorf("Secret has %d bytes, %s wants %d (RFC 7518 section 3.2): set InsecureShortSecret to keep it", len(cfg.Secret), cfg.Algorithm, size)
	}
	return nil
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
		return nil, errors.New("flaskcompat: no key to sign with: set PrivateKey or EncodeKey")
	}
	public := key
	if signer, ok := key.(crypto.Signer); ok {
		public = signer.Public()
	}
	if method(algorithm) == nil || !fits(algorithm, public) {
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
