package authsdk

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/authsdk/authsdk-go/internal/conf"
)

// IssuerConfig configures [NewIssuer]. Issuer and Keys are required.
type IssuerConfig struct {
	// Issuer is the iss of every token, usually the https URL of this server.
	Issuer string
	// Keys must hold a key that can sign.
	Keys KeySource
	// Audience is the aud of every token; empty means the issuer itself.
	Audience []string
	// AccessTTL and RefreshTTL are the lifetimes of tokens that are issued
	// without Expires; zero means 15 minutes and 30 days. Types of the
	// application live as long as access tokens. A verifier accepts more than
	// 24 hours only if its MaxLifetime says so. The refresh tokens of package
	// session live as long as their session.
	AccessTTL, RefreshTTL time.Duration
	// Claims, if set, returns further custom claims for every token, which
	// those that are given to Issue go before. What it returns is not changed.
	Claims func(context.Context, Claims) (any, error)
	// Cipher, if set, encrypts every token after it was signed. Package jwe has one.
	Cipher Cipher
	// OmitNotBefore leaves nbf out of tokens that are issued without NotBefore.
	OmitNotBefore bool
	// InsecureNoExpiry makes tokens that never end of those that are issued
	// without Expires.
	InsecureNoExpiry bool
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

const (
	defaultAccessTTL  = 15 * time.Minute
	defaultRefreshTTL = 30 * 24 * time.Hour
)

// Issuer makes tokens. It is safe for concurrent use.
type Issuer struct {
	cfg       IssuerConfig
	base64url *base64url
	drafts    sync.Pool // *draft
}

// NewIssuer checks cfg and reports all its mistakes together.
func NewIssuer(cfg IssuerConfig) (*Issuer, error) {
	var errs []error
	if err := checkText(cfg.Issuer); err != nil {
		errs = append(errs, errors.New("Issuer is required: the URL of this server, without control characters"))
	}
	if conf.IsNil(cfg.Keys) {
		errs = append(errs, errors.New("Keys is required: see GenerateKey, ParseKeySet and NewKeySet"))
	} else if ks, ok := cfg.Keys.(*KeySet); ok && ks.Signer() == nil {
		errs = append(errs, errors.New("Keys holds no key that can sign"))
	}
	if cfg.InsecureNoExpiry && (cfg.AccessTTL != 0 || cfg.RefreshTTL != 0) {
		errs = append(errs, errors.New("InsecureNoExpiry excludes AccessTTL and RefreshTTL: tokens that never end have no lifetime"))
	}
	errs = append(errs, checkAudience(cfg.Audience), checkCipher(cfg.Cipher, cfg.Keys))
	errs = append(errs, conf.TTL("AccessTTL", cfg.AccessTTL), conf.TTL("RefreshTTL", cfg.RefreshTTL))
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("authsdk: IssuerConfig: %w", err)
	}
	cfg.Audience = audienceOr(cfg.Audience, cfg.Issuer)
	cfg.AccessTTL = cmp.Or(cfg.AccessTTL, defaultAccessTTL)
	cfg.RefreshTTL = cmp.Or(cfg.RefreshTTL, defaultRefreshTTL)
	cfg.Now = conf.Clock(cfg.Now)
	return &Issuer{cfg: cfg, base64url: newBase64url()}, nil
}

// AccessTTL returns how long access tokens live that are issued without Expires.
func (i *Issuer) AccessTTL() time.Duration { return i.cfg.AccessTTL }

// Name returns the iss of the tokens.
func (i *Issuer) Name() string { return i.cfg.Issuer }

// For returns an issuer whose tokens are for another audience and otherwise
// like those of i; without an audience it is i itself.
func (i *Issuer) For(audience ...string) (*Issuer, error) {
	if len(audience) == 0 {
		return i, nil
	}
	if err := checkAudience(audience); err != nil {
		return nil, fmt.Errorf("authsdk: %w", err)
	}
	cfg := i.cfg
	cfg.Audience = slices.Clone(audience)
	return &Issuer{cfg: cfg, base64url: i.base64url}, nil
}

