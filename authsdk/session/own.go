package session

import (
	"fmt"
	"slices"

	"github.com/authsdk/authsdk-go/authsdk"
)

// Own returns nil for claims of the sessions' own issuer, and authsdk.ErrTokenInvalid
// for those of another one. A verifier may trust that one as well, see
// authsdk.VerifierConfig.Trusted, but its subjects are other people: its tokens do
// not refresh, list or end the sessions of those here. Claims without an issuer, of
// a verifier that demands none, count as own.
func (m *Manager) Own(c *authsdk.Claims) error {
	if c.Issuer == "" || c.Issuer == m.cfg.Issuer.Name() || slices.Contains(m.cfg.OtherIssuers, c.Issuer) {
		return nil
	}
	return fmt.Errorf("%w: it is of the issuer %q, and no session is", authsdk.ErrTokenInvalid, c.Issuer)
}
