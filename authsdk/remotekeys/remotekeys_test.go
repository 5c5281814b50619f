package remotekeys_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/authtest"
	"github.com/authsdk/authsdk-go/authsdk/remotekeys"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var start = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// world is an issuer, a clock, and what its keys are fetched with.
func world(t *testing.T) (*authtest.Issuer, *authtest.Clock, remotekeys.Config) {
	t.Helper()
	clock := authtest.NewClock(start)
	issuer := authtest.NewIssuer(t, authsdk.ES256, clock)
	return issuer, clock, remotekeys.Config{URL: issuer.KeySetURL(), Now: clock.Now, InsecureHTTP: true, InsecurePrivateAddresses: true}
}

func open(t *testing.T, cfg remotekeys.Config) *remotekeys.Source {
	t.Helper()
	s, err := remotekeys.New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestFetchAgain (ATK-222): keys are fetched when they are due, go on being used while
// the other server is away, and not for ever.
func TestFetchAgain(t *testing.T) {
	t.Parallel()
	issuer, clock, cfg := world(t)
	s := open(t, cfg)
	use := func(want error) {
		t.Helper()
		if _, err := s.KeySet(t.Context()); !errors.Is(err, want) || (err == nil) != (want == nil) {
			t.Errorf("after %s: %v, want %v", clock.Now().Sub(start), err, want)
		}
	}
	fetched := func(want int) {
		t.Helper()
		if got := issuer.Fetches(); got != want {
			t.Errorf("after %s: %d fetches, want %d", clock.Now().Sub(start), got, want)
		}
	}
	use(nil)
	fetched(1)
	first, _ := s.KeySet(t.Context())
	defer func() {
		if last, err := s.KeySet(t.Context()); err != nil || last != first {
			t.Errorf("the same keys are another set: %v", err)
		}
	}()
	clock.Advance(15*time.Minute - time.Second)
	use(nil)
	fetched(1)
	clock.Advance(time.Second)
	use(nil)
	use(nil)
	fetched(2)
	issuer.Answer(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	clock.Advance(15 * time.Minute)
	for range 100 {
		use(nil)
	}
	fetched(3) // one in the cool-down
	clock.Advance(30 * time.Second)
	use(nil)
	fetched(4)
	clock.Advance(24 * time.Hour)
	use(authsdk.ErrStoreUnavailable)
	fetched(5)
	issuer.Answer(nil)
	clock.Advance(30 * time.Second)
	use(nil)
	fetched(6)
}

// TestCacheControl: the answer may say how long it is good, within bounds.
func TestCacheControl(t *testing.T) {
	t.Parallel()
	for control, want := range map[string]time.Duration{
		"": 15 * time.Minute, "max-age=60": time.Minute, "public, max-age=60": time.Minute, `MAX-AGE="60"`: time.Minute,
		"max-age=1": 30 * time.Second, "no-store": 30 * time.Second, "max-age=99999999999": 15 * time.Minute, "max-age=-1": 15 * time.Minute,
	} {
		issuer, clock, cfg := world(t)
		body := issuer.KeySet().PublicJWKS()
		issuer.Answer(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/jwk-set+json")
			w.Header().Set("Cache-Control", control)
			_, _ = w.Write(body)
		})
		s := open(t, cfg)
		clock.Advance(want - time.Second)
		_, _ = s.KeySet(t.Context())
		if issuer.Fetches() != 1 {
			t.Errorf("%q: fetched before %s", control, want)
		}
		clock.Advance(time.Second)
		_, _ = s.KeySet(t.Context())
		if issuer.Fetches() != 2 {
			t.Errorf("%q: not fetched after %s", control, want)
		}
	}
}

// TestBadAnswers (ATK-221): what an answer may not be. The keys that there are stay.
func TestBadAnswers(t *testing.T) {
	t.Parallel()
	issuer, clock, cfg := world(t)
	good := string(issuer.KeySet().PublicJWKS())
	var bomb bytes.Buffer
	zip := gzip.NewWriter(&bomb)
	_, _ = io.CopyN(zip, zeros{}, 100<<20)
	_ = zip.Close()
	body := func(media, text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", media)
			_, _ = io.WriteString(w, text)
		}
	}
	jwks := func(text string) http.HandlerFunc { return body("application/json", text) }
	var last error
	cfg.OnFetch = func(_ int, err error) { last = err }
	cfg.Timeout = 300 * time.Millisecond
	s := open(t, cfg)
	for name, tt := range map[string]struct {
		answer http.HandlerFunc
		want   string
	}{
		"500":         {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }, "answered 500"},
		"HTML":        {body("text/html", "<html>"), `answered with "text/html"`},
		"HTML's type": {body("text/html", good), "not JSON"},
		"no JSON":     {jwks("keys"), "no JWK Set"},
		"empty":       {jwks(`{"keys":[]}`), "no key that can be used"},
		"endless": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.CopyN(w, zeros{}, 10<<30)
		}, "more than 524288 bytes"},
		"bomb": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(bomb.Bytes())
		}, "compressed"},
		"redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusFound)
		}, "answered 302"},
		"slow":      {authtest.Slow(time.Minute, jwks(good)), "deadline exceeded"},
		"drips":     {drip, "deadline exceeded"},
		"secret":    {jwks(`{"keys":[{"kty":"oct","kid":"a","alg":"HS256","k":"AAAA"}]}`), "key 1 is not public"},
		"private":   {jwks(`{"keys":[{"kty":"EC","kid":"a","crv":"P-256","x":"AAAA","y":"AAAA","d":"AAAA"}]}`), "key 1 is not public"},
		"weak":      {jwks(`{"keys":[{"kty":"RSA","kid":"a","alg":"RS256","n":"AQAB","e":"AQAB"}]}`), "key 1: "},
		"duplicate": {jwks(`{"keys":[` + strings.Repeat(oneKey(good)+",", 1) + oneKey(good) + `]}`), "two keys"},
		"many":      {jwks(`{"keys":[` + strings.Repeat(`{"kty":"x"},`, 100) + `{"kty":"x"}]}`), "101 keys"},
		"other":     {jwks(`{"keys":[{"kty":"EC","kid":"a","crv":"secp256k1","x":"AAAA","y":"AAAA"},{"kty":"RSA","kid":"b","use":"enc","n":"AAAA","e":"AQAB"}]}`), "no key that can be used"},
		"cut":       {cut, "EOF"},
	} {
		issuer.Answer(tt.answer)
		clock.Advance(15 * time.Minute)
		last = nil
		began := time.Now()
		keys, err := s.KeySet(t.Context())
		if err != nil || len(keys.Keys()) != 1 {
			t.Errorf("%s: the keys are gone: %v", name, err)
		}
		if last == nil || !strings.Contains(last.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", name, last, tt.want)
		}
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("%s took %s", name, took)
		}
		issuer.Answer(nil) // so that the keys do not get too old
		clock.Advance(30 * time.Second)
		_, _ = s.KeySet(t.Context())
		if last != nil {
			t.Fatal(last)
		}
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

