package authsdk

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
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
		return isDER(secret) || isBase64DER(string(text))
	}
	var jwk struct {
		Kty  string            `json:"kty"`
		Keys []json.RawMessage `json:"keys"`
	}
	return json.Unmarshal(text, &jwk) == nil && (jwk.Kty != "" || jwk.Keys != nil)
}

// isDER reports whether data is a key or certificate as PEM blocks hold them.
func isDER(data []byte) bool {
	if len(data) == 0 || data[0] != 0x30 { // all of them are a SEQUENCE
		return false
	}
	for _, parse := range []func([]byte) error{
		func(d []byte) error { _, err := x509.ParsePKIXPublicKey(d); return err },
		func(d []byte) error { _, err := x509.ParsePKCS1PublicKey(d); return err },
		func(d []byte) error { _, err := x509.ParsePKCS8PrivateKey(d); return err },
		func(d []byte) error { _, err := x509.ParsePKCS1PrivateKey(d); return err },
		func(d []byte) error { _, err := x509.ParseECPrivateKey(d); return err },
		func(d []byte) error { _, err := x509.ParseCertificate(d); return err },
	} {
		if parse(data) == nil {
			return true
		}
	}
	return false
}

// isBase64DER reports the same of the base64 of a key, a PEM block without its
// first and last line.
func isBase64DER(text string) bool {
	text = strings.NewReplacer("\n", "", "\r", "", "-", "+", "_", "/", "=", "").Replace(text)
	data, err := base64.RawStdEncoding.DecodeString(text)
	return err == nil && isDER(data)
}
