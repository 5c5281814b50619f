package session

import (
	"slices"

	"github.com/authsdk/authsdk-go/authsdk"
)

// Grant says which OAuth client (RFC 6749) asks for tokens, and what they are
// good for. Package oauth makes it; the zero value is no client: one's own pages
// and apps.
//
// The client of a session, and the scopes that it was granted, are claims of the
// session's refresh token, which carries them from one generation to the next.
type Grant struct {
	// ClientID becomes the client_id of both tokens.
	ClientID string
	// Audience is the aud of the access token; empty means that of the issuer.
	Audience []string
	// Narrow, if set, is given the scopes that the access token can have, and
	// returns those that it shall have. Its error refuses, and changes nothing.
	Narrow func(scopes []string) ([]string, error)
}

// tokens say how a pair is to be made.
type tokens struct {
	grant Grant
	// granted are the scopes that the refresh token of a client carries.
	granted []string
	fresh   bool
}

func (g *Grant) narrow(scopes []string) ([]string, error) {
	if g.Narrow == nil {
		return scopes, nil
	}
	return g.Narrow(scopes)
}

// narrowed returns the account with the scopes that an access token for c's
// session has now: never more than were granted when it began.
func (g *Grant) narrowed(a *Account, c *authsdk.Claims) (*Account, error) {
	out := *a
	if c.ClientID != "" {
		out.Scopes = slices.DeleteFunc(slices.Clone(a.Scopes), func(s string) bool { return !slices.Contains(c.Scopes, s) })
	}
	var err error
	out.Scopes, err = g.narrow(out.Scopes)
	return &out, err
}

// ClientID returns that of the configuration.
func (m *Manager) ClientID() string { return m.cfg.ClientID }
