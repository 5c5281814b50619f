package authsdk

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
)

// NewSignerKey makes a key of one that never leaves a KMS, an HSM or an agent:
// signer signs for it. An empty ID becomes the RFC 7638 thumbprint. The signer
// is asked once here, and then for every token; it must be safe for concurrent
// use. In a JWK Set such a key has its public half alone.
func NewSignerKey(id string, a Algorithm, signer crypto.Signer) (*Key, error) {
	if signer == nil {
		return nil, fmt.Errorf("%w: there is no signer", ErrWeakKey)
	}
	return newKey(id, a, external{signer})
}

// external is a private key that is somewhere else.
type external struct{ crypto.Signer }

// signExternal has the signer sign input, in the form that a JWS has it.
func (k *Key) signExternal(signer crypto.Signer, input []byte) ([]byte, error) {
	digest, opts := input, crypto.SignerOpts(crypto.Hash(0))
	switch k.alg { //nolint:exhaustive // HMAC has no key pairs
	case RS256, ES256, PS256:
		sum := sha256.Sum256(input)
		digest, opts = sum[:], crypto.SHA256
	case ES384:
		sum := sha512.Sum384(input)
		digest, opts = sum[:], crypto.SHA384
	}
	if k.alg == PS256 {
		opts = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}
	}
	sig, err := signer.Sign(rand.Reader, digest, opts)
	if err != nil || k.alg != ES256 && k.alg != ES384 {
		return sig, err
	}
	// Signers give DER, a JWS has two numbers of one length (RFC 7518 section 3.4).
	var pair struct{ R, S *big.Int }
	size := k.alg.signatureSize() / 2
	rest, err := asn1.Unmarshal(sig, &pair)
	if err != nil || len(rest) != 0 || pair.R.Sign() <= 0 || pair.S.Sign() <= 0 || pair.R.BitLen() > size*8 || pair.S.BitLen() > size*8 {
		return nil, errors.New("the signer gave no signature")
	}
	out := make([]byte, 2*size)
	pair.R.FillBytes(out[:size])
	pair.S.FillBytes(out[size:])
	return out, nil
}
