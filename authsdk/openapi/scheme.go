package openapi

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/authsdk/authsdk-go/authsdk/security"
)

func (b *builder) addSchemes() {
	if b.doc.Components == nil {
		return
	}
	declared := b.doc.Components.SecuritySchemes
	for _, name := range slices.Sorted(maps.Keys(declared)) {
		ref := declared[name]
		b.index[name] = -1
		if ref == nil || ref.Value == nil {
			b.failf(nil, "the security scheme %q is empty", name)
			continue
		}
		in := ref.Value
		kind, err := kindOf(in)
		if err != nil {
			b.failf(in.Origin, "the security scheme %q %w", name, err)
			continue
		}
		scheme := security.Scheme{Name: name, Kind: kind}
		if err := readScheme(in.Extensions, &scheme); err != nil {
			b.failf(in.Origin, "the security scheme %q: %w", name, err)
			continue
		}
		if in.Type == "apiKey" {
			scheme.Param = in.Name
		}
		if in.Type == "openIdConnect" {
			scheme.DiscoveryURL = in.OpenIdConnectUrl
		}
		if in.Type == "oauth2" {
			b.scopes[name] = scopesOf(in.Flows)
		}
		b.index[name] = len(b.table.Schemes)
		b.table.Schemes = append(b.table.Schemes, scheme)
	}
}

// kindOf tells how the credential of a scheme travels.
func kindOf(s *openapi3.SecurityScheme) (security.Kind, error) {
	switch s.Type {
	case "http":
		switch strings.ToLower(s.Scheme) {
		case "bearer":
			return security.Bearer, nil
		case "basic":
			return security.Basic, nil
		}
		return 0, fmt.Errorf("is of type http with the scheme %q: bearer and basic are supported", s.Scheme)
	case "apiKey":
		if s.Name == "" {
			return 0, errors.New("is an API key without a name: say the name of the header, cookie or query parameter")
		}
		switch s.In {
		case "header":
			return security.APIKeyHeader, nil
		case "cookie":
			return security.APIKeyCookie, nil
		case "query":
			return security.APIKeyQuery, nil
		}
		return 0, fmt.Errorf("is an API key in %q: header, cookie and query are supported", s.In)
	case "oauth2", "openIdConnect":
		return security.Bearer, nil
	case "mutualTLS":
		return security.MutualTLS, nil
	}
	return 0, fmt.Errorf("is of type %q: http, apiKey, oauth2, openIdConnect and mutualTLS are supported", s.Type)
}

// scopesOf returns what any of the flows declares.
func scopesOf(flows *openapi3.OAuthFlows) map[string]bool {
	scopes := map[string]bool{}
	if flows == nil {
		return scopes
	}
	for _, flow := range []*openapi3.OAuthFlow{flows.Implicit, flows.Password, flows.ClientCredentials, flows.AuthorizationCode} {
		if flow == nil {
			continue
		}
		for s := range flow.Scopes {
			scopes[s] = true
		}
	}
	return scopes
}
