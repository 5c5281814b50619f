package authsdk

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"hash"
)

// hash returns the hash of an HMAC algorithm (RFC 7518 section 3.2), or nil.
func (a Algorithm) hash() func() hash.Hash {
	switch a { //nolint:exhaustive // the others are no HMAC
	case HS256:
		return sha256.New
	case HS384:
		return sha512.New384
	case HS512:
		return sha512.New
	}
	return nil
}

// mac is an HMAC whose key is set. Setting it costs as much as the hashing of a
// short token, so a key keeps those that are not in use.
type mac struct {
	hash hash.Hash
	sum  [sha512.Size]byte
}

// newMAC returns a mac of k, to be given back to k.macs.
func (k *Key) newMAC(secret []byte) *mac {
	if m, ok := k.macs.Get().(*mac); ok {
		return m
	}
	return &mac{hash: hmac.New(k.alg.hash(), secret)}
}

// of returns the HMAC of input, which is good until the next call.
func (m *mac) of(input string) []byte {
	m.hash.Reset()
	m.hash.Write(bytesOf(input)) // which no Writer changes or keeps
	return m.hash.Sum(m.sum[:0])
}

// verifyMAC reports whether sig is k's HMAC of input.
func (k *Key) verifyMAC(secret []byte, input string, sig []byte) bool {
	m := k.newMAC(secret)
	defer k.macs.Put(m)
	return hmac.Equal(sig, m.of(input))
}

// appendMAC appends k's HMAC of input to out.
func (k *Key) appendMAC(secret, out, input []byte) []byte {
	m := k.newMAC(secret)
	defer k.macs.Put(m)
	m.hash.Reset()
	m.hash.Write(input)
	return m.hash.Sum(out)
}
