package oauth

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/memstore"
	"github.com/authsdk/authsdk-go/authsdk/session"
	"github.com/authsdk/authsdk-go/authsdk/userstore"
	"github.com/authsdk/authsdk-go/internal/conf"
)

// Config configures [New]. Issuer, Verifier, Sessions and Clients are required.
type Config struct {
	// Issuer signs the tokens that clients get for themselves; that of Sessions.
	Issuer *authsdk.Issuer
	// Verifier reads the tokens that come to the endpoints. Where clients have
	// audiences of their own it must accept those, mostly by
	// InsecureAnyAudience: it opens nothing with them.
	Verifier *authsdk.Verifier
	Sessions *session.Manager
	Clients  Store
	// RevokeToken, if set, revokes a single access token, which belongs to no
	// session. Nil refuses that with ErrUnsupportedTokenType.
	RevokeToken func(ctx context.Context, c *authsdk.Claims) error
	// InsecurePasswordGrant lets clients that were registered for it, and one's
	// own pages and apps, send people's passwords (RFC 6749 section 4.3), which
	// RFC 9700 section 2.4 forbids: the client sees the password. It is for
	// programs that know no other way.
	InsecurePasswordGrant bool
	// Throttle counts failed clients for all processes that share it: pgstore,
	// redisstore and their siblings. Nil means in the memory of this process.
	// Something must delete what is over by its PruneBuckets, as the Prune of
	// package users does.
	Throttle userstore.Throttle
	// Now is the clock of the throttle; nil means time.Now.
	Now func() time.Time
}

// Service decides what the endpoints answer. It is safe for concurrent use.
//
// Errors of its methods wrap one of the refusals of this package, or an
// authsdk.Error with status 429 or 503.
type Service struct {
	cfg Config
	now func() time.Time
}

// New checks cfg and reports all its mistakes together.
func New(cfg Config) (*Service, error) {
	var errs []error
	if cfg.Issuer == nil {
		errs = append(errs, errors.New("Issuer is required: that of Sessions"))
	}
	if cfg.Verifier == nil {
		errs = append(errs, errors.New("Verifier is required: see authsdk.NewVerifier"))
	}
	if cfg.Sessions == nil {
		errs = append(errs, errors.New("Sessions is required: see session.New"))
	}
	if conf.IsNil(cfg.Clients) {
		errs = append(errs, errors.New("Clients is required: memstore.New or sqlitestore.Open"))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("oauth: Config: %w", err)
	}
	if conf.IsNil(cfg.Throttle) {
		cfg.Throttle = memstore.New()
	}
	return &Service{cfg: cfg, now: conf.Clock(cfg.Now)}, nil
}

// Issuer returns the name of the issuer.
func (s *Service) Issuer() string { return s.cfg.Issuer.Name() }

// Grants returns the grants of the token endpoint.
func (s *Service) Grants() []string {
	grants := []string{GrantRefreshToken, GrantClientCredentials}
	if s.cfg.InsecurePasswordGrant {
		grants = append(grants, GrantPassword)
	}
	return grants
}

// Credentials are how a client says who it is: with a secret, by its name
// alone, or not at all.
type Credentials struct {
	ID, Secret string
	// Address is where the request comes from, without a port, for throttling.
	Address string
}

// String leaves the secret out.
func (c Credentials) String() string { return "oauth.Credentials{" + c.ID + "}" }

// GoString keeps %#v from printing the secret.
func (c Credentials) GoString() string { return c.String() }

// LogValue keeps slog from printing the secret.
func (c Credentials) LogValue() slog.Value { return slog.StringValue(c.String()) }

// caller is the client that asks, or one's own pages and apps, which may be
// granted whatever the account may.
type caller struct {
	Client

	own bool
}

// may reports whether the caller may use a grant. Some are for clients that can
// prove who they are (RFC 6749 section 4.4, RFC 7662 section 2.1), whatever the
// store says.
func (c *caller) may(grant string) bool {
	if c.Public() && (grant == GrantClientCredentials || grant == GrantIntrospection) {
		return false
	}
	return slices.Contains(c.Grants, grant)
}

// issuedTo reports whether a token is the caller's.
func (c *caller) issuedTo(claims *authsdk.Claims, own string) bool {
	if c.own {
		return claims.ClientID == "" || claims.ClientID == own
	}
	return claims.ClientID == c.ID
}

// Authenticate returns the client that the credentials prove: one with the right
// secret, or a public one by its name. Unknown clients and wrong secrets both
// give ErrInvalidClient.
func (s *Service) Authenticate(ctx context.Context, c Credentials) (*Client, error) {
	known, err := find(ctx, s.cfg.Clients, c.ID)
	missing := errors.Is(err, ErrNotFound)
	if err != nil && !missing {
		return nil, authsdk.Unknown("find client", err)
	}
	want := known.SecretHash
	if missing || known.Public() {
		want = make([]byte, sha256.Size) // the hash of nothing that is known
	}
	right := subtle.ConstantTimeCompare(hash(c.Secret), want) == 1
	if !missing && known.Public() {
		right = c.Secret == ""
	}
	if right && !missing {
		return &known, nil
	}
	return nil, s.failed(ctx, c)
}

// find returns a client of the store. A name that none of them can keep is
// unknown; asked for it, some would fail.
func find(ctx context.Context, store Store, id string) (Client, error) {
	if id == "" || len(id) > maxID || !utf8.ValidString(id) || strings.ContainsRune(id, 0) {
		return Client{}, ErrNotFound
	}
	return store.Client(ctx, id)
}

// maxID is the longest name of a client in a store, in bytes.
const maxID = 255

// caller authenticates whoever asks.
func (s *Service) caller(ctx context.Context, c Credentials) (*caller, error) {
	if c.ID == "" && c.Secret != "" {
		return nil, invalid("The parameter client_secret came without client_id.")
	}
	if c.ID == "" || c.ID == s.cfg.Sessions.ClientID() {
		if c.Secret != "" {
			return nil, s.failed(ctx, c)
		}
		return &caller{own: true, Client: Client{Grants: []string{GrantRefreshToken, GrantPassword}}}, nil
	}
	known, err := s.Authenticate(ctx, c)
	if err != nil {
		return nil, err
	}
	return &caller{Client: *known}, nil
}
