package authsdk

import (
	"bytes"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
)

// minDistinct is how many different bytes a secret must have. A random one of
// 32 bytes has fewer with a chance below 2^-100; "changeme" repeated does not pass.
const minDistinct = 12

// checkSecret refuses what is not a random secret for a, RFC 7518 section 3.2.
func checkSecret(a Algorithm, secret []byte) error {
	if a != HS256 && a != HS384 && a != HS512 {
		return fmt.Errorf("a secret cannot be used for %s", a)
	}
	if len(secret) < a.signatureSize() {
		return fmt.Errorf("a secret for %s must have at least %d bytes, this one has %d", a, a.signatureSize(), len(secret))
	}
	if looksLikeKey(secret) {
		return errors.New("the secret is the text of a key: load it as a key, or a public key could sign")
	}
	var seen [256]bool
	distinct := 0
	for _, b := range secret {
		if !seen[b] {
			seen[b] = true
			distinct++
		}
	}
	if distinct < minDistinct {
		return fmt.Errorf("the secret has only %d different bytes: take one from a random generator", distinct)
	}
	return nil
}

// looksLikeKey recognises keys in their usual texts: PEM, JWK, SSH, DER.
func looksLikeKey(secret []byte) bool {
	text := bytes.TrimSpace(secret)
	if block, _ := pem.Decode(text); block != nil || bytes.Contains(text, []byte("-----BEGIN ")) {
		return true
	}
	for _, prefix := range []string{"ssh-", "ecdsa-sha2-"} {
		if bytes.HasPrefix(text, []byte(prefix)) {
			return true
		}
	}
	if len(text) == 0 || text[0] != '{' {
		return isDER(secret)
	}
	var jwk struct {
		Kty  string            `json:"kty"`
		Keys []json.RawMessage `json:"keys"`
	}
	return json.Unmarshal(text, &jwk) == nil && (jwk.Kty != "" || jwk.Keys != nil)
}

// isDER reports whether data is one DER SEQUENCE of exactly its own length, as
// PKIX, PKCS #1 and PKCS #8 keys are.
func isDER(data []byte) bool {
	if len(data) < 2 || data[0] != 0x30 {
		return false
	}
	n, head := int(data[1]), 2
	if n >= 0x80 {
		size := n & 0x7f
		if size == 0 || size > 3 || len(data) < 2+size {
			return false
		}
		n = 0
		for _, b := range data[2 : 2+size] {
			n = n<<8 | int(b)
		}
		head = 2 + size
	}
	return len(data) == head+n
}
