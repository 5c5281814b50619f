package remotekeys_test

import (
	"context"
	"flag"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/keyring"
	"github.com/authsdk/authsdk-go/authsdk/memstore"
	"github.com/authsdk/authsdk-go/authsdk/remotekeys"
)

var (
	rotateFor   = flag.Duration("rotate.for", 12*time.Second, "how long TestRotation lasts")
	rotateEvery = flag.Duration("rotate.every", 4*time.Second, "how long a key signs in TestRotation")
)

// TestRotation (ATK-219): while two replicas of an issuer change their keys all the time
// and two services fetch them, no valid token is refused, at 500 a second.
func TestRotation(t *testing.T) {
	t.Parallel()
	store := memstore.New()
	timing := keyring.Timing{Ahead: 3 * time.Second, Keep: time.Minute}
	secret := []byte("0123456789abcdef0123456789abcdef")
	var replicas []*keyring.Source
	var running sync.WaitGroup
	defer running.Wait()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel() // before the waiting
	for range 2 {
		shared := must[*keyring.Shared](t)(keyring.NewShared(keyring.SharedConfig{Store: store, Secrets: [][]byte{secret}}))
		rotator := must[*keyring.Rotator](t)(keyring.NewRotator(keyring.RotatorConfig{Shared: shared, Every: *rotateEvery, Timing: timing}))
		must[*keyring.Ring](t)(rotator.Check(ctx))
		source := must[*keyring.Source](t)(keyring.Open(ctx, keyring.SourceConfig{Load: shared.Load, Every: time.Second}))
		replicas = append(replicas, source)
		running.Go(func() { rotator.Run(ctx) })
		running.Go(func() { source.Watch(ctx) })
	}
	var next atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		keys, err := replicas[next.Add(1)%2].KeySet(r.Context())
		if err != nil {
			t.Error(err)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(keys.PublicJWKS())
	}))
	defer server.Close()
	var services []*authsdk.Verifier
	for range 2 {
		keys := must[*remotekeys.Source](t)(remotekeys.New(ctx, remotekeys.Config{
			URL: server.URL, Every: time.Second, Cooldown: 200 * time.Millisecond, InsecureHTTP: true, InsecurePrivateAddresses: true,
		}))
		running.Go(func() { keys.Run(ctx) })
		services = append(services, must[*authsdk.Verifier](t)(authsdk.NewVerifier(authsdk.VerifierConfig{Issuer: issuerName, Keys: keys})))
	}
	var issuers []*authsdk.Issuer
	for _, keys := range replicas {
		issuers = append(issuers, must[*authsdk.Issuer](t)(authsdk.NewIssuer(authsdk.IssuerConfig{Issuer: issuerName, Keys: keys})))
	}
	var refused, asked atomic.Int64
	signers := map[string]bool{}
	old := make([]string, 0, 1<<16)
	ticker := time.NewTicker(2 * time.Millisecond)
	defer ticker.Stop()
	for began := time.Now(); time.Since(began) < *rotateFor; <-ticker.C {
		n := int(asked.Add(1))
		token := must[string](t)(issuers[n%2].Issue(ctx, authsdk.Claims{Subject: "alice"}, nil))
		old = append(old, token)
		for _, raw := range []string{token, old[n*7919%len(old)]} { // a new one, and one of some time
			c, err := services[n/2%2].Verify(ctx, raw, authsdk.Policy{})
			if err != nil {
				refused.Add(1)
				t.Logf("after %s: %v", time.Since(began), err)
				continue
			}
			signers[c.KeyID] = true
		}
	}
	t.Logf("%d tokens in %s, %d keys, %d refused", asked.Load(), *rotateFor, len(signers), refused.Load())
	if want := int(*rotateFor / *rotateEvery); refused.Load() != 0 || len(signers) < want {
		t.Errorf("%d were refused, %d keys have signed, want %d", refused.Load(), len(signers), want)
	}
}

const issuerName = "https://auth.example"

func must[T any](t *testing.T) func(v T, err error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
