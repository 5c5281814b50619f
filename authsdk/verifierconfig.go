package authsdk

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/authsdk/authsdk-go/internal/conf"
)

// VerifierConfig configures [NewVerifier]. Issuer and Keys are required.
type VerifierConfig struct {
	// Issuer is the iss that tokens must have, compared byte by byte.
	Issuer string
	// OtherIssuers are accepted beside it, of tokens that the same keys sign: a
	// server that was given another name.
	OtherIssuers []string
	// Keys are the keys that tokens may be signed with.
	Keys KeySource
	// Audience lists what this service answers to: a token must name one of
	// them in its aud. Empty means the issuer itself.
	Audience []string
	// Trusted are further issuers, each with keys of its own. OtherIssuers is
	// for another name of the same server.
	Trusted []TrustedIssuer
	// Cipher, if set, decrypts tokens before they are verified; those that are
	// not encrypted are refused. Package jwe has one.
	Cipher Cipher
	// TypeByHeader accepts tokens without the claim type whose header typ is
	// at+jwt, as access tokens: those of other servers that follow RFC 9068.
	TypeByHeader bool
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
	// CacheSize is how many good tokens the verifier remembers, of those whose
	// signature is expensive to check: all but HMAC. Everything else about a
	// token is judged anew each time. Zero means 4096, of some two kilobytes
	// each; negative means none.
	CacheSize int
	// ExemptOptions lets requests with the method OPTIONS pass unread, without
	// a principal, where handlers answer it: browsers send no credentials.
	ExemptOptions bool
	// InsecureAnyAudience accepts tokens for whatever audience, and without one.
	InsecureAnyAudience bool
	// InsecureNoExpiry accepts tokens without an end.
	InsecureNoExpiry bool
	// InsecureOpen, if set, reads tokens that this package would refuse, those of
	// an older service, in the place of the steps form, signature and claims. It
	// returns the claims of a token that is good; the claims and an error that
	// wraps ErrTokenExpired if it has ended and is good otherwise; or nil and a
	// refusal. Everything that these steps are configured with must be empty.
	// Package flaskcompat has one.
	InsecureOpen func(ctx context.Context, raw string) (*Claims, error)
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

// check reports all mistakes of the configuration.
func (cfg *VerifierConfig) check() error {
	errs := []error{checkLocations(cfg.Locations)}
	if cfg.LazyUser && cfg.User == nil {
		errs = append(errs, errors.New("LazyUser needs User, which loads them"))
	}
	if cfg.InsecureOpen != nil {
		if cfg.Issuer != "" || len(cfg.OtherIssuers) > 0 || len(cfg.Trusted) > 0 || cfg.Cipher != nil || cfg.TypeByHeader ||
			!conf.IsNil(cfg.Keys) || len(cfg.Audience) > 0 ||
			cfg.Leeway != 0 || cfg.MaxLifetime != 0 || cfg.InsecureAnyAudience || cfg.InsecureNoExpiry {
			errs = append(errs, errors.New("InsecureOpen takes the place of Issuer, OtherIssuers, Trusted, Cipher, TypeByHeader, Keys, Audience, Leeway, MaxLifetime, "+
				"InsecureAnyAudience and InsecureNoExpiry: leave them empty"))
		}
		if cfg.CacheSize != 0 {
			errs = append(errs, errors.New("CacheSize has no effect beside InsecureOpen: leave it zero"))
		}
		return errors.Join(errs...)
	}
	if checkText(cfg.Issuer) != nil {
		errs = append(errs, errors.New("Issuer is required: the iss of the tokens, without control characters"))
	}
	for _, i := range cfg.OtherIssuers {
		if checkText(i) != nil {
			errs = append(errs, errors.New("OtherIssuers has a member that is empty, longer than 255 bytes or has control characters"))
		}
	}
	if conf.IsNil(cfg.Keys) {
		errs = append(errs, errors.New("Keys is required: see ParseKeySet and NewKeySet"))
	}
	if cfg.Leeway < 0 || cfg.Leeway > maxLeeway {
		errs = append(errs, fmt.Errorf("Leeway is %s: it must lie between 0 and %s", cfg.Leeway, maxLeeway))
	}
	if len(cfg.Audience) > 0 && cfg.InsecureAnyAudience {
		errs = append(errs, errors.New("Audience and InsecureAnyAudience exclude each other"))
	}
	if cfg.CacheSize > maxCacheSize {
		errs = append(errs, fmt.Errorf("CacheSize is %d: it must be at most %d", cfg.CacheSize, maxCacheSize))
	}
	errs = append(errs, cfg.checkTrusted(), checkCipher(cfg.Cipher, cfg.Keys))
	for _, t := range cfg.Trusted {
		errs = append(errs, checkCipher(cfg.Cipher, t.Keys))
	}
	errs = append(errs, checkAudience(cfg.Audience), conf.TTL("MaxLifetime", cfg.MaxLifetime))
	return errors.Join(errs...)
}
