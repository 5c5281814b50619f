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

// checkCipher refuses a key that signs and encrypts (RFC 7517 section 4.2), of
// the keys that there are when the program starts.
func checkCipher(c Cipher, keys KeySource) error {
	if conf.IsNil(c) || conf.IsNil(keys) {
		return nil
	}
	set, err := currentKeys(context.Background(), keys)
	if err != nil {
		return nil //nolint:nilerr // no keys yet: whoever needs them will say so
	}
	encrypt := c.Thumbprints()
	for _, k := range set.keys {
		if own, err := thumbprint(k.public); err == nil && slices.Contains(encrypt, own) {
			return errors.New("Cipher and Keys have a key in common: one key signs or encrypts, not both")
		}
	}
	return nil
}
