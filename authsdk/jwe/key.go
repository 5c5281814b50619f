package jwe

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwk"

	"github.com/authsdk/authsdk-go/authsdk"
)

// Algorithm is how the key of the contents is agreed on, RFC 7518 section 4.1.
type Algorithm string

// The algorithms, all with A256GCM for the contents. For the first three the
// issuer needs the public half alone.
const (
	// RSAOAEP256 encrypts the key to an RSA key.
	RSAOAEP256 Algorithm = "RSA-OAEP-256"
	// ECDHES agrees on the key with a P-256 key.
	ECDHES Algorithm = "ECDH-ES"
	// ECDHESA256KW agrees on a key that wraps the key.
	ECDHESA256KW Algorithm = "ECDH-ES+A256KW"
	// A256KW wraps the key with a secret of 32 bytes.
	A256KW Algorithm = "A256KW"
	// Direct uses a secret of 32 bytes as the key.
	Direct Algorithm = "dir"
)

// Key is an encryption key: an algorithm, an ID (kid) and the material, which
// String, JSON and log output leave out. Keys are immutable and safe for
// concurrent use.
type Key struct {
	id, thumbprint string
	alg            Algorithm
	public         any // what encrypts
	private        any // what decrypts; nil for a public key
}

// GenerateKey makes a key, from crypto/rand, with its RFC 7638 thumbprint as ID.
func GenerateKey(a Algorithm) (*Key, error) {
	var private any
	var err error
	switch a {
	case RSAOAEP256:
		private, err = rsa.GenerateKey(rand.Reader, 3072)
	case ECDHES, ECDHESA256KW:
		private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case A256KW, Direct:
		secret := make([]byte, 32)
		_, err = rand.Read(secret)
		private = secret
	default:
		return nil, refused("unknown algorithm %q", a)
	}
	if err != nil {
		return nil, fmt.Errorf("jwe: generate: %w", err)
	}
	return newKey("", a, private)
}

// ParseKey reads a JWK, or a PEM block. Its alg and use, if it has them, must
// be a and enc. Errors wrap authsdk.ErrWeakKey and never quote the key.
func ParseKey(data []byte, a Algorithm) (*Key, error) {
	parsed, err := jwk.ParseKey(data)
	if err != nil {
		parsed, err = jwk.ParseKey(data, jwk.WithPEM(true))
	}
	if err != nil {
		return nil, refused("neither a JWK nor a key in PEM")
	}
	if use, ok := parsed.KeyUsage(); ok && use != "enc" {
		return nil, refused("its use is %q, not enc: a key for signatures is not used for encryption, too", use)
	}
	if alg, ok := parsed.Algorithm(); ok && alg.String() != string(a) {
		return nil, refused("it is a key for %s, not for %s", alg, a)
	}
	var raw any
	if err := jwk.Export(parsed, &raw); err != nil {
		return nil, refused("its members do not make a key")
	}
	id, _ := parsed.KeyID()
	return newKey(id, a, raw)
}

func refused(format string, args ...any) error {
	return fmt.Errorf("%w: jwe: "+format, append([]any{authsdk.ErrWeakKey}, args...)...)
}

// newKey checks raw against a.
func newKey(id string, a Algorithm, raw any) (*Key, error) {
	k := &Key{id: id, alg: a, public: raw}
	switch raw := raw.(type) {
	case *rsa.PrivateKey:
		k.private, k.public = raw, &raw.PublicKey
	case *ecdsa.PrivateKey:
		k.private, k.public = raw, &raw.PublicKey
	case []byte:
		k.private = raw
	}
	if err := fits(a, k.public); err != nil {
		return nil, err
	}
	in, err := jwk.Import(k.public)
	if err != nil {
		return nil, refused("keys of type %T are not supported", raw)
	}
	sum, err := in.Thumbprint(crypto.SHA256)
	if err != nil {
		return nil, refused("it has no thumbprint")
	}
	k.thumbprint = base64.RawURLEncoding.EncodeToString(sum)
	if k.id == "" {
		k.id = k.thumbprint
	}
	if len(k.id) > 128 {
		return nil, refused("the key ID is longer than 128 bytes")
	}
	return k, nil
}

// fits refuses keys that are not for a, or too weak.
func fits(a Algorithm, public any) error {
	switch key := public.(type) {
	case *rsa.PublicKey:
		if n := key.N.BitLen(); a != RSAOAEP256 || n < 2048 || n > 8192 || key.E < 65537 || key.E%2 == 0 {
			return refused("an RSA key is for RSA-OAEP-256, has 2048 to 8192 bits and an odd exponent of at least 65537")
		}
		return nil
	case *ecdsa.PublicKey:
		if a != ECDHES && a != ECDHESA256KW || key.Curve != elliptic.P256() {
			return refused("an EC key is for ECDH-ES and on the curve P-256")
		}
		if _, err := key.ECDH(); err != nil {
			return refused("the point of the EC key is not on its curve")
		}
		return nil
	case []byte:
		if a != A256KW && a != Direct || len(key) != 32 {
			return refused("a secret is for A256KW or dir and has 32 bytes")
		}
		return nil
	}
	return refused("keys of type %T are not supported", public)
}

// ID returns the key ID (kid).
func (k *Key) ID() string { return k.id }

// Algorithm returns the one algorithm of the key.
func (k *Key) Algorithm() Algorithm { return k.alg }

// Public returns the half that encrypts; a secret has none.
func (k *Key) Public() (*Key, error) {
	if _, secret := k.public.([]byte); secret {
		return nil, errors.New("jwe: a secret has no public half")
	}
	public := *k
	public.private = nil
	return &public, nil
}

// MarshalJWK writes the key as a JWK, with its private half if it has one.
func (k *Key) MarshalJWK() ([]byte, error) {
	raw := k.private
	if raw == nil {
		raw = k.public
	}
	out, err := jwk.Import(raw)
	if err != nil {
		return nil, fmt.Errorf("jwe: key %s: %w", k.id, err)
	}
	alg, ok := jwa.LookupKeyEncryptionAlgorithm(string(k.alg))
	if !ok {
		return nil, fmt.Errorf("jwe: key %s: unknown algorithm", k.id)
	}
	err = errors.Join(out.Set(jwk.KeyIDKey, k.id), out.Set(jwk.AlgorithmKey, alg), out.Set(jwk.KeyUsageKey, "enc"))
	if err != nil {
		return nil, fmt.Errorf("jwe: key %s: %w", k.id, err)
	}
	return json.Marshal(out)
}

// String returns the algorithm and the ID.
func (k *Key) String() string { return string(k.alg) + " key " + k.id }

// GoString keeps %#v from printing the material.
func (k *Key) GoString() string { return "jwe.Key(" + k.String() + ")" }

// MarshalJSON writes what String returns; see MarshalJWK for a JWK.
func (k *Key) MarshalJSON() ([]byte, error) { return json.Marshal(k.String()) }

// LogValue keeps slog from printing the material.
func (k *Key) LogValue() slog.Value { return slog.StringValue(k.String()) }
