package keyring_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/keyring"
	"github.com/authsdk/authsdk-go/authsdk/memstore"
)

func secretOf(b byte) []byte { return bytes.Repeat([]byte{b}, 32) }

// TestShared: what one replica saves another one reads, encrypted, with the
// new secret or an old one.
func TestShared(t *testing.T) {
	t.Parallel()
	store := memstore.New()
	shared := func(secrets ...[]byte) *keyring.Shared {
		return must[*keyring.Shared](t)(keyring.NewShared(keyring.SharedConfig{Store: store, Secrets: secrets}))
	}
	if _, err := shared(secretOf(1)).Load(t.Context()); !errors.Is(err, keyring.ErrEmpty) {
		t.Error(err)
	}
	key := newKey(t)
	add := func(r *keyring.Ring) (*keyring.Ring, error) {
		if r != nil {
			return nil, nil
		}
		return (&keyring.Ring{}).Rotate(key, start, timing())
	}
	must[*keyring.Ring](t)(shared(secretOf(1)).Update(t.Context(), add))
	data, _, err := store.LoadKeys(t.Context())
	if err != nil || bytes.Contains(data, []byte(key.ID())) || bytes.Contains(data, []byte(`"d"`)) {
		t.Errorf("the store shows the keys: %s, %v", data, err)
	}
	for _, secrets := range [][][]byte{{secretOf(1)}, {secretOf(2), secretOf(1)}} {
		ring, err := shared(secrets...).Load(t.Context())
		if err != nil || ring.Entries()[0].Key.ID() != key.ID() {
			t.Error(ring, err)
		}
	}
	if _, err := shared(secretOf(2)).Load(t.Context()); err == nil || !strings.Contains(err.Error(), "none of the Secrets") {
		t.Error(err)
	}
	data[len(data)-1] ^= 1
	if _, err := store.SaveKeys(t.Context(), data, 1); err != nil {
		t.Fatal(err)
	}
	if _, err := shared(secretOf(1)).Load(t.Context()); err == nil {
		t.Error("what was changed in the store is believed")
	}
	if _, err := store.SaveKeys(t.Context(), []byte(`{"keys":[]}`), 2); err != nil {
		t.Fatal(err)
	}
	if _, err := shared(secretOf(1)).Load(t.Context()); err == nil || !strings.Contains(err.Error(), "not encrypted") {
		t.Error(err)
	}
	for _, cfg := range []keyring.SharedConfig{
		{},
		{Store: store},
		{Store: store, Secrets: [][]byte{{1}}},
		{Store: store, Secrets: [][]byte{secretOf(1)}, InsecurePlain: true},
		{Store: (*memstore.Store)(nil), InsecurePlain: true},
	} {
		if _, err := keyring.NewShared(cfg); err == nil {
			t.Errorf("%+v was accepted", cfg)
		}
	}
}

// TestRotators: however many replicas look after the keys, one key is made at a
// time, in a file as in a store.
func TestRotators(t *testing.T) {
	t.Parallel()
	for name, store := range map[string]keyring.Store{
		"memory": memstore.New(), "file": keyring.NewFileStore(filepath.Join(t.TempDir(), "sub", "keys.json")),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var now atomic.Int64
			now.Store(start.Unix())
			shared := must[*keyring.Shared](t)(keyring.NewShared(keyring.SharedConfig{Store: store, InsecurePlain: true}))
			var made atomic.Int32
			for day := range 5 {
				now.Store(start.Add(time.Duration(day) * 24 * time.Hour).Unix())
				var wg sync.WaitGroup
				for range 8 {
					r := must[*keyring.Rotator](t)(keyring.NewRotator(keyring.RotatorConfig{
						Shared: shared, Every: 24 * time.Hour, Timing: timing(), Now: func() time.Time { return time.Unix(now.Load(), 0) },
						OnRotate: func(context.Context, *authsdk.Key) { made.Add(1) },
					}))
					wg.Go(func() {
						if _, err := r.Check(t.Context()); err != nil {
							t.Error(err)
						}
					})
				}
				wg.Wait()
				if made.Load() != int32(day)+1 {
					t.Fatalf("day %d: %d keys were made", day, made.Load())
				}
			}
		})
	}
}

func TestRotatorConfig(t *testing.T) {
	t.Parallel()
	_, err := keyring.NewRotator(keyring.RotatorConfig{Algorithm: "none", Every: time.Minute, Timing: keyring.Timing{Ahead: time.Hour, Keep: -1}})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"Shared is required", "Algorithm", "Keep is", "Every is 1m0s: it must be longer than Ahead, 1h0m0s"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v\ndoes not say %s", err, want)
		}
	}
}

