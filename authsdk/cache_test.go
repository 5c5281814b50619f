package authsdk_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/security"
)

func pairKeys(t testing.TB) *authsdk.KeySet {
	t.Helper()
	return must[*authsdk.KeySet](t)(authsdk.NewKeySet(must[*authsdk.Key](t)(authsdk.GenerateKey(authsdk.EdDSA))))
}

// remembers reports whether v still knows a good token when it comes again: it
// gives the very same claims then.
func remembers(t *testing.T, v *authsdk.Verifier, token string, p authsdk.Policy) bool {
	t.Helper()
	verify := must[*authsdk.Claims](t)
	for range 3 { // the first teaches the header; the second is the first sight
		verify(v.Verify(t.Context(), token, p))
	}
	known := verify(v.Verify(t.Context(), token, p))
	return verify(v.Verify(t.Context(), token, p)) == known
}

// TestCacheJudgesAnew: of a token that is remembered, everything but the
// signature is judged as if it came for the first time.
func TestCacheJudgesAnew(t *testing.T) {
	t.Parallel()
	keys := pairKeys(t)
	var (
		now     = start
		revoked bool
		checked error
	)
	v := newVerifier(t, keys, func(c *authsdk.VerifierConfig) {
		c.Now = func() time.Time { return now }
		c.Revoked = func(context.Context, *authsdk.Claims) (bool, error) { return revoked, nil }
		c.Check = func(context.Context, *authsdk.Claims) error { return checked }
	})
	token := issue(t, keys, authsdk.Claims{Scopes: []string{"read"}})
	if !remembers(t, v, token, authsdk.Policy{}) {
		t.Fatal("a good token is not remembered")
	}
	for _, tt := range []struct {
		name   string
		p      authsdk.Policy
		change func()
		want   error
	}{
		{"nothing changed", authsdk.Policy{}, func() {}, nil},
		{"ended", authsdk.Policy{}, func() { now = start.Add(time.Hour) }, authsdk.ErrTokenExpired},
		{"not valid yet", authsdk.Policy{}, func() { now = start.Add(-time.Hour) }, authsdk.ErrTokenInvalid},
		{"revoked", authsdk.Policy{}, func() { revoked = true }, authsdk.ErrTokenRevoked},
		{"checked", authsdk.Policy{}, func() { checked = authsdk.ErrUserNotFound }, authsdk.ErrUserNotFound},
		{"type", authsdk.Policy{Types: []authsdk.TokenType{authsdk.Refresh}}, func() {}, authsdk.ErrTokenWrongType},
		{"fresh", authsdk.Policy{Fresh: true}, func() {}, authsdk.ErrFreshTokenRequired},
		{"scope", authsdk.Policy{Scopes: []string{"write"}}, func() {}, authsdk.ErrInsufficientScope},
		{"nothing is left of it", authsdk.Policy{}, func() {}, nil},
	} {
		now, revoked, checked = start, false, nil
		tt.change()
		if _, err := v.Verify(t.Context(), token, tt.p); !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) {
			t.Errorf("%s: got %v, want %v", tt.name, err, tt.want)
		}
	}
}

// TestCacheIsOfTheText: no other text than the very one that was checked finds
// its way to what is remembered.
func TestCacheIsOfTheText(t *testing.T) {
	t.Parallel()
	keys := pairKeys(t)
	v := newVerifier(t, keys)
	token := issue(t, keys, authsdk.Claims{})
	if !remembers(t, v, token, authsdk.Policy{}) {
		t.Fatal("a good token is not remembered")
	}
	for i := range token {
		for _, c := range []string{"", "A", "\n", "=", "."} {
			other := token[:i] + c + token[i+1:]
			if other == token {
				continue
			}
			if c, err := v.Verify(t.Context(), other, authsdk.Policy{}); err == nil {
				t.Fatalf("accepted with another character at %d: %v", i, c)
			}
		}
	}
	for _, other := range []string{token + "A", token + "\n", token + "=", " " + token, strings.TrimSuffix(token, token[len(token)-1:])} {
		if c, err := v.Verify(t.Context(), other, authsdk.Policy{}); err == nil {
			t.Errorf("accepted %q: %v", other, c)
		}
	}
}

// turningKeys gives whatever set was stored last.
type turningKeys struct {
	now atomic.Pointer[authsdk.KeySet]
}

func (k *turningKeys) KeySet(context.Context) (*authsdk.KeySet, error) { return k.now.Load(), nil }

