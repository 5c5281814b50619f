package authsdk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/authsdk/authsdk-go/internal/conf"
)

// VerifierConfig configures [NewVerifier]. Issuer and Keys are required.
type VerifierConfig struct {
	// Issuer is the iss that tokens must have, compared byte by byte.
	Issuer string
	// Keys are the keys that tokens may be signed with.
	Keys KeySource
	// Audience lists what this service answers to: a token must name one of
	// them in its aud. Empty means the issuer itself.
	Audience []string
	// Leeway is how far the clocks of issuer and verifier may differ, for
	// exp, nbf and iat: zero to five minutes.
	Leeway time.Duration
	// MaxLifetime is how long a token may live from iat to exp; zero means 24
	// hours. Refresh tokens may live for 400 days whatever is set.
	MaxLifetime time.Duration
	// Locations are where requests may carry a token, in this order; empty
	// means the Authorization header alone.
	Locations []Location
	// Revoked, if set, is asked about every token that is good otherwise. An
	// error that is not an [Error] counts as ErrStoreUnavailable: what cannot
	// be known is neither good nor bad. The Revoked of a session.Manager fits.
	Revoked func(context.Context, *Claims) (bool, error)
	// Check, if set, is asked about every token that was not revoked. It
	// returns nil to accept it, or an [Error] to refuse it.
	Check func(context.Context, *Claims) error
	// User, if set, loads the user of every token that is good, for [User].
	// Nil and no error stand for ErrUserNotFound.
	User func(context.Context, *Claims) (any, error)
	// LazyUser leaves the loading to the first call of [User] in a request. A
	// token whose user is gone passes then until somebody asks.
	LazyUser bool
	// ExemptOptions lets requests with the method OPTIONS pass unread, without
	// a principal, where handlers answer it: browsers send no credentials.
	ExemptOptions bool
	// InsecureAnyAudience accepts tokens for whatever audience, and without one.
	InsecureAnyAudience bool
	// InsecureNoExpiry accepts tokens without an end.
	InsecureNoExpiry bool
	// Render writes the refusals of Require in the adapters; nil means WriteProblem.
	Render Renderer
	// OnError, if set, is told of every refusal with its cause, for the log.
	OnError func(*http.Request, error)
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

const (
	maxLeeway          = 5 * time.Minute
	defaultMaxLifetime = 24 * time.Hour
	refreshMaxLifetime = conf.MaxTTL
)

// Verifier checks tokens. It is safe for concurrent use.
type Verifier struct {
	cfg VerifierConfig
}

// NewVerifier checks cfg and reports all its mistakes together.
func NewVerifier(cfg VerifierConfig) (*Verifier, error) {
	var errs []error
	if checkText(cfg.Issuer) != nil {
		errs = append(errs, errors.New("Issuer is required: the iss of the tokens, without control characters"))
	}
	if isNil(cfg.Keys) {
		errs = append(errs, errors.New("Keys is required: see ParseKeySet and NewKeySet"))
	}
	if cfg.Leeway < 0 || cfg.Leeway > maxLeeway {
		errs = append(errs, fmt.Errorf("Leeway is %s: it must lie between 0 and %s", cfg.Leeway, maxLeeway))
	}
	errs = append(errs, checkAudience(cfg.Audience), conf.TTL("MaxLifetime", cfg.MaxLifetime), checkLocations(cfg.Locations))
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("authsdk: VerifierConfig: %w", err)
	}
	cfg.Audience = audienceOr(cfg.Audience, cfg.Issuer)
	cfg.Locations = slices.Clone(cfg.Locations)
	if len(cfg.Locations) == 0 {
		cfg.Locations = []Location{Bearer()}
	}
	if cfg.Render == nil {
		cfg.Render = WriteProblem
	}
	cfg.Now = conf.Clock(cfg.Now)
	return &Verifier{cfg: cfg}, nil
}

// Verify checks a token against p, without a request: for jobs, message
// queues, WebSockets. The steps are, in this order: form and signature;
// claims; type; freshness; revocation; Check; scopes and roles; User. The
// first that fails gives the error, which wraps one of the package's
// sentinels, or is what a callback has returned.
//
// The context ends the questions to the keys and to the callbacks, nothing else.
func (v *Verifier) Verify(ctx context.Context, raw string, p Policy) (*Claims, error) {
	c, _, err := v.verify(ctx, raw, p, nil)
	return c, err
}

