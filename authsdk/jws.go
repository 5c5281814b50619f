package authsdk

import (
	"crypto"
	"crypto/rsa"
	"fmt"

	"github.com/golang-jwt/jwt/v5"
)

// This file is the only one that knows golang-jwt: its signing methods make
// and check signatures with key pairs. Its parser is not used; see front.go for
// what stands in its place, and hmac.go for secrets.

// method makes and checks signatures of one algorithm.
type method = jwt.SigningMethod

// method returns golang-jwt's implementation of a, or nil for an unknown name
// and for HMAC. "none" is unknown.
func (a Algorithm) method() jwt.SigningMethod {
	switch a { //nolint:exhaustive // HMAC is in hmac.go
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

// sign appends the signature of k over input to out.
func (k *Key) sign(out, input []byte) ([]byte, error) {
	if secret, ok := k.private.([]byte); ok {
		return k.appendMAC(secret, out, input), nil
	}
	var sig []byte
	var err error
	if e, ok := k.private.(external); ok {
		sig, err = k.signExternal(e.Signer, input)
	} else {
		sig, err = k.method.Sign(string(input), k.private)
	}
	if err != nil {
		return nil, fmt.Errorf("authsdk: sign with key %s: %w", k.id, err)
	}
	return append(out, sig...), nil
}

// costly reports whether checking a signature of k takes much longer than
// reading the token.
func (k *Key) costly() bool { return k.method != nil }

// verify checks sig over input. The length is checked first, because it is
// part of the algorithm (RFC 7518 section 3).
func (k *Key) verify(input string, sig []byte) error {
	if n := k.alg.signatureSize(); n != 0 && len(sig) != n {
		return fmt.Errorf("%w: signature of %d bytes", ErrTokenInvalid, len(sig))
	}
	if secret, ok := k.public.([]byte); ok {
		if !k.verifyMAC(secret, input, sig) {
			return fmt.Errorf("%w: signature", ErrTokenInvalid)
		}
		return nil
	}
	if err := k.method.Verify(input, sig, k.public); err != nil {
		return fmt.Errorf("%w: signature: %w", ErrTokenInvalid, err)
	}
	return nil
}
