package authsdk

import (
	"crypto"
	"crypto/rsa"
	"fmt"

	"github.com/golang-jwt/jwt/v5"
)

// This file is the only one that knows golang-jwt: its signing methods make
// and check signatures. Its parser is not used; see front.go for what stands
// in its place.

// method returns golang-jwt's implementation of a, or nil for an unknown name.
// "none" is unknown.
func (a Algorithm) method() jwt.SigningMethod {
	switch a {
	case HS256:
		return jwt.SigningMethodHS256
	case HS384:
		return jwt.SigningMethodHS384
	case HS512:
		return jwt.SigningMethodHS512
	case RS256:
		return jwt.SigningMethodRS256
	case PS256:
		return ps256()
	case ES256:
		return jwt.SigningMethodES256
	case ES384:
		return jwt.SigningMethodES384
	case EdDSA:
		return jwt.SigningMethodEdDSA
	}
	return nil
}

// ps256 is golang-jwt's PS256 without its tolerance for other salt lengths:
// RFC 7518 section 3.5 fixes the salt at the size of the hash.
func ps256() *jwt.SigningMethodRSAPSS {
	return &jwt.SigningMethodRSAPSS{
		SigningMethodRSA: &jwt.SigningMethodRSA{Name: string(PS256), Hash: crypto.SHA256},
		Options:          &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash},
	}
}

// sign returns the signature of k over input.
func (k *Key) sign(input string) ([]byte, error) {
	sig, err := k.alg.method().Sign(input, k.private)
	if err != nil {
		return nil, fmt.Errorf("authsdk: sign with key %s: %w", k.id, err)
	}
	return sig, nil
}

// verify checks sig over input. The length is checked first, because it is
// part of the algorithm (RFC 7518 section 3).
func (k *Key) verify(input string, sig []byte) error {
	if n := k.alg.signatureSize(); n != 0 && len(sig) != n {
		return fmt.Errorf("%w: signature of %d bytes", ErrTokenInvalid, len(sig))
	}
	if err := k.alg.method().Verify(input, sig, k.public); err != nil {
		return fmt.Errorf("%w: signature: %w", ErrTokenInvalid, err)
	}
	return nil
}
