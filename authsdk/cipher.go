package authsdk

import (
	"context"
	"errors"
	"slices"

	"github.com/authsdk/authsdk-go/internal/conf"
)

// Cipher encrypts tokens that are signed, and decrypts them before they are
// verified (RFC 7519 section 5.2). It must be safe for concurrent use, and
// Decrypt must refuse every bad token with the same [Error].
type Cipher interface {
	Encrypt(ctx context.Context, token string) (string, error)
	Decrypt(ctx context.Context, token string) (string, error)
	// Thumbprints are those of its keys, RFC 7638.
	Thumbprints() []string
}

// checkCipher refuses keys of which one signs and encrypts (RFC 7517 section
// 4.2), as far as they are known. Of a source that changes, Issue asks.
func checkCipher(c Cipher, keys KeySource) error {
	set, ok := keys.(*KeySet)
	if conf.IsNil(c) || !ok || set == nil {
		return nil
	}
	for _, k := range set.keys {
		if err := apart(c, k); err != nil {
			return err
		}
	}
	return nil
}

// apart refuses a key that c has as well.
func apart(c Cipher, k *Key) error {
	own, err := thumbprint(k.public)
	if err == nil && slices.Contains(c.Thumbprints(), own) {
		return errors.New("Cipher and Keys have a key in common: one key signs or encrypts, not both")
	}
	return nil
}