// TestCacheForgetsKeys: with the keys goes what was remembered of them, also
// where a token was being checked at that moment.
func TestCacheForgetsKeys(t *testing.T) {
	t.Parallel()
	before, after := pairKeys(t), pairKeys(t)
	token, next := issue(t, before, authsdk.Claims{}), issue(t, after, authsdk.Claims{})
	var source turningKeys
	source.now.Store(before)
	v := newVerifier(t, &source)
	if !remembers(t, v, token, authsdk.Policy{}) {
		t.Fatal("a good token is not remembered")
	}
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					_, _ = v.Verify(t.Context(), token, authsdk.Policy{})
					_, _ = v.Verify(t.Context(), next, authsdk.Policy{})
				}
			}
		})
	}
	for range 200 {
		source.now.Store(after)
		if c, err := v.Verify(t.Context(), token, authsdk.Policy{}); !errors.Is(err, authsdk.ErrTokenInvalid) {
			t.Fatalf("a token of a key that was removed: %v, %v", c, err)
		}
		source.now.Store(before)
		if c, err := v.Verify(t.Context(), next, authsdk.Policy{}); !errors.Is(err, authsdk.ErrTokenInvalid) {
			t.Fatalf("a token of a key that is not there yet: %v, %v", c, err)
		}
	}
	close(stop)
	wg.Wait()
}

// TestCacheAdmits: what is used once, what is cheap to check and what is used
// up does not enter, nor does it push out what has entered.
func TestCacheAdmits(t *testing.T) {
	t.Parallel()
	keys := pairKeys(t)
	v := newVerifier(t, keys, func(c *authsdk.VerifierConfig) { c.CacheSize = 64 })
	refresh := authsdk.Policy{Types: []authsdk.TokenType{authsdk.Refresh}}
	if remembers(t, v, issue(t, keys, authsdk.Claims{Type: authsdk.Refresh}), refresh) {
		t.Error("a refresh token is remembered")
	}
	secrets := hmacKeys(t)
	if remembers(t, newVerifier(t, secrets), issue(t, secrets, authsdk.Claims{}), authsdk.Policy{}) {
		t.Error("a token under HMAC is remembered")
	}
	token := issue(t, keys, authsdk.Claims{})
	if !remembers(t, v, token, authsdk.Policy{}) {
		t.Fatal("a good token is not remembered")
	}
	for i := range 2000 {
		once := issue(t, keys, authsdk.Claims{Subject: fmt.Sprint(i)})
		if _, err := v.Verify(t.Context(), once, authsdk.Policy{}); err != nil {
			t.Fatal(err)
		}
	}
	first := must[*authsdk.Claims](t)(v.Verify(t.Context(), token, authsdk.Policy{}))
	if must[*authsdk.Claims](t)(v.Verify(t.Context(), token, authsdk.Policy{})) != first {
		t.Error("tokens that were used once have pushed out one in use")
	}
}

// TestCacheIsBounded: more tokens in use than there are places, all of them
// verified at the same time.
func TestCacheIsBounded(t *testing.T) {
	t.Parallel()
	keys := pairKeys(t)
	v := newVerifier(t, keys, func(c *authsdk.VerifierConfig) { c.CacheSize = 16 })
	tokens := make([]string, 64)
	for i := range tokens {
		tokens[i] = issue(t, keys, authsdk.Claims{Subject: fmt.Sprint(i)})
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for n := range 4 * len(tokens) {
				i := n % len(tokens)
				if c, err := v.Verify(t.Context(), tokens[i], authsdk.Policy{}); err != nil || c.Subject != fmt.Sprint(i) {
					t.Errorf("token %d: %v, %v", i, c, err)
				}
			}
		})
	}
	wg.Wait()
}

// TestCacheSharesNoRequest: what is remembered is the token, and nothing of a
// request that came with it.
func TestCacheSharesNoRequest(t *testing.T) {
	t.Parallel()
	type key struct{}
	keys := pairKeys(t)
	v := newVerifier(t, keys)
	token := issue(t, keys, authsdk.Claims{})
	seen := map[*security.Principal]bool{}
	for i := range 8 {
		r := httptest.NewRequest(http.MethodGet, "/", http.NoBody).WithContext(context.WithValue(t.Context(), key{}, i))
		r.Header.Set("Authorization", "Bearer "+token)
		admitted, err := v.Admit(r, authsdk.Policy{})
		if err != nil {
			t.Fatal(err)
		}
		p, _ := security.PrincipalFrom(admitted.Context())
		if seen[p] || admitted.Context().Value(key{}) != i {
			t.Errorf("request %d shares its principal or its context", i)
		}
		seen[p] = true
	}
}