func oneKey(set string) string {
	a, b := strings.Index(set, "["), strings.LastIndex(set, "]")
	return set[a+1 : b]
}

func drip(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	for r.Context().Err() == nil {
		_, _ = io.WriteString(w, " ")
		_ = http.NewResponseController(w).Flush()
		time.Sleep(10 * time.Millisecond)
	}
}

func cut(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", "1000")
	_, _ = io.WriteString(w, "{")
}

// TestAddresses (ATK-221): the package's client does not reach one's own network, by
// whatever name, and fetches over TLS.
func TestAddresses(t *testing.T) {
	t.Parallel()
	issuer, _, cfg := world(t)
	cfg.InsecurePrivateAddresses = false
	for _, location := range []string{
		issuer.KeySetURL(), strings.Replace(issuer.KeySetURL(), "127.0.0.1", "localhost", 1), "http://[::ffff:127.0.0.1]:1/", "http://169.254.169.254/latest",
		"http://10.0.0.1/", "http://[::1]:1/", "http://[fe80::1]/", "http://[fd00::1]/", "http://100.64.0.1/", "http://0.0.0.0:1/",
	} {
		cfg.URL = location
		if _, err := remotekeys.New(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "not public") {
			t.Errorf("%s: %v", location, err)
		}
	}
	if n := issuer.Fetches(); n != 0 {
		t.Errorf("%d requests came", n)
	}
}

