package authtest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
)

// Issuer signs tokens, and publishes its keys and metadata on loopback until
// the test ends. It is safe for concurrent use.
type Issuer struct {
	// URL is the issuer, and where its server listens.
	URL string

	t      testing.TB
	clock  *Clock
	server *httptest.Server

	mu      sync.Mutex
	alg     authsdk.Algorithm
	keys    []*authsdk.Key // guarded by mu; the first signs
	hidden  []*authsdk.Key // guarded by mu: sign, and are not published
	answer  http.HandlerFunc
	fetches int
}

// NewIssuer starts an issuer with one key. The clock is that of the tokens;
// nil means that of the machine.
func NewIssuer(t testing.TB, a authsdk.Algorithm, clock *Clock) *Issuer {
	t.Helper()
	i := &Issuer{t: t, clock: clock, alg: a}
	i.server = httptest.NewServer(http.HandlerFunc(i.serve))
	t.Cleanup(i.server.Close)
	i.URL = i.server.URL
	i.Rotate()
	return i
}

// KeySetURL is where the keys are.
func (i *Issuer) KeySetURL() string { return i.URL + "/jwks.json" }

// KeySet returns all keys, as a source for issuers and verifiers. Those that
// are not published belong to it.
func (i *Issuer) KeySet() *authsdk.KeySet {
	i.t.Helper()
	i.mu.Lock()
	defer i.mu.Unlock()
	keys, err := authsdk.NewKeySet(slices.Concat(i.hidden, i.keys)...)
	if err != nil {
		i.t.Fatal(err)
	}
	return keys
}

// Rotate makes a new key, publishes it and signs with it from now on. The keys
// before it stay published.
func (i *Issuer) Rotate() *authsdk.Key {
	i.t.Helper()
	key := i.newKey()
	i.mu.Lock()
	defer i.mu.Unlock()
	i.keys = slices.Insert(i.keys, 0, key)
	return key
}

// RotateUnpublished makes a key that signs from now on and is in no key set
// until Publish: a server that does it in the wrong order.
func (i *Issuer) RotateUnpublished() *authsdk.Key {
	i.t.Helper()
	key := i.newKey()
	i.mu.Lock()
	defer i.mu.Unlock()
	i.hidden = slices.Insert(i.hidden, 0, key)
	return key
}

// Publish publishes what RotateUnpublished made.
func (i *Issuer) Publish() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.keys, i.hidden = slices.Concat(i.hidden, i.keys), nil
}

// Withdraw takes a key out at once.
func (i *Issuer) Withdraw(id string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	gone := func(k *authsdk.Key) bool { return k.ID() == id }
	i.keys, i.hidden = slices.DeleteFunc(i.keys, gone), slices.DeleteFunc(i.hidden, gone)
}

func (i *Issuer) newKey() *authsdk.Key {
	i.t.Helper()
	key, err := authsdk.GenerateKey(i.alg)
	if err != nil {
		i.t.Fatal(err)
	}
	return key
}

// Answer lets every request be answered by h, for outages and nonsense; nil
// ends that.
func (i *Issuer) Answer(h http.HandlerFunc) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.answer = h
}

// Fetches returns how many requests have come.
func (i *Issuer) Fetches() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.fetches
}

// Token signs claims, with custom ones. Of the claims, Subject is "alice"
// unless set.
func (i *Issuer) Token(c authsdk.Claims, custom any) string {
	i.t.Helper()
	cfg := authsdk.IssuerConfig{Issuer: i.URL, Keys: i.KeySet()}
	if i.clock != nil {
		cfg.Now = i.clock.Now
	}
	issuer, err := authsdk.NewIssuer(cfg)
	if err != nil {
		i.t.Fatal(err)
	}
	if c.Subject == "" {
		c.Subject = "alice"
	}
	token, err := issuer.Issue(i.t.Context(), c, custom)
	if err != nil {
		i.t.Fatal(err)
	}
	return token
}

// Request returns a request with a token of these claims.
func (i *Issuer) Request(method, target string, c authsdk.Claims) *http.Request {
	i.t.Helper()
	r := httptest.NewRequestWithContext(i.t.Context(), method, target, http.NoBody)
	r.Header.Set("Authorization", "Bearer "+i.Token(c, nil))
	return r
}

// Verifier returns a verifier of the issuer's tokens, with the changes that a
// test makes to its configuration. It has the keys of this moment.
func (i *Issuer) Verifier(change ...func(*authsdk.VerifierConfig)) *authsdk.Verifier {
	i.t.Helper()
	cfg := authsdk.VerifierConfig{Issuer: i.URL, Keys: i.KeySet()}
	if i.clock != nil {
		cfg.Now = i.clock.Now
	}
	for _, c := range change {
		c(&cfg)
	}
	v, err := authsdk.NewVerifier(cfg)
	if err != nil {
		i.t.Fatal(err)
	}
	return v
}

// serve answers with the keys and the metadata.
func (i *Issuer) serve(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	i.fetches++
	answer, keys := i.answer, slices.Clone(i.keys)
	i.mu.Unlock()
	if answer != nil {
		answer(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	switch r.URL.Path {
	case "/jwks.json":
		set, err := authsdk.NewKeySet(keys...)
		if err != nil {
			http.Error(w, "no keys", http.StatusInternalServerError)
			return
		}
		_, _ = w.Write(set.PublicJWKS())
	case "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server":
		//nolint:errchkjson // two strings always marshal
		_ = json.NewEncoder(w).Encode(map[string]string{"issuer": i.URL, "jwks_uri": i.KeySetURL()})
	default:
		http.NotFound(w, r)
	}
}

// Slow answers after a while, or when the caller goes away.
func Slow(d time.Duration, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(d):
			next(w, r)
		case <-r.Context().Done():
		}
	}
}
