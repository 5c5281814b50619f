package remotekeys

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/security"
)

// OpenIDConfig configures [Authenticators]. Audience is required.
type OpenIDConfig struct {
	// Audience is what the service answers to: the name under which its tokens
	// are asked for at the issuer. There is no default, because the issuer has
	// other services.
	Audience []string
	// Keys says how keys are fetched; its URL and Issuer are empty.
	Keys Config
	// Change, if set, may change the configuration of each verifier.
	Change func(*authsdk.VerifierConfig)
}

// discovery is where OpenID Connect Discovery section 4 has the metadata.
const discovery = "/.well-known/openid-configuration"

// Authenticators returns an authenticator for every openIdConnect scheme of a
// table, for security.New, and the sources of their keys, whose Run may be
// started. The tokens must be access tokens of the issuer whose metadata the
// scheme names, as RFC 9068 has them.
func Authenticators(ctx context.Context, table *security.Table, cfg OpenIDConfig) (map[string]security.Authenticator, []*Source, error) {
	if len(cfg.Audience) == 0 {
		return nil, nil, errors.New("remotekeys: OpenIDConfig: Audience is required")
	}
	if cfg.Keys.URL != "" || cfg.Keys.Issuer != "" {
		return nil, nil, errors.New("remotekeys: OpenIDConfig: Keys has a URL or an Issuer, which the document names")
	}
	auths := map[string]security.Authenticator{}
	var sources []*Source
	for _, s := range table.Schemes {
		if s.DiscoveryURL == "" {
			continue
		}
		issuer, ok := strings.CutSuffix(s.DiscoveryURL, discovery)
		if !ok {
			return nil, nil, fmt.Errorf("remotekeys: the scheme %q: its openIdConnectUrl does not end in %s", s.Name, discovery)
		}
		keys := cfg.Keys
		keys.Issuer = issuer
		source, err := New(ctx, keys)
		if err != nil {
			return nil, nil, fmt.Errorf("the scheme %q: %w", s.Name, err)
		}
		vc := authsdk.VerifierConfig{Issuer: issuer, Keys: source, Audience: cfg.Audience, TypeByHeader: true, Now: keys.Now}
		if cfg.Change != nil {
			cfg.Change(&vc)
		}
		verifier, err := authsdk.NewVerifier(vc)
		if err != nil {
			return nil, nil, fmt.Errorf("the scheme %q: %w", s.Name, err)
		}
		auths[s.Name] = verifier.Authenticator(authsdk.Policy{})
		sources = append(sources, source)
	}
	return auths, sources, nil
}