// verify is Verify with one more step after the claims: confirm asks whether
// the token may be used the way it arrived (CSRF). It returns the user, too.
func (v *Verifier) verify(ctx context.Context, raw string, p Policy, confirm func(*Claims) error) (*Claims, loader, error) {
	header, c, err := v.open(ctx, raw)
	if err != nil {
		return nil, nil, err
	}
	now := v.cfg.Now()
	// Expiry is the last check of the claims: nothing else was wrong.
	if err := v.checkClaims(c, now); err != nil && (!p.InsecureExpired || !errors.Is(err, ErrTokenExpired)) {
		return nil, nil, err
	}
	if confirm != nil {
		if err := confirm(c); err != nil {
			return nil, nil, err
		}
	}
	if err := p.checkType(header.typ, c); err != nil {
		return nil, nil, err
	}
	if err := p.checkFresh(c, now); err != nil {
		return nil, nil, err
	}
	if err := v.ask(ctx, c, p); err != nil {
		return nil, nil, err
	}
	if err := p.checkGrants(c); err != nil {
		return nil, nil, err
	}
	user, err := v.user(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	return c, user, nil
}

// open takes raw apart, finds the key that its header names, and checks the
// signature. Nothing of the payload is read before that (RFC 8725 section 3.3).
func (v *Verifier) open(ctx context.Context, raw string) (joseHeader, *Claims, error) {
	tok, err := split(raw)
	if err != nil {
		return joseHeader{}, nil, err
	}
	header, err := parseHeader(tok.header)
	if err != nil {
		return joseHeader{}, nil, err
	}
	keys, err := v.cfg.Keys.KeySet(ctx)
	if err != nil {
		return joseHeader{}, nil, Unknown("keys", err)
	}
	key := keys.byID[header.kid]
	if key == nil {
		return joseHeader{}, nil, fmt.Errorf("%w: no key with its kid", ErrTokenInvalid)
	}
	// The key decides the algorithm; the header must name just that one
	// (RFC 8725 section 3.1).
	if header.alg != key.alg {
		return joseHeader{}, nil, fmt.Errorf("%w: alg is not that of the key", ErrTokenInvalid)
	}
	if err := key.verify(tok.signed, tok.signature); err != nil {
		return joseHeader{}, nil, err
	}
	c, err := parseClaims(tok.payload)
	if err != nil {
		return joseHeader{}, nil, err
	}
	c.KeyID = key.id
	return header, c, nil
}

// checkClaims is the step "claims", RFC 7519 section 4.1 and RFC 9068 section
// 4. Expiry comes last, so that "expired" is said only of a token that was
// good in every other way.
func (v *Verifier) checkClaims(c *Claims, now time.Time) error {
	invalid := func(why string) error { return fmt.Errorf("%w: %s", ErrTokenInvalid, why) }
	switch {
	case c.Type == "" || c.ID == "" || c.Subject == "" || c.IssuedAt.IsZero():
		return invalid("type, jti, sub and iat are required")
	case c.Expires.IsZero() && !v.cfg.InsecureNoExpiry:
		return invalid("exp is required")
	case c.Issuer != v.cfg.Issuer:
		return invalid("foreign issuer")
	case !v.cfg.InsecureAnyAudience && !slices.ContainsFunc(c.Audience, func(a string) bool { return slices.Contains(v.cfg.Audience, a) }):
		return invalid("not for this audience")
	case c.IssuedAt.After(now.Add(v.cfg.Leeway)):
		return invalid("issued in the future")
	case c.NotBefore.After(now.Add(v.cfg.Leeway)):
		return invalid("not valid yet")
	case c.Expires.IsZero():
		return nil
	case c.Expires.Sub(c.IssuedAt) > v.maxLifetime(c.Type):
		return invalid("lives longer than is accepted")
	case !now.Before(c.Expires.Add(v.cfg.Leeway)):
		return ErrTokenExpired
	}
	return nil
}

func (v *Verifier) maxLifetime(t TokenType) time.Duration {
	if t == Refresh {
		return refreshMaxLifetime
	}
	return cmp.Or(v.cfg.MaxLifetime, defaultMaxLifetime)
}

// ask is the steps that others answer: revocation, and the application's own check.
func (v *Verifier) ask(ctx context.Context, c *Claims, p Policy) error {
	if v.cfg.Revoked != nil && !p.SkipRevocation {
		revoked, err := v.cfg.Revoked(ctx, c)
		if err != nil {
			return Unknown("revocation", err)
		}
		if revoked {
			return ErrTokenRevoked
		}
	}
	if v.cfg.Check != nil {
		if err := v.cfg.Check(ctx, c); err != nil {
			return Unknown("check", err)
		}
	}
	return nil
}

// Refuse answers a request that [Verifier.Authenticate] refused with err.
func (v *Verifier) Refuse(w http.ResponseWriter, r *http.Request, err error) {
	if v.cfg.OnError != nil {
		v.cfg.OnError(r, err)
	}
	v.cfg.Render(w, r, ErrorOf(err))
}
