package orders

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/security"
)

// Security checks the credentials of the shop. All fields are required.
type Security struct {
	Verifier *authsdk.Verifier
	Cookies  *authsdk.Cookies
	// Partners are the partners' names by the SHA-256 of their keys: the keys
	// themselves are kept nowhere.
	Partners map[[sha256.Size]byte]string
}

// A scheme that is added to the document does not compile until it is written here.
var _ SecurityHandler = (*Security)(nil)

// Oauth verifies an access token.
func (s *Security) Oauth(ctx context.Context, c *security.Credential) (*security.Principal, error) {
	return s.Verifier.Authenticator(authsdk.Policy{})(ctx, c)
}

// Session verifies the same token in the cookie of the web shop, and that an
// unsafe request is not forged.
func (s *Security) Session(ctx context.Context, c *security.Credential) (*security.Principal, error) {
	return s.Cookies.Authenticator(s.Verifier, authsdk.Policy{})(ctx, c)
}

// CSRF compares the header with the session of the same request.
func (s *Security) CSRF(ctx context.Context, c *security.Credential) (*security.Principal, error) {
	return s.Cookies.CSRFAuthenticator()(ctx, c)
}

// PartnerKey looks a key up by its hash, in the same time whether or not there
// is such a partner. Beside a token the key proves which program is calling;
// the request is then that of the token's subject, so nobody is returned.
func (s *Security) PartnerKey(_ context.Context, c *security.Credential) (*security.Principal, error) {
	sum := sha256.Sum256([]byte(c.Value))
	partner := ""
	for hash, name := range s.Partners {
		if subtle.ConstantTimeCompare(hash[:], sum[:]) == 1 {
			partner = name
		}
	}
	switch {
	case partner == "":
		return nil, security.ErrInvalidCredential
	case c.Principal != nil:
		return nil, nil //nolint:nilnil // a good key that adds nobody
	}
	return &security.Principal{Subject: partner}, nil
}
