package server

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/authsdk/authsdk-go/gen/api"
)

// wellKnown is where RFC 8414 section 3 puts metadata.
const wellKnown = "/.well-known/oauth-authorization-server"

// baseURL returns where clients reach the endpoints, without a slash at its end.
// Nothing of a request is asked: whoever sends it could choose the answer.
func (cfg *Config) baseURL() (string, error) {
	base := cmp.Or(cfg.BaseURL, cfg.OAuth.Issuer())
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", errors.New("BaseURL must be the URL in front of /auth, without user, query and fragment; " +
			"it may be left empty where the issuer is such a URL")
	}
	return strings.TrimRight(base, "/"), nil
}

// GetMetadata implements GET /.well-known/oauth-authorization-server.
func (s *Server) GetMetadata(context.Context, api.GetMetadataRequestObject) (api.GetMetadataResponseObject, error) {
	if s.cfg.OAuth == nil {
		return nil, errNotServed
	}
	return s.metadata(), nil
}

func (s *Server) metadata() api.GetMetadata200JSONResponse {
	all := []string{"client_secret_basic", "client_secret_post", "none"}
	return api.GetMetadata200JSONResponse{
		Body: api.Metadata{
			Issuer: s.cfg.OAuth.Issuer(), JwksURI: s.base + "/.well-known/jwks.json", ResponseTypesSupported: []string{},
			TokenEndpoint: s.base + "/auth/token", TokenEndpointAuthMethodsSupported: all, GrantTypesSupported: s.cfg.OAuth.Grants(),
			RevocationEndpoint: s.base + "/auth/revoke", RevocationEndpointAuthMethodsSupported: all,
			IntrospectionEndpoint: s.base + "/auth/introspect", IntrospectionEndpointAuthMethodsSupported: all[:2],
		},
		Headers: api.GetMetadata200ResponseHeaders{CacheControl: "public, max-age=" + strconv.Itoa(int(KeySetMaxAge.Seconds()))},
	}
}

// Metadata returns where RFC 8414 section 3.1 puts the metadata, and a handler
// for it: at the root of the host, with the path of the issuer behind. Where
// Mount has the endpoints at the root and the issuer has no path, it has this
// route already. The handler is nil without OAuth.
func (s *Server) Metadata() (path string, h http.Handler) {
	if s.cfg.OAuth == nil {
		return "", nil
	}
	u, err := url.Parse(s.cfg.OAuth.Issuer())
	if err != nil {
		return "", nil
	}
	return wellKnown + strings.TrimRight(u.Path, "/"), http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		_ = s.metadata().VisitGetMetadataResponse(w)
	})
}
