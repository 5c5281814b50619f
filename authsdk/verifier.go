package authsdk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/authsdk/authsdk-go/authsdk/security"
	"github.com/authsdk/authsdk-go/internal/conf"
)

// Verifier checks tokens. It is safe for concurrent use.
type Verifier struct {
	cfg       VerifierConfig
	trusted   []trust
	base64url *base64url
	decoders  sync.Pool // *decoder
	cache     cache
}

// NewVerifier checks cfg and reports all its mistakes together.
func NewVerifier(cfg VerifierConfig) (*Verifier, error) {
	if err := cfg.check(); err != nil {
		return nil, fmt.Errorf("authsdk: VerifierConfig: %w", err)
	}
	trusted := cfg.trusts()
	cfg.Locations = slices.Clone(cfg.Locations)
	if len(cfg.Locations) == 0 {
		cfg.Locations = []Location{Bearer()}
	}
	if cfg.Render == nil {
		cfg.Render = WriteProblem
	}
	cfg.Now = conf.Clock(cfg.Now)
	return &Verifier{
		cfg: cfg, trusted: trusted, base64url: newBase64url(), cache: cache{size: cmp.Or(cfg.CacheSize, defaultCacheSize)},
	}, nil
}

// Verify checks a token against p, without a request: for jobs, message
// queues, WebSockets. The steps are, in this order: form and signature;
// claims; type; freshness; revocation; Check; scopes and roles; User. The
// first that fails gives the error, which wraps one of the package's
// sentinels, or is what a callback has returned.
//
// The context ends the questions to the keys and to the callbacks, nothing else.
func (v *Verifier) Verify(ctx context.Context, raw string, p Policy) (*Claims, error) {
	found, err := v.verify(ctx, raw, p, nil, false)
	return found.claims, err
}

// verify is Verify with one more step after the claims: confirm asks whether
// the token may be used the way it arrived (CSRF). It returns the user, too,
// and for a request room for the principal, if there is some.
func (v *Verifier) verify(ctx context.Context, raw string, p Policy, confirm func(*Claims) error, request bool) (caller, error) {
	now := v.cfg.Now()
	c, visit, ended := v.read(ctx, raw, now, request)
	if ended != nil && !errors.Is(ended, ErrTokenExpired) || c == nil {
		return caller{}, ended
	}
	user, err := v.judge(ctx, c, now, p, confirm, ended)
	if err != nil {
		return caller{}, &tokenError{err, c}
	}
	return caller{claims: c, user: user, visit: visit}, nil
}

// read is the steps "form and signature" and "claims". A token that has only
// ended gives its claims beside the error.
func (v *Verifier) read(ctx context.Context, raw string, now time.Time, request bool) (*Claims, *security.Visit, error) {
	if v.cfg.InsecureOpen != nil {
		c, err := v.cfg.InsecureOpen(ctx, raw)
		if err != nil {
			return c, nil, Unknown("token", err)
		}
		if c == nil {
			return nil, nil, fmt.Errorf("%w: InsecureOpen gave no claims", ErrTokenInvalid)
		}
		return c, nil, nil
	}
	if v.cfg.Cipher != nil {
		var err error
		if raw, err = v.cfg.Cipher.Decrypt(ctx, raw); err != nil {
			return nil, nil, Unknown("decrypt", err)
		}
	}
	token, from, err := v.open(ctx, raw, request)
	if err != nil {
		return nil, nil, err
	}
	c := &token.Claims
	if token.typ != c.Type.header() {
		return nil, nil, fmt.Errorf("%w: header typ and claim type differ", ErrTokenInvalid)
	}
	return c, token.visit, v.checkClaims(c, from, now)
}

// judge is the steps behind the claims. Whether the token has ended is asked
// after confirm, so that "expired" is said only of a token that was good in
// every other way.
func (v *Verifier) judge(
	ctx context.Context, c *Claims, now time.Time, p Policy, confirm func(*Claims) error, ended error,
) (loader, error) {
	if confirm != nil {
		if err := confirm(c); err != nil {
			return nil, err
		}
	}
	if ended != nil && !p.InsecureExpired {
		return nil, ended
	}
	if err := p.checkType(c); err != nil {
		return nil, err
	}
	if err := p.checkFresh(c, now); err != nil {
		return nil, err
	}
	if err := v.ask(ctx, c, p); err != nil {
		return nil, err
	}
	if err := p.checkGrants(c); err != nil {
		return nil, err
	}
	return v.user(ctx, c)
}

// checkClaims is the step "claims", RFC 7519 section 4.1 and RFC 9068 section
// 4. Expiry comes last, so that "expired" is said only of a token that was
// good in every other way.
func (v *Verifier) checkClaims(c *Claims, from *trust, now time.Time) error {
	invalid := func(why string) error { return fmt.Errorf("%w: %s", ErrTokenInvalid, why) }
	// Claims are whole seconds, and are compared as such.
	late, early := now.Add(v.cfg.Leeway).Unix(), now.Add(-v.cfg.Leeway).Unix()
	issued, expires := c.IssuedAt.Unix(), c.Expires.Unix()
	switch {
	case c.Type == "" || c.ID == "" || c.Subject == "" || c.IssuedAt.IsZero():
		return invalid("type, jti, sub and iat are required")
	case c.Expires.IsZero() && !v.cfg.InsecureNoExpiry:
		return invalid("exp is required")
	case !v.cfg.InsecureAnyAudience && !slices.ContainsFunc(c.Audience, func(a string) bool { return slices.Contains(from.audience, a) }):
		return invalid("not for this audience")
	case issued > late:
		return invalid("issued in the future")
	case c.NotBefore.Unix() > late:
		return invalid("not valid yet")
	case c.Expires.IsZero():
		return nil
	case expires-issued > int64(v.maxLifetime(c.Type)/time.Second):
		return invalid("lives longer than is accepted")
	case expires <= early:
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