// TestNeverRefused (ATK-218) follows months of rotations: a token is never refused by a
// verifier that knows the published keys as they were up to Ahead before.
func TestNeverRefused(t *testing.T) {
	t.Parallel()
	now := start
	shared := must[*keyring.Shared](t)(keyring.NewShared(keyring.SharedConfig{Store: memstore.New(), InsecurePlain: true}))
	timing := keyring.Timing{Ahead: time.Hour, Keep: 48 * time.Hour}
	rotator := must[*keyring.Rotator](t)(keyring.NewRotator(keyring.RotatorConfig{
		Shared: shared, Algorithm: authsdk.EdDSA, Every: 7 * 24 * time.Hour, Timing: timing, Now: func() time.Time { return now },
	}))
	type issued struct {
		token string
		until time.Time
	}
	var live []issued
	var published []*authsdk.KeySet // the last hour's, the oldest first
	signers := map[string]bool{}
	const step = 30 * time.Minute
	for ; now.Before(start.Add(120 * 24 * time.Hour)); now = now.Add(step) {
		ring := must[*keyring.Ring](t)(rotator.Check(t.Context()))
		keys, _, err := ring.KeySet(now)
		if err != nil {
			t.Fatal(err)
		}
		signers[keys.Signer().ID()] = true
		if published = append(published, keys); len(published) > int(timing.Ahead/step) {
			published = published[1:]
		}
		if now.Sub(start)%(6*time.Hour) != 0 {
			continue
		}
		clock := func() time.Time { return now }
		issuer := must[*authsdk.Issuer](t)(authsdk.NewIssuer(authsdk.IssuerConfig{Issuer: "https://a.example", Keys: keys, AccessTTL: 48 * time.Hour, Now: clock}))
		live = append(live, issued{must[string](t)(issuer.Issue(t.Context(), authsdk.Claims{Subject: "alice"}, nil)), now.Add(48 * time.Hour)})
		for _, view := range []*authsdk.KeySet{published[0], keys} {
			v := must[*authsdk.Verifier](t)(authsdk.NewVerifier(authsdk.VerifierConfig{
				Issuer: "https://a.example", Keys: view, MaxLifetime: 48 * time.Hour, Now: clock,
			}))
			for _, i := range live {
				if _, err := v.Verify(t.Context(), i.token, authsdk.Policy{}); err != nil && now.Before(i.until) {
					t.Fatalf("after %s: %v", now.Sub(start), err)
				}
			}
		}
		for len(live) > 0 && !now.Before(live[0].until) {
			live = live[1:]
		}
	}
	if len(signers) < 15 {
		t.Errorf("only %d keys have signed in 120 days", len(signers))
	}
}

// TestSource (ATK-225): a ring is loaded again, and a bad one changes nothing.
func TestSource(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys.json")
	first, second := newKey(t), newKey(t)
	write := func(r *keyring.Ring, mode os.FileMode) {
		if err := os.WriteFile(path, must[[]byte](t)(r.Marshal()), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	ring := must[*keyring.Ring](t)((&keyring.Ring{}).Rotate(first, start, timing()))
	write(ring, 0o600)
	now := start
	var told []string
	source := must[*keyring.Source](t)(keyring.Open(t.Context(), keyring.SourceConfig{
		Load: keyring.File(path), Now: func() time.Time { return now },
		OnReload: func(r *keyring.Ring, err error) {
			if err != nil {
				told = append(told, "failed")
				return
			}
			told = append(told, r.Entries()[0].Key.ID())
		},
	}))
	signer := func() string {
		return must[*authsdk.KeySet](t)(source.KeySet(t.Context())).Signer().ID()
	}
	reload := func(want bool) {
		t.Helper()
		if err := source.Reload(t.Context()); (err == nil) != want {
			t.Errorf("reload: %v", err)
		}
	}
	same := must[*authsdk.KeySet](t)(source.KeySet(t.Context()))
	reload(true) // nothing new
	if must[*authsdk.KeySet](t)(source.KeySet(t.Context())) != same {
		t.Error("the same keys are another set")
	}
	ring = must[*keyring.Ring](t)(ring.Rotate(second, start, timing()))
	write(ring, 0o644)
	reload(false)
	write(ring, 0o600)
	reload(true)
	if signer() != first.ID() {
		t.Error("the next key signs at once")
	}
	now = start.Add(time.Hour) // nobody loads anything
	if signer() != second.ID() || source.Ring().State(first.ID(), now) != keyring.Retiring {
		t.Error("the next key does not sign when it is time")
	}
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	reload(false)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	reload(false)
	if signer() != second.ID() {
		t.Error("a bad file has changed the keys")
	}
	if got, want := strings.Join(told, " "), strings.Join([]string{first.ID(), "failed", second.ID(), "failed", "failed"}, " "); got != want {
		t.Errorf("told %s, want %s", got, want)
	}
	for _, cfg := range []keyring.SourceConfig{{}, {Load: keyring.File(path), Every: time.Millisecond}, {Load: keyring.File(path)}, {Load: keyring.File(t.TempDir())}, {Load: keyring.Env("AUTHSDK_TEST_NOT_SET")}} {
		if _, err := keyring.Open(t.Context(), cfg); err == nil {
			t.Errorf("%+v was accepted", cfg)
		}
	}
}

// TestSameName: another key under the same name is another key.
func TestSameName(t *testing.T) {
	t.Parallel()
	ring := func(secret string) *keyring.Ring {
		return must[*keyring.Ring](t)(keyring.Parse([]byte(`{"keys":[{"kty":"oct","kid":"k","alg":"HS256","k":"` + secret + `"}]}`)))
	}
	current := ring("MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1ub3BxcnN0dXY")
	source := must[*keyring.Source](t)(keyring.Open(t.Context(), keyring.SourceConfig{
		Load: func(context.Context) (*keyring.Ring, error) { return current, nil },
	}))
	before := must[*authsdk.KeySet](t)(source.KeySet(t.Context()))
	current = ring("QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY")
	if err := source.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	if must[*authsdk.KeySet](t)(source.KeySet(t.Context())) == before {
		t.Error("a key was exchanged and nobody noticed")
	}
}
