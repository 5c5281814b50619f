package main

import (
	"net/http"
	"strings"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/oauth"
	"github.com/authsdk/authsdk-go/authsdk/server"
)

// oauth makes the service of the OAuth endpoints.
func (a *app) oauth(s *serveCmd, issuer *authsdk.Issuer) (*oauth.Service, error) {
	// Clients have audiences of their own. What this verifier accepts is
	// revoked, introspected or refreshed, and opens nothing.
	verifier, err := authsdk.NewVerifier(authsdk.VerifierConfig{
		Issuer: a.issuer, Keys: a.keys, Revoked: a.isRevoked, InsecureAnyAudience: true,
	})
	if err != nil {
		return nil, err
	}
	return oauth.New(oauth.Config{
		Issuer: issuer, Verifier: verifier, Sessions: a.sessions, Clients: a.store.oauth,
		RevokeToken: a.revoked.RevokeToken, Throttle: a.store.sessionStore, InsecurePasswordGrant: s.AllowPasswordGrant,
	})
}

// addMetadata adds the place that RFC 8414 gives to the metadata of an issuer
// with a path; without one they have their route.
func addMetadata(mux *http.ServeMux, endpoints *server.Server) {
	path, h := endpoints.Metadata()
	if strings.Count(path, "/") > 2 && !strings.ContainsAny(path, "{}") {
		mux.Handle("GET "+path, h)
	}
}
