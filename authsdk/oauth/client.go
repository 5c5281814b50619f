package oauth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/clientstore"
)

// Client is a registered client.
type Client = clientstore.Client

// Store keeps clients: memstore, sqlitestore and their siblings, or one of your own.
type Store = clientstore.Store

// Errors of a [Store].
var (
	ErrNotFound = clientstore.ErrNotFound
	ErrExists   = clientstore.ErrExists
)

// What a client may be registered for: the grants of RFC 6749, and asking about
// tokens.
const (
	GrantRefreshToken      = "refresh_token"
	GrantClientCredentials = "client_credentials"
	// GrantPassword also needs Config.InsecurePasswordGrant.
	GrantPassword = "password"
	// GrantIntrospection is no grant of a token: it lets a service ask for the
	// state of any access token (RFC 7662).
	GrantIntrospection = "introspection"
)

// ErrInvalid is in the chain of every error about a client that cannot be
// registered or have a secret. The text says what to change.
var ErrInvalid = errors.New("oauth: invalid")

// Registration is a client that is to be registered with [Register].
type Registration struct {
	ID string
	// Public clients have no secret: pages and apps, which cannot keep one.
	Public bool
	// Grants are what the client may do; empty means GrantClientCredentials, or
	// GrantRefreshToken if it is public.
	Grants []string
	// Scopes are what it may be granted; empty means none.
	Scopes []string
	// Audience is the aud of its access tokens; empty means that of the issuer.
	Audience []string
}

// Names of clients stand in tokens, logs and URLs, and in front of a colon. One
// that looks like the subject of a user would pass for that user in a token
// (RFC 9700 section 4.15).
var (
	idPattern    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,127}$`)
	subjects     = regexp.MustCompile(`^[A-Z2-7]{26}$`)
	scopePattern = regexp.MustCompile(`^[\x21\x23-\x5B\x5D-\x7E]{1,128}$`)
	audiences    = regexp.MustCompile(`^[\x21-\x7E]{1,255}$`)
)

// Register adds a client to a store, and returns the secret of a confidential
// one, which is told this once: the store keeps its hash. Errors wrap
// [ErrInvalid], [ErrExists], or an authsdk.Error with status 503.
func Register(ctx context.Context, store Store, r Registration, now time.Time) (secret string, err error) {
	if len(r.Grants) == 0 {
		r.Grants = []string{GrantClientCredentials}
		if r.Public {
			r.Grants = []string{GrantRefreshToken}
		}
	}
	if err := r.check(); err != nil {
		return "", fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	c := Client{
		ID: r.ID, Grants: slices.Clone(r.Grants), Scopes: slices.Clone(r.Scopes), Audience: slices.Clone(r.Audience),
		CreatedAt: now.UTC().Truncate(time.Millisecond),
	}
	if !r.Public {
		secret = newSecret()
		c.SecretHash = hash(secret)
	}
	err = store.AddClient(ctx, c)
	switch {
	case errors.Is(err, ErrExists):
		return "", fmt.Errorf("%w: %q: choose another one, or remove that client", ErrExists, r.ID)
	case err != nil:
		return "", authsdk.Unknown("add client", err)
	}
	return secret, nil
}

// NewSecret gives a confidential client another secret and returns it, this once.
// The old one is refused from then on; what the client was issued stays good.
// Errors wrap [ErrNotFound], [ErrInvalid] for a public client, or an authsdk.Error
// with status 503, after which the old secret may be good or not: ask again.
func NewSecret(ctx context.Context, store Store, id string) (string, error) {
	c, err := find(ctx, store, id)
	if err == nil && c.Public() {
		return "", fmt.Errorf("%w: %q is a public client, which has no secret", ErrInvalid, id)
	}
	secret := newSecret()
	if err == nil {
		err = store.ReplaceSecret(ctx, id, hash(secret)) // which looks again
	}
	switch {
	case errors.Is(err, ErrNotFound):
		return "", err
	case err != nil:
		return "", authsdk.Unknown("replace secret", err)
	}
	return secret, nil
}

// check reports all mistakes together.
func (r *Registration) check() error {
	var errs []error
	bad := func(is bool, format string, args ...any) {
		if is {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	bad(!idPattern.MatchString(r.ID), "the name %.64q must begin with a letter or digit and have up to 128 of letters, digits and ._:/@-", r.ID)
	bad(subjects.MatchString(r.ID), "the name %q looks like the subject of a user: choose one that cannot be taken for it", r.ID)
	for _, g := range r.Grants {
		switch g {
		case GrantRefreshToken, GrantPassword:
		case GrantClientCredentials, GrantIntrospection:
			bad(r.Public, "the grant %s needs a secret: leave it out, or make the client confidential", g)
		default:
			bad(true, "the grant %.64q must be %s, %s, %s or %s", g, GrantRefreshToken, GrantClientCredentials, GrantPassword, GrantIntrospection)
		}
	}
	for _, s := range r.Scopes {
		bad(!scopePattern.MatchString(s), "the scope %.64q must be printable ASCII without spaces, quotes and backslashes, up to 128 bytes", s)
	}
	bad(len(r.Audience) > 32, "the audience has %d members: at most 32 are accepted", len(r.Audience))
	for _, a := range r.Audience {
		bad(!audiences.MatchString(a), "the audience %.64q must be printable ASCII without spaces, up to 255 bytes", a)
	}
	return errors.Join(errs...)
}

// newSecret returns 256 random bits.
func newSecret() string {
	random := make([]byte, sha256.Size)
	_, _ = rand.Read(random) // never fails
	return base64.RawURLEncoding.EncodeToString(random)
}

// hash is what is kept of a secret.
func hash(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}
