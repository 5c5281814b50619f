// Package server implements the endpoints of openapi.yaml over the core. It
// translates between the wire and the words of authsdk and session, and
// decides nothing itself.
//
// A [Server] is mounted by the Mount function of the adapter for one's router.
// Every operation reads and verifies the credentials of its own request, so
// that the endpoints are guarded wherever they are mounted.
package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/oauth"
	"github.com/authsdk/authsdk-go/authsdk/session"
	"github.com/authsdk/authsdk-go/gen/api"
	"github.com/authsdk/authsdk-go/internal/wire"
)

// Config configures [New]. Sessions, Verifier and Keys are required.
type Config struct {
	Sessions *session.Manager
	// Verifier checks the tokens that come to the endpoints. Its Revoked
	// should be that of Sessions, so that a session that ended stays ended.
	Verifier *authsdk.Verifier
	// Keys are published as the key set.
	Keys authsdk.KeySource
	// Cookies, if set, lets clients have their tokens in cookies.
	Cookies *authsdk.Cookies
	// OAuth, if set, decides for the OAuth endpoints: token, revocation,
	// introspection and metadata. Nil answers them with 404.
	OAuth *oauth.Service
	// BaseURL is what stands in front of the paths of the document, as clients
	// see it: https://api.example.com/v1. It is for the metadata; empty means
	// the issuer.
	BaseURL string
	// ClientAddress returns the address that a request comes from, for
	// throttling. Nil means that of the connection. Behind a proxy, take it
	// from a header that the proxy sets, and from nowhere else.
	ClientAddress func(*http.Request) string
}

// Server implements [api.StrictServerInterface]. It is safe for concurrent use.
type Server struct {
	cfg  Config
	base string // in the metadata
}

var _ api.StrictServerInterface = (*Server)(nil)

// New checks cfg and reports all its mistakes together.
func New(cfg Config) (*Server, error) {
	var errs []error
	if cfg.Sessions == nil {
		errs = append(errs, errors.New("Sessions is required: see session.New"))
	}
	if cfg.Verifier == nil {
		errs = append(errs, errors.New("Verifier is required: see authsdk.NewVerifier"))
	}
	if cfg.Keys == nil {
		errs = append(errs, errors.New("Keys is required: those of the issuer"))
	}
	var base string
	switch {
	case cfg.OAuth != nil:
		var err error
		base, err = cfg.baseURL()
		errs = append(errs, err)
	case cfg.BaseURL != "":
		errs = append(errs, errors.New("BaseURL has no effect without OAuth: leave it empty"))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("server: Config: %w", err)
	}
	if cfg.ClientAddress == nil {
		cfg.ClientAddress = connectionAddress
	}
	return &Server{cfg: cfg, base: base}, nil
}

// connectionAddress is the remote address without its port.
func connectionAddress(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// caller is who presented a token, and how it came.
type caller struct {
	*authsdk.Claims

	cookie bool
}

// authenticate verifies the token of the request, from the Authorization
// header or else from a cookie. Headers come first because a page cannot be
// made to send one.
func (s *Server) authenticate(ctx context.Context, p authsdk.Policy) (caller, error) {
	r := wire.Request(ctx)
	p.Locations = []authsdk.Location{authsdk.Bearer()}
	claims, err := s.cfg.Verifier.Authenticate(r, p)
	if !errors.Is(err, authsdk.ErrTokenMissing) || s.cfg.Cookies == nil {
		return caller{claims, false}, err
	}
	p.Locations = []authsdk.Location{s.cfg.Cookies.Location()}
	claims, err = s.cfg.Verifier.Authenticate(r, p)
	return caller{claims, true}, err
}
