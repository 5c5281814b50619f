package keyring_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/keyring"
)

var start = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func must[T any](t testing.TB) func(v T, err error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func newKey(t testing.TB) *authsdk.Key {
	t.Helper()
	return must[*authsdk.Key](t)(authsdk.GenerateKey(authsdk.ES256))
}

func timing() keyring.Timing { return keyring.Timing{Ahead: time.Hour, Keep: 24 * time.Hour} }

// states are what the keys of a ring do, in the order of ids.
func states(r *keyring.Ring, now time.Time, ids ...string) string {
	var out []string
	for _, id := range ids {
		out = append(out, string(r.State(id, now)))
	}
	return strings.Join(out, " ")
}

// TestTimeline (ATK-218) follows two keys from the making of the first to the end of it.
func TestTimeline(t *testing.T) {
	t.Parallel()
	first, second := newKey(t), newKey(t)
	r := must[*keyring.Ring](t)((&keyring.Ring{}).Rotate(first, start, timing()))
	r = must[*keyring.Ring](t)(r.Rotate(second, start.Add(48*time.Hour), timing()))
	for _, tt := range []struct {
		after  time.Duration
		states string
		signer *authsdk.Key
		keys   int
	}{
		{0, "active next", first, 2},
		{48 * time.Hour, "active next", first, 2},
		{49*time.Hour - time.Second, "active next", first, 2},
		{49 * time.Hour, "retiring active", second, 2},
		{73*time.Hour - time.Second, "retiring active", second, 2},
		{73 * time.Hour, "retired active", second, 1},
		{1000 * time.Hour, "retired active", second, 1},
	} {
		now := start.Add(tt.after)
		if got := states(r, now, first.ID(), second.ID()); got != tt.states {
			t.Errorf("after %s: %s, want %s", tt.after, got, tt.states)
		}
		keys, until, err := r.KeySet(now)
		if err != nil || keys.Signer().ID() != tt.signer.ID() || len(keys.Keys()) != tt.keys {
			t.Errorf("after %s: %v, %v", tt.after, keys, err)
		}
		if later := start.Add(49 * time.Hour); tt.keys == 2 && now.Before(later) && !until.Equal(later) {
			t.Errorf("after %s: until %s", tt.after, until)
		}
	}
	if r.State("unknown", start) != keyring.Retired {
		t.Error("a key that is not there does something")
	}
	if got := len(r.Prune(start.Add(100 * time.Hour)).Entries()); got != 1 {
		t.Errorf("%d keys are left", got)
	}
	again := must[*keyring.Ring](t)(keyring.Parse(must[[]byte](t)(r.Marshal())))
	for i, e := range again.Entries() {
		want := r.Entries()[i]
		if e.Key.ID() != want.Key.ID() || !e.Created.Equal(want.Created) || !e.Activate.Equal(want.Activate) || !e.Expire.Equal(want.Expire) {
			t.Errorf("%+v, want %+v", e, want)
		}
	}
}

// TestChanges (ATK-220): what can be done to a ring, and what is refused.
func TestChanges(t *testing.T) {
	t.Parallel()
	a, b, c := newKey(t), newKey(t), newKey(t)
	one := must[*keyring.Ring](t)((&keyring.Ring{}).Rotate(a, start, timing()))
	two := must[*keyring.Ring](t)(one.Rotate(b, start.Add(time.Minute), timing()))
	if _, err := two.Rotate(c, start.Add(2*time.Minute), timing()); !errors.Is(err, keyring.ErrPending) {
		t.Error(err)
	}
	now := start.Add(2 * time.Minute)
	// The key that signs is lost: the one that waits takes its place.
	removed := must[*keyring.Ring](t)(two.Remove(a.ID(), now))
	if got := states(removed, now, a.ID(), b.ID()); got != "retired active" {
		t.Error(got)
	}
	if _, err := one.Remove(a.ID(), now); err == nil || !strings.Contains(err.Error(), "rotate first") {
		t.Error(err)
	}
	if got := states(must[*keyring.Ring](t)(two.Remove(b.ID(), now)), now, a.ID(), b.ID()); got != "active retired" {
		t.Error(got)
	}
	retired := must[*keyring.Ring](t)(two.Retire(a.ID(), now, timing()))
	if got := states(retired, now, a.ID(), b.ID()); got != "retiring active" {
		t.Error(got)
	}
	if got := states(retired, now.Add(24*time.Hour), a.ID(), b.ID()); got != "retired active" {
		t.Error(got)
	}
	later := start.Add(3 * time.Hour)
	back := must[*keyring.Ring](t)(two.Retire(a.ID(), later, timing()))
	if got := states(back, later, a.ID(), b.ID()); got != "retiring active" {
		t.Error(got)
	}
	for name, err := range map[string]error{
		"unknown":       second(two.Remove("unknown", now)),
		"last":          second(one.Retire(a.ID(), now, timing())),
		"public":        second(one.Rotate(b.VerifyOnly(), now, timing())),
		"ahead":         second(one.Rotate(b, now, keyring.Timing{Ahead: -1})),
		"keep":          second(one.Retire(a.ID(), now, keyring.Timing{Keep: -1})),
		"twice":         second(keyring.New(keyring.Entry{Key: a}, keyring.Entry{Key: a})),
		"no key":        second(keyring.New(keyring.Entry{})),
		"ends at first": second(keyring.New(keyring.Entry{Key: a, Activate: start, Expire: start})),
		"no JSON":       second(keyring.Parse([]byte("no keys"))),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	// Every key has ended: that is said, and nothing signs by mistake.
	past := must[*keyring.Ring](t)(keyring.New(keyring.Entry{Key: a, Activate: start, Expire: start.Add(time.Hour)}))
	if _, _, err := past.KeySet(start.Add(time.Hour)); err == nil {
		t.Error("no key is left, and nobody says so")
	}
	waits := must[*keyring.Ring](t)(keyring.New(keyring.Entry{Key: a, Activate: start.Add(time.Hour)}))
	keys, _, err := waits.KeySet(start)
	if err != nil || keys.Signer() != nil || len(keys.Keys()) != 1 {
		t.Errorf("a key signs before its time: %v, %v", keys, err)
	}
}

func second[T any](_ T, err error) error { return err }

// TestParsePlain (ATK-227): a key set without times is a ring whose first key signs; of a
// secret that has retired it is remembered that it verifies.
func TestParsePlain(t *testing.T) {
	t.Parallel()
	secrets := make([]*authsdk.Key, 2)
	for i := range secrets {
		secrets[i] = must[*authsdk.Key](t)(authsdk.GenerateKey(authsdk.HS256))
	}
	set := must[*authsdk.KeySet](t)(authsdk.NewKeySet(secrets...))
	r := must[*keyring.Ring](t)(keyring.Parse(must[[]byte](t)(set.PrivateJWKS())))
	if got := states(r, start, secrets[0].ID(), secrets[1].ID()); got != "active retiring" {
		t.Error(got)
	}
	next := newKey(t)
	r = must[*keyring.Ring](t)(r.Rotate(next, start, timing()))
	r = must[*keyring.Ring](t)(keyring.Parse(must[[]byte](t)(r.Marshal())))
	if got := states(r, start.Add(2*time.Hour), secrets[0].ID(), secrets[1].ID(), next.ID()); got != "retiring retiring active" {
		t.Error(got)
	}
	keys, _, err := r.KeySet(start)
	if err != nil || keys.Signer().ID() != secrets[0].ID() {
		t.Error(keys, err)
	}
	one := must[*keyring.Ring](t)(keyring.Parse(must[[]byte](t)(must[*authsdk.KeySet](t)(authsdk.NewKeySet(next)).PrivateJWKS())))
	if got := states(one, start, next.ID()); got != "active" {
		t.Error(got)
	}
}
