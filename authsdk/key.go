package authsdk

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"sync"
)

// Key is one signing or verification key: an algorithm, an ID (kid) and the
// material, which never leaves it by accident: String, JSON and log output show
// the ID and the algorithm only. Keys are immutable and safe for concurrent use.
type Key struct {
	id      string
	alg     Algorithm
	private any // *rsa.PrivateKey, *ecdsa.PrivateKey, ed25519.PrivateKey or []byte; nil for a public key
	public  any // what verifies: the public key, or the secret again

	access, refresh string // the header segments of tokens that k signs

	method method    // of a key pair
	macs   sync.Pool // of a secret: *mac
}

// ErrWeakKey is wrapped by every refusal of a key: too short, of another kind
// than its algorithm, not meant for signatures, or not a key at all.
var ErrWeakKey = errors.New("authsdk: key refused")

// keyIDs is what a kid may look like: a name to look up in a map, never a path
// or a query, and harmless in a log (RFC 7515 section 4.1.4).
var keyIDs = regexp.MustCompile(`^([A-Za-z0-9._:-]{1,128}|[A-Za-z0-9+/]{1,126}={0,2})$`)

// minRSABits and maxRSABits bound RSA keys: shorter ones are weak (RFC 7518
// section 3.3), longer ones let every request burn time.
const (
	minRSABits = 2048
	maxRSABits = 8192
)

// GenerateKey makes a new key for a, from crypto/rand, with the RFC 7638
// thumbprint as its ID: an RSA key of 3072 bits, an EC or Ed25519 key, or a
// secret as long as the hash.
func GenerateKey(a Algorithm) (*Key, error) {
	var private any
	var err error
	switch a {
	case RS256, PS256:
		private, err = rsa.GenerateKey(rand.Reader, 3072)
	case ES256:
		private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case ES384:
		private, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case EdDSA:
		_, private, err = ed25519.GenerateKey(rand.Reader)
	case HS256, HS384, HS512:
		secret := make([]byte, a.signatureSize())
		_, err = rand.Read(secret)
		private = secret
	default:
		return nil, fmt.Errorf("%w: unknown algorithm %q", ErrWeakKey, a)
	}
	if err != nil {
		return nil, fmt.Errorf("authsdk: generate %s key: %w", a, err)
	}
	return newKey("", a, private)
}

// NewSecretKey makes a key for an HMAC algorithm from a secret. The secret must
// be as long as the hash (32, 48 or 64 bytes, RFC 7518 section 3.2) and look
// random; a PEM block, a JWK or an SSH key is refused, because using a public
// key as a secret lets anybody sign.
func NewSecretKey(a Algorithm, secret []byte) (*Key, error) {
	return newKey("", a, append([]byte(nil), secret...))
}

// ID returns the key ID (kid).
func (k *Key) ID() string { return k.id }

// Algorithm returns the one algorithm of the key.
func (k *Key) Algorithm() Algorithm { return k.alg }

// CanSign reports whether the key holds the private half.
func (k *Key) CanSign() bool { return k.private != nil }

// String returns the algorithm and the ID.
func (k *Key) String() string { return string(k.alg) + " key " + k.id }

// GoString keeps %#v from printing the material.
func (k *Key) GoString() string { return "authsdk.Key(" + k.String() + ")" }

// MarshalJSON writes what String returns; see [KeySet.PublicJWKS] for a JWK.
func (k *Key) MarshalJSON() ([]byte, error) { return json.Marshal(k.String()) }

// LogValue keeps slog from printing the material.
func (k *Key) LogValue() slog.Value { return slog.StringValue(k.String()) }

// newKey checks raw against a and makes a Key of it. An empty id becomes the
// thumbprint.
func newKey(id string, a Algorithm, raw any) (*Key, error) {
	k := &Key{id: id, alg: a, method: a.method()}
	if k.method == nil && a.hash() == nil {
		return nil, fmt.Errorf("%w: unknown algorithm %q", ErrWeakKey, a)
	}
	switch raw := raw.(type) {
	case []byte:
		k.private, k.public = raw, raw
	case *rsa.PrivateKey:
		raw.Precompute() // a key that was read is not: each signature would do it
		k.private, k.public = raw, &raw.PublicKey
	case *ecdsa.PrivateKey:
		k.private, k.public = raw, &raw.PublicKey
	case ed25519.PrivateKey:
		k.private, k.public = raw, raw.Public()
	case external:
		k.private, k.public = raw, raw.Public()
	default:
		k.public = raw
	}
	if err := checkMaterial(a, k.public); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrWeakKey, err)
	}
	if err := k.checkPair(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrWeakKey, err)
	}
	if k.id == "" {
		var err error
		if k.id, err = thumbprint(k.public); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrWeakKey, err)
		}
	}
	if !keyIDs.MatchString(k.id) {
		return nil, fmt.Errorf("%w: the key ID must match %s", ErrWeakKey, keyIDs)
	}
	k.access, k.refresh = k.encodeHeader(Access), k.encodeHeader(Refresh)
	return k, nil
}

// checkMaterial refuses keys that do not fit a or are too weak for it.
func checkMaterial(a Algorithm, public crypto.PublicKey) error {
	switch key := public.(type) {
	case []byte:
		return checkSecret(a, key)
	case *rsa.PublicKey:
		if a != RS256 && a != PS256 {
			return fmt.Errorf("an RSA key cannot be used for %s", a)
		}
		if n := key.N.BitLen(); n < minRSABits || n > maxRSABits {
			return fmt.Errorf("an RSA key must have %d to %d bits, this one has %d", minRSABits, maxRSABits, n)
		}
		if key.E < 65537 || key.E%2 == 0 {
			return fmt.Errorf("an RSA key must have an odd exponent of at least 65537, this one has %d", key.E)
		}
		return nil
	case *ecdsa.PublicKey:
		curves := map[Algorithm]elliptic.Curve{ES256: elliptic.P256(), ES384: elliptic.P384()}
		if want, ok := curves[a]; !ok || key.Curve != want {
			return fmt.Errorf("an EC key on curve %s cannot be used for %s", key.Curve.Params().Name, a)
		}
		if _, err := key.ECDH(); err != nil {
			return errors.New("the point of the EC key is not on its curve")
		}
		return nil
	case ed25519.PublicKey:
		if a != EdDSA || len(key) != ed25519.PublicKeySize {
			return fmt.Errorf("an Ed25519 key cannot be used for %s", a)
		}
		return nil
	}
	return fmt.Errorf("keys of type %T are not supported", public)
}

// checkPair signs and verifies once, so that a private key with a foreign
// public half is found when it is loaded and not by the first client.
func (k *Key) checkPair() error {
	if k.private == nil {
		return nil
	}
	const probe = "authsdk"
	sig, err := k.sign(nil, []byte(probe))
	if err != nil {
		return err
	}
	if err := k.verify(probe, sig); err != nil {
		return errors.New("the private and the public half do not belong together")
	}
	return nil
}