// TestDiscovery: the metadata of an issuer say where its keys are, and speak of
// no other issuer.
func TestDiscovery(t *testing.T) {
	t.Parallel()
	issuer, clock, cfg := world(t)
	cfg.URL, cfg.Issuer = "", issuer.URL
	s := open(t, cfg)
	if issuer.Fetches() != 2 {
		t.Errorf("%d fetches", issuer.Fetches())
	}
	clock.Advance(15 * time.Minute)
	if _, err := s.KeySet(t.Context()); err != nil || issuer.Fetches() != 3 {
		t.Errorf("%v, %d fetches: where the keys are is not kept", err, issuer.Fetches())
	}
	for name, metadata := range map[string]string{
		"another issuer": `{"issuer":"https://other.example","jwks_uri":"` + issuer.KeySetURL() + `"}`,
		"no issuer":      `{"jwks_uri":"` + issuer.KeySetURL() + `"}`,
		"with a slash":   `{"issuer":"` + issuer.URL + `/","jwks_uri":"` + issuer.KeySetURL() + `"}`,
		"no keys":        `{"issuer":"` + issuer.URL + `"}`,
		"a file":         `{"issuer":"` + issuer.URL + `","jwks_uri":"file:///etc/passwd"}`,
		"no JSON":        `<html>`,
	} {
		issuer.Answer(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, metadata)
		})
		if _, err := remotekeys.New(t.Context(), cfg); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	for want, cfg := range map[string]remotekeys.Config{
		"set either URL or Issuer":              {},
		"either URL or Issuer":                  {URL: "https://a.example/", Issuer: "https://a.example"},
		"URL: it must be an https URL":          {URL: "http://a.example/"},
		"Issuer: it must be a URL":              {Issuer: "https://user@a.example"},
		"Every is 1ms: it must lie between 1s":  {URL: "https://a.example/", Every: time.Millisecond},
		"Cooldown is 2h0m0s":                    {URL: "https://a.example/", Cooldown: 2 * time.Hour},
		"MaxAge 1m0s is shorter than Every 15m": {URL: "https://a.example/", MaxAge: time.Minute},
		"Timeout is 1h0m0s":                     {URL: "https://a.example/", Timeout: time.Hour},
		"InsecurePrivateAddresses is for":       {URL: "https://a.example/", Client: http.DefaultClient, InsecurePrivateAddresses: true},
	} {
		if _, err := remotekeys.New(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// TestStartEmpty (ATK-222): a program may start while the other server is away; nothing
// is known then.
func TestStartEmpty(t *testing.T) {
	t.Parallel()
	issuer, clock, cfg := world(t)
	issuer.Answer(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	if _, err := remotekeys.New(t.Context(), cfg); err == nil {
		t.Error("it started without keys")
	}
	cfg.StartEmpty = true
	s := open(t, cfg)
	if _, err := s.KeySet(t.Context()); !errors.Is(err, authsdk.ErrStoreUnavailable) {
		t.Error(err)
	}
	issuer.Answer(nil)
	clock.Advance(30 * time.Second)
	if _, err := s.KeySet(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestNobodyWaits (ATK-223): while one request fetches from a slow server, all others
// are answered with the keys that there are, and only one fetches.
func TestNobodyWaits(t *testing.T) {
	t.Parallel()
	issuer, clock, cfg := world(t)
	s := open(t, cfg)
	reached, release := make(chan struct{}), make(chan struct{})
	var once sync.Once
	issuer.Answer(func(w http.ResponseWriter, _ *http.Request) {
		once.Do(func() { close(reached) })
		<-release
		w.WriteHeader(http.StatusBadGateway)
	})
	clock.Advance(15 * time.Minute)
	var fetcher sync.WaitGroup
	fetcher.Go(func() { _, _ = s.KeySet(context.WithoutCancel(t.Context())) })
	<-reached
	var others sync.WaitGroup
	var bad atomic.Int32
	for n := range 64 {
		others.Go(func() {
			for range 100 {
				ask := s.KeySet
				if n%2 == 0 {
					ask = func(ctx context.Context) (*authsdk.KeySet, error) { return s.FindKey(ctx, "unknown") }
				}
				if _, err := ask(t.Context()); err != nil {
					bad.Add(1)
				}
			}
		})
	}
	others.Wait() // hangs if somebody waits for the fetch
	close(release)
	fetcher.Wait()
	if bad.Load() != 0 || issuer.Fetches() != 2 {
		t.Errorf("%d were refused, %d fetches", bad.Load(), issuer.Fetches())
	}
}

// TestRun: somebody who runs the source has no request fetch.
func TestRun(t *testing.T) {
	t.Parallel()
	issuer, _, cfg := world(t)
	cfg.Now, cfg.Every, cfg.Cooldown = nil, time.Second, 50*time.Millisecond
	s := open(t, cfg)
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { s.Run(ctx) })
	for deadline := time.Now().Add(10 * time.Second); issuer.Fetches() < 3; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the keys are not fetched again")
		}
	}
	cancel()
	wg.Wait()
}

// TestNewKey (ATK-036): a token of a key that is new is accepted by one fetch; ten
// thousand of keys that nobody has cause one in the cool-down.
func TestNewKey(t *testing.T) {
	t.Parallel()
	issuer, clock, cfg := world(t)
	s := open(t, cfg)
	v, err := authsdk.NewVerifier(authsdk.VerifierConfig{Issuer: issuer.URL, Keys: s, Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	verify := func(token string) error {
		_, err := v.Verify(t.Context(), token, authsdk.Policy{})
		return err
	}
	old := issuer.Token(authsdk.Claims{}, nil)
	clock.Advance(time.Minute)
	issuer.Rotate()
	if err := verify(issuer.Token(authsdk.Claims{}, nil)); err != nil || issuer.Fetches() != 2 {
		t.Errorf("%v, %d fetches", err, issuer.Fetches())
	}
	if err := verify(old); err != nil {
		t.Error(err)
	}
	// A server that signs before it publishes: refused until it has.
	issuer.RotateUnpublished()
	early := issuer.Token(authsdk.Claims{}, nil)
	clock.Advance(time.Minute)
	if err := verify(early); !errors.Is(err, authsdk.ErrTokenInvalid) || issuer.Fetches() != 3 {
		t.Errorf("%v, %d fetches", err, issuer.Fetches())
	}
	issuer.Publish()
	if err := verify(early); !errors.Is(err, authsdk.ErrTokenInvalid) || issuer.Fetches() != 3 {
		t.Errorf("in the cool-down: %v, %d fetches", err, issuer.Fetches())
	}
	clock.Advance(30 * time.Second)
	if err := verify(early); err != nil || issuer.Fetches() != 4 {
		t.Errorf("%v, %d fetches", err, issuer.Fetches())
	}
	parts := strings.Split(early, ".")
	for n := range 10_000 {
		header := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"ES256","kid":"unknown-` + strconv.Itoa(n) + `","typ":"at+jwt"}`))
		if err := verify(header + "." + parts[1] + "." + parts[2]); !errors.Is(err, authsdk.ErrTokenInvalid) {
			t.Fatal(err)
		}
	}
	if issuer.Fetches() != 4 {
		t.Errorf("%d fetches", issuer.Fetches())
	}
	// A key that was withdrawn is gone with the next fetch.
	gone := issuer.KeySet().Signer().ID()
	issuer.Rotate()
	issuer.Withdraw(gone)
	clock.Advance(15*time.Minute - time.Second)
	if err := verify(issuer.Token(authsdk.Claims{}, nil)); err != nil {
		t.Error(err)
	}
	if err := verify(early); err == nil {
		t.Error("a token of a withdrawn key is accepted")
	}
	issuer.Answer(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	clock.Advance(25 * time.Hour)
	if err := verify(issuer.Token(authsdk.Claims{}, nil)); !errors.Is(err, authsdk.ErrStoreUnavailable) {
		t.Error(err)
	}
}
