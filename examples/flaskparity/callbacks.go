package main

import (
	"context"
	"fmt"
	"net/http"
	"sync"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/flaskcompat"
)

// account is a user of the application.
type account struct {
	name, password string
	fullName       *string
	roles          []string
}

// accounts returns who may log in.
func accounts() map[string]*account {
	return map[string]*account{
		"alice": {"alice", "wonder", new("Alice Liddell"), []string{"user"}},
		"admin": {"admin", "secret", new("Ada Min"), []string{"admin", "user"}},
		"ghost": {"ghost", "boo", nil, []string{"user"}},
	}
}

// blocklist holds the tokens that were ended, by jti.
type blocklist struct {
	mu   sync.Mutex
	jtis map[string]bool // guarded by mu
}

func (b *blocklist) add(jti string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.jtis[jti] = true
}

// has is token_in_blocklist_loader.
func (b *blocklist) has(_ context.Context, c *authsdk.Claims) (bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.jtis[c.ID], nil
}

// callbacks registers what the profile has.
func (a *app) callbacks(p *profile) {
	cfg := &p.cfg
	if p.blocklist {
		cfg.Revoked = a.blocked.has
	}
	if p.roles { // additional_claims_loader
		cfg.AdditionalClaims = func(_ context.Context, identity any) (map[string]any, error) {
			if user := a.known(identity); user != nil {
				return map[string]any{"roles": user.roles}, nil
			}
			return map[string]any{}, nil
		}
	}
	if p.verify { // token_verification_loader
		cfg.Verify = func(_ context.Context, c *authsdk.Claims) (bool, error) { return c.Extra()["deny"] != true, nil }
	}
	if p.users { // user_identity_loader and user_lookup_loader
		cfg.UserIdentity = func(_ context.Context, identity any) (any, error) {
			if user, ok := identity.(*account); ok {
				return user.name, nil
			}
			return identity, nil
		}
		cfg.UserLookup = func(_ context.Context, c *authsdk.Claims) (any, error) {
			if c.Subject == "ghost" {
				return nil, authsdk.ErrUserNotFound
			}
			return a.users[c.Subject], nil
		}
	}
	if p.kid {
		a.keysByID(cfg)
	}
	if p.errors {
		cfg.Render = customErrors()
	}
}

// known returns the user of an identity.
func (a *app) known(identity any) *account {
	if user, ok := identity.(*account); ok {
		return user
	}
	name, _ := identity.(string)
	return a.users[name]
}

// keysByID signs for admin with k2 and for others with k1, and finds the key
// of a token by the kid of its header.
func (a *app) keysByID(cfg *flaskcompat.Config) {
	keys := map[string][]byte{
		"k1": []byte("kid-one-secret-0123456789-abcdefghijklmnopq"),
		"k2": []byte("kid-two-secret-0123456789-abcdefghijklmnopq"),
	}
	kid := func(identity any) string {
		if user := a.known(identity); user != nil && user.name == "admin" {
			return "k2"
		}
		return "k1"
	}
	cfg.AdditionalHeaders = func(_ context.Context, identity any) (map[string]any, error) {
		return map[string]any{"kid": kid(identity)}, nil
	}
	cfg.EncodeKey = func(_ context.Context, identity any) (any, error) { return keys[kid(identity)], nil }
	cfg.DecodeKey = func(_ context.Context, header, _ map[string]any) (any, error) {
		id, _ := header["kid"].(string)
		return keys[id], nil // no key fits an unknown kid
	}
}

// customErrors is the seven response callbacks.
func customErrors() authsdk.Renderer {
	answer := func(status int, text func(*authsdk.Error) string) authsdk.Renderer {
		return func(w http.ResponseWriter, _ *http.Request, e *authsdk.Error) {
			reply(w, status, map[string]any{"error": text(e)})
		}
	}
	// claim is a claim of the token that was refused.
	claim := func(e *authsdk.Error, name string) any { return claimsOf(e.Claims)[name] }
	return flaskcompat.Renderer("msg").
		Except(answer(419, func(e *authsdk.Error) string { // expired_token_loader
			return fmt.Sprintf("expired:%v:%v", claim(e, "sub"), claim(e, "type"))
		}), authsdk.ErrTokenExpired).
		Except(answer(http.StatusBadRequest, func(e *authsdk.Error) string { // invalid_token_loader
			return "invalid:" + flaskcompat.Message(e)
		}), authsdk.ErrTokenMalformed, authsdk.ErrTokenInvalid, authsdk.ErrTokenWrongType, authsdk.ErrCredentialsMalformed).
		Except(answer(http.StatusForbidden, func(e *authsdk.Error) string { // unauthorized_loader
			return "unauthorized:" + flaskcompat.Message(e)
		}), authsdk.ErrTokenMissing, authsdk.ErrCSRF).
		Except(answer(http.StatusPreconditionRequired, func(e *authsdk.Error) string { // needs_fresh_token_loader
			return fmt.Sprint("stale:", claim(e, "sub"))
		}), authsdk.ErrFreshTokenRequired).
		Except(answer(http.StatusGone, func(e *authsdk.Error) string { // revoked_token_loader
			return fmt.Sprint("revoked:", claim(e, "type"))
		}), authsdk.ErrTokenRevoked).
		Except(answer(http.StatusNotFound, func(e *authsdk.Error) string { // user_lookup_error_loader
			return fmt.Sprint("nouser:", claim(e, "sub"))
		}), authsdk.ErrUserNotFound).
		Except(answer(http.StatusUnavailableForLegalReasons, func(e *authsdk.Error) string { // token_verification_failed_loader
			return fmt.Sprint("denied:", claim(e, "sub"))
		}), flaskcompat.ErrVerification)
}
