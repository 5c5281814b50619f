package flaskcompat

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/internal/conf"
)

// Manager makes and reads tokens and cookies. It is safe for concurrent use.
type Manager struct {
	cfg      Config
	keys     keys
	origins  *http.CrossOriginProtection
	verifier *authsdk.Verifier
}

// ErrVerification refuses tokens that Config.Verify does not accept.
var ErrVerification = &authsdk.Error{
	Code: "claims_verification_failed", Status: http.StatusBadRequest, Detail: "User claims verification failed",
}

// New checks cfg and reports all its mistakes together.
func New(cfg Config) (*Manager, error) {
	cfg.defaults()
	m := &Manager{cfg: cfg}
	locations, err := m.locations(cfg.Locations)
	if err != nil {
		err = fmt.Errorf("Locations: %w", err)
	}
	if err := errors.Join(m.check(), err); err != nil {
		return nil, fmt.Errorf("flaskcompat: Config: %w", err)
	}
	vc := authsdk.VerifierConfig{
		InsecureOpen: m.open, Locations: locations, ExemptOptions: true,
		Revoked: cfg.Revoked, User: cfg.UserLookup,
		Render: cfg.Render, OnError: cfg.OnError, Now: cfg.Now,
	}
	if cfg.Verify != nil {
		vc.Check = m.verify
	}
	m.verifier, err = authsdk.NewVerifier(vc)
	return m, err
}

// Verifier returns the verifier of these tokens, for guards. A policy for
// access tokens accepts every type but refresh, as Flask-JWT-Extended does;
// OPTIONS is exempt.
func (m *Manager) Verifier() *authsdk.Verifier { return m.verifier }

// verify is the callback Verify as a check.
func (m *Manager) verify(ctx context.Context, c *authsdk.Claims) error {
	good, err := m.cfg.Verify(ctx, c)
	if err != nil {
		return err
	}
	if !good {
		return ErrVerification
	}
	return nil
}

// Locations returns the named locations, for the policy of a route. No name
// means those of the configuration.
func (m *Manager) Locations(names ...string) ([]authsdk.Location, error) {
	if len(names) == 0 {
		names = m.cfg.Locations
	}
	locations, err := m.locations(names)
	if err != nil {
		return nil, fmt.Errorf("flaskcompat: %w", err)
	}
	return locations, nil
}

func (m *Manager) locations(names []string) ([]authsdk.Location, error) {
	known := map[string]func() authsdk.Location{
		"headers": m.header, "cookies": m.cookie, "query_string": m.query, "json": m.json,
	}
	locations := make([]authsdk.Location, 0, len(names))
	for i, name := range names {
		location := known[name]
		if location == nil {
			return nil, fmt.Errorf("%q is no location: they are headers, cookies, query_string and json", name)
		}
		if slices.Contains(names[:i], name) {
			return nil, fmt.Errorf("%q is there twice", name)
		}
		locations = append(locations, location())
	}
	return locations, nil
}

// DecodeOptions are what decode_token takes beside the token.
type DecodeOptions struct {
	// CSRF, if set, must be the CSRF value of the token.
	CSRF string
	// AllowExpired accepts a token that has ended and is good otherwise.
	AllowExpired bool
}

// Decode is decode_token: the claims of a token that is good in itself,
// whatever its type, and whether or not it was revoked. get_jti, get_csrf_token
// and get_jwt_header are fields of what it returns, and Raw holds all claims.
// The error is one that the verifier's Refuse can answer.
func (m *Manager) Decode(ctx context.Context, token string, o DecodeOptions) (*authsdk.Claims, error) {
	c, err := m.open(ctx, token)
	if c == nil {
		return nil, err
	}
	if o.CSRF != "" {
		if err := checkCSRF(c, o.CSRF); err != nil {
			return nil, err
		}
	}
	if err != nil && !o.AllowExpired {
		return nil, err
	}
	return c, nil
}

// defaults fills in what is left empty, and copies what the caller may change.
func (cfg *Config) defaults() {
	set := func(s *string, value string) {
		if *s == "" {
			*s = value
		}
	}
	set(&cfg.Algorithm, "HS256")
	set(&cfg.IdentityClaim, "sub")
	set(&cfg.HeaderName, "Authorization")
	set(&cfg.QueryName, "jwt")
	set(&cfg.JSONKey, "access_token")
	set(&cfg.RefreshJSONKey, "refresh_token")
	set(&cfg.MessageKey, "msg")
	if !cfg.BareHeader {
		set(&cfg.HeaderType, "Bearer")
	}
	if cfg.AccessExpires == 0 && !cfg.InsecureNoAccessExpiry {
		cfg.AccessExpires = 15 * time.Minute
	}
	if cfg.RefreshExpires == 0 && !cfg.InsecureNoRefreshExpiry {
		cfg.RefreshExpires = 30 * 24 * time.Hour
	}
	cfg.Locations = slices.Clone(cfg.Locations)
	if len(cfg.Locations) == 0 {
		cfg.Locations = []string{"headers"}
	}
	cfg.DecodeAlgorithms = slices.Clone(cfg.DecodeAlgorithms)
	if !slices.Contains(cfg.DecodeAlgorithms, cfg.Algorithm) {
		cfg.DecodeAlgorithms = append(cfg.DecodeAlgorithms, cfg.Algorithm)
	}
	cfg.EncodeAudience, cfg.DecodeAudience = slices.Clone(cfg.EncodeAudience), slices.Clone(cfg.DecodeAudience)
	cfg.DecodeIssuer = slices.Clone(cfg.DecodeIssuer)
	cfg.Cookies.defaults()
	if cfg.Render == nil {
		cfg.Render = Renderer(cfg.MessageKey)
	}
	cfg.Now = conf.Clock(cfg.Now)
}

func (c *CookieConfig) defaults() {
	for _, t := range []struct {
		names      *authsdk.CookieNames
		name, csrf string
	}{
		{&c.Access, "access_token_cookie", "csrf_access_token"},
		{&c.Refresh, "refresh_token_cookie", "csrf_refresh_token"},
	} {
		for _, d := range []struct {
			field *string
			value string
		}{
			{&t.names.Name, t.name},
			{&t.names.CSRFName, t.csrf},
			{&t.names.Path, "/"},
			{&t.names.CSRFPath, "/"},
			{&t.names.CSRFHeader, "X-CSRF-TOKEN"},
			{&t.names.CSRFField, "csrf_token"},
		} {
			if *d.field == "" {
				*d.field = d.value
			}
		}
	}
	if c.InsecureCSRFMethods = slices.Clone(c.InsecureCSRFMethods); len(c.InsecureCSRFMethods) == 0 {
		c.InsecureCSRFMethods = []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}
	}
}
