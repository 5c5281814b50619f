package authsdk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/authsdk/authsdk-go/internal/conf"
)

// TrustedIssuer is a further issuer whose tokens a verifier accepts, signed with
// keys of its own.
type TrustedIssuer struct {
	// Issuer is the iss of its tokens, compared byte by byte.
	Issuer string
	// Keys are its keys. A token that names this issuer and is signed with the
	// key of another one is refused.
	Keys KeySource
	// Audience lists what its tokens must name one of; empty means the Audience
	// of the verifier, or the issuer itself if that is empty, too.
	Audience []string
}

// KeyFinder is a KeySource that may know a key later: the verifier asks it for
// the key of a token that its set does not have, and looks into the set that it
// returns. It must bound what that costs, whatever tokens are sent.
type KeyFinder interface {
	KeySource
	FindKey(ctx context.Context, kid string) (*KeySet, error)
}

// trust is an issuer whose tokens are accepted.
type trust struct {
	issuers  []string
	keys     KeySource
	audience []string
}

// trusts returns the issuers of a configuration that was checked.
func (cfg *VerifierConfig) trusts() []trust {
	all := make([]trust, 0, 1+len(cfg.Trusted))
	all = append(all, trust{append([]string{cfg.Issuer}, cfg.OtherIssuers...), cfg.Keys, audienceOr(cfg.Audience, cfg.Issuer)})
	for _, t := range cfg.Trusted {
		audience := t.Audience
		if len(audience) == 0 {
			audience = cfg.Audience
		}
		all = append(all, trust{[]string{t.Issuer}, t.Keys, audienceOr(audience, t.Issuer)})
	}
	return all
}

// checkTrusted reports the mistakes of the further issuers.
func (cfg *VerifierConfig) checkTrusted() error {
	var errs []error
	seen := append([]string{cfg.Issuer}, cfg.OtherIssuers...)
	for _, t := range cfg.Trusted {
		if checkText(t.Issuer) != nil {
			errs = append(errs, errors.New("Trusted has an Issuer that is empty, longer than 255 bytes or has control characters"))
		}
		if slices.Contains(seen, t.Issuer) {
			errs = append(errs, fmt.Errorf("Trusted has the issuer %q twice: whose keys count must not be guessed at", t.Issuer))
		}
		seen = append(seen, t.Issuer)
		if conf.IsNil(t.Keys) {
			errs = append(errs, fmt.Errorf("Trusted: the issuer %q has no Keys", t.Issuer))
		}
		errs = append(errs, checkAudience(t.Audience))
	}
	return errors.Join(errs...)
}

// open finds the issuer whose key has signed raw. Each is asked whether it
// knows the key, then each that may know it later.
func (v *Verifier) open(ctx context.Context, raw string, request bool) (*opened, *trust, error) {
	tok, err := split(raw)
	if err != nil {
		return nil, nil, err
	}
	var refusal error // the first that is about more than an unknown key
	var unknown *unknownKeyError
	for i := range v.trusted {
		t := &v.trusted[i]
		keys, err := currentKeys(ctx, t.keys)
		if err != nil {
			err = Unknown("keys", err)
		} else {
			var o *opened
			if o, err = v.openAs(t, keys, raw, tok, request); err == nil {
				return o, t, nil
			}
		}
		if u, ok := errors.AsType[*unknownKeyError](err); ok {
			unknown = u
		} else {
			refusal = cmp.Or(refusal, err)
		}
	}
	if unknown == nil {
		return nil, nil, refusal
	}
	o, t, err := v.find(ctx, unknown.kid, raw, tok, request)
	if o == nil {
		return nil, nil, cmp.Or(refusal, err, error(unknown))
	}
	return o, t, nil
}

// openAs is openWith for a token that names an issuer of t. Two issuers may
// publish the same key: then the name decides which one it is of.
func (v *Verifier) openAs(t *trust, keys *KeySet, raw string, tok compact, request bool) (*opened, error) {
	o, err := v.openWith(keys, raw, tok, request)
	if err == nil && !slices.Contains(t.issuers, o.Issuer) {
		return nil, fmt.Errorf("%w: foreign issuer", ErrTokenInvalid)
	}
	return o, err
}

// find asks those that may know a key later. It returns nothing if they do not,
// and an error if one could not say.
func (v *Verifier) find(ctx context.Context, kid, raw string, tok compact, request bool) (*opened, *trust, error) {
	var refusal error
	for i := range v.trusted {
		t := &v.trusted[i]
		finder, ok := t.keys.(KeyFinder)
		if !ok {
			continue
		}
		keys, err := finder.FindKey(ctx, kid)
		if err != nil || keys == nil {
			refusal = cmp.Or(refusal, Unknown("keys", cmp.Or(err, errNoKeys)))
			continue
		}
		if o, err := v.openAs(t, keys, raw, tok, request); err == nil {
			return o, t, nil
		}
	}
	return nil, nil, refusal
}

var errNoKeys = fmt.Errorf("%w: the source gave no keys", ErrStoreUnavailable)

// currentKeys asks a source for its keys, of which there must be some.
func currentKeys(ctx context.Context, source KeySource) (*KeySet, error) {
	keys, err := source.KeySet(ctx)
	if err == nil && keys == nil {
		err = errNoKeys
	}
	return keys, err
}