// Issue signs c as a compact JWS. Of c, Subject is required. Type, ID,
// IssuedAt and Expires are filled in where they are zero; NotBefore is
// IssuedAt unless set; Issuer, Audience, KeyID, Raw and Header are the issuer's. The
// members of custom, a struct or map that marshals to a JSON object, become
// further claims; nil means none, and the names of this package's own claims
// are refused.
//
// The error says what is wrong with c or custom, or that no key can sign;
// there is no token then.
func (i *Issuer) Issue(ctx context.Context, c Claims, custom any) (string, error) {
	keys, err := currentKeys(ctx, i.cfg.Keys)
	if err != nil {
		return "", fmt.Errorf("authsdk: keys: %w", err)
	}
	key := keys.Signer()
	if key == nil {
		return "", errors.New("authsdk: no key can sign")
	}
	i.complete(&c)
	if err := i.check(&c); err != nil {
		return "", err
	}
	d, ok := i.drafts.Get().(*draft)
	if !ok {
		d = new(draft)
	}
	defer i.drafts.Put(d)
	if err := d.write(ctx, i, key, &c, custom); err != nil {
		return "", err
	}
	if len(d.token) > MaxTokenSize {
		return "", fmt.Errorf("authsdk: the token would have %d bytes, more than the %d that are accepted: carry fewer claims", len(d.token), MaxTokenSize)
	}
	if i.cfg.Cipher != nil {
		if err := apart(i.cfg.Cipher, key); err != nil {
			return "", fmt.Errorf("authsdk: %w", err)
		}
		token, err := i.cfg.Cipher.Encrypt(ctx, string(d.token))
		if err != nil {
			return "", fmt.Errorf("authsdk: encrypt: %w", err)
		}
		return token, nil
	}
	return string(d.token), nil
}

// complete fills in what Issue promises to.
func (i *Issuer) complete(c *Claims) {
	c.Issuer, c.Audience = i.cfg.Issuer, i.cfg.Audience
	if c.Type == "" {
		c.Type = Access
	}
	if c.ID == "" {
		c.ID = rand.Text()
	}
	if c.IssuedAt.IsZero() {
		c.IssuedAt = i.cfg.Now()
	}
	if c.NotBefore.IsZero() && !i.cfg.OmitNotBefore {
		c.NotBefore = c.IssuedAt
	}
	if c.Expires.IsZero() && !i.cfg.InsecureNoExpiry {
		ttl := i.cfg.AccessTTL
		if c.Type == Refresh {
			ttl = i.cfg.RefreshTTL
		}
		c.Expires = c.IssuedAt.Add(ttl)
	}
}

// check refuses claims that our own verifier would refuse.
func (i *Issuer) check(c *Claims) error {
	var errs []error
	add := func(name string, bad bool, why string) {
		if bad {
			errs = append(errs, fmt.Errorf("%s %s", name, why))
		}
	}
	add("Type", !isTokenType(string(c.Type)), errTokenType.Error())
	add("ID", !isID(c.ID), errID.Error())
	add("Subject", checkText(c.Subject) != nil, "must have 1 to 255 bytes and no control characters")
	add("SessionID", c.SessionID != "" && !isID(c.SessionID), errID.Error())
	add("ClientID", c.ClientID != "" && checkText(c.ClientID) != nil, "must have 1 to 255 bytes and no control characters")
	add("CSRF", c.CSRF != "" && !isID(c.CSRF), errID.Error())
	add("Generation", c.Generation < 0 || c.Generation > 1<<53, "must lie between 0 and 2^53")
	for n, t := range [...]time.Time{c.AuthTime, c.FreshUntil, c.IssuedAt, c.NotBefore} {
		if !t.IsZero() && (t.Unix() < 1 || t.Unix() > maxNumericDate) {
			add([...]string{"AuthTime", "FreshUntil", "IssuedAt", "NotBefore"}[n], true, "must lie between 1970 and the year 5138")
		}
	}
	add("Expires", !c.Expires.IsZero() && c.Expires.Unix() <= c.IssuedAt.Unix(), "must lie at least a second after IssuedAt")
	add("Scopes", checkScopes(c.Scopes) != nil, "must be scopes of RFC 6749 section 3.3: printable ASCII without spaces, quotes and backslashes")
	if len(c.Roles) > maxRoles {
		add("Roles", true, fmt.Sprintf("must be at most %d", maxRoles))
	}
	for _, r := range c.Roles {
		add("Roles", checkText(r) != nil, "must have 1 to 255 bytes each and no control characters")
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("authsdk: claims: %w", err)
	}
	return nil
}
