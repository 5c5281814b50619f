package keyring_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/keyring"
	"github.com/authsdk/authsdk-go/authsdk/memstore"
)

func reviewKey(t *testing.T) *authsdk.Key {
	t.Helper()
	k, err := authsdk.GenerateKey(authsdk.ES256)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// A key that was rotated out must not sign again because its successor goes:
// the one that waits takes the place (doc of Remove).
func TestRemoveRevivesRetiringKey(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	timing := keyring.Timing{Ahead: time.Hour, Keep: 24 * time.Hour}
	a, b, c := reviewKey(t), reviewKey(t), reviewKey(t)
	ring, _ := keyring.New()
	ring, _ = ring.Rotate(a, now, timing)
	ring, _ = ring.Rotate(b, now.Add(time.Hour), timing)       // b signs from +2h, a expires at +26h
	ring, err := ring.Rotate(c, now.Add(25*time.Hour), timing) // c signs from +26h
	if err != nil {
		t.Fatal(err)
	}
	at := now.Add(25*time.Hour + time.Minute)
	ring, err = ring.Remove(b.ID(), at)
	if err != nil {
		t.Fatal(err)
	}
	if got := ring.State(c.ID(), at); got != keyring.Active {
		t.Errorf("the waiting key is %s, want active; the rotated-out one is %s", got, ring.State(a.ID(), at))
	}
}

// Without a waiting key Remove must refuse (and --replace make one): the old key
// signs tokens that end with it, then nothing signs.
func TestRemoveThenNothingSigns(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	a, b := reviewKey(t), reviewKey(t)
	ring, _ := keyring.New()
	ring, _ = ring.Rotate(a, now, keyring.Timing{AtOnce: true, Keep: time.Hour})
	ring, _ = ring.Rotate(b, now.Add(time.Minute), keyring.Timing{AtOnce: true, Keep: time.Hour})
	next, err := ring.Remove(b.ID(), now.Add(time.Hour))
	if err != nil {
		return // refused: right
	}
	keys, _, err := next.KeySet(now.Add(62 * time.Minute))
	t.Errorf("Remove let the retiring key sign (%s); 2 minutes later: keys %v, error %v", next.State(a.ID(), now.Add(time.Hour)), keys, err)
}

// Times that are no whole numbers are dropped in silence: a key never ends.
func TestParseTimes(t *testing.T) {
	ring, _ := keyring.New(keyring.Entry{Key: reviewKey(t), Activate: time.Unix(1e9, 0), Expire: time.Unix(1100000000, 0)})
	data, _ := ring.Marshal()
	for _, bad := range []string{"1100000000.5", `"1100000000"`, "1.1e9"} {
		ring, err := keyring.Parse([]byte(strings.Replace(string(data), `"exp": 1100000000`, `"exp": `+bad, 1)))
		if err != nil {
			continue // refused: right
		}
		e := ring.Entries()[0]
		t.Errorf("exp %s: accepted, expires %v, state %s", bad, e.Expire, ring.State(e.Key.ID(), time.Now()))
	}
}

// "The file has the mode 0600".
func TestFileStoreMode(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.json")
	ring, _ := keyring.New(keyring.Entry{Key: reviewKey(t)})
	data, _ := ring.Marshal()
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	shared, _ := keyring.NewShared(keyring.SharedConfig{Store: keyring.NewFileStore(path), InsecurePlain: true})
	_, err := shared.Update(t.Context(), func(old *keyring.Ring) (*keyring.Ring, error) {
		return old.Rotate(reviewKey(t), time.Now(), keyring.Timing{})
	})
	info, _ := os.Stat(path)
	if err == nil && info.Mode().Perm() != 0o600 {
		t.Errorf("new private key written to a file of mode %04o, no error", info.Mode().Perm())
	}
}

// A slow Reload that began earlier must not undo a later one.
func TestReloadOrder(t *testing.T) {
	a, b := reviewKey(t), reviewKey(t)
	old, _ := keyring.New(keyring.Entry{Key: a, Activate: time.Unix(1, 0)}, keyring.Entry{Key: b})
	fresh, _ := keyring.New(keyring.Entry{Key: b})
	var calls atomic.Int32
	entered, release := make(chan bool), make(chan bool)
	s, err := keyring.Open(t.Context(), keyring.SourceConfig{Load: func(context.Context) (*keyring.Ring, error) {
		switch calls.Add(1) {
		case 1:
			return old, nil
		case 2: // read the old ring, then slow
			close(entered)
			<-release
			o, _ := keyring.New(keyring.Entry{Key: a, Activate: time.Unix(2, 0)}, keyring.Entry{Key: b})
			return o, nil
		}
		return fresh, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() { done <- s.Reload(t.Context()) }()
	<-entered
	third := make(chan struct{})
	go func() { defer close(third); _ = s.Reload(t.Context()) }() // the operator has removed a
	select {
	case <-third:
	case <-time.After(100 * time.Millisecond): // a mend may serialise
	}
	close(release)
	if err := <-done; err != nil {
		t.Error(err)
	}
	<-third
	if got := len(s.Ring().Entries()); got != 1 {
		t.Errorf("%d keys after the removal was loaded, want 1", got)
	}
}

// "all of them decrypt, so that they can be changed": nothing encrypts anew.
func TestSecretsChange(t *testing.T) {
	store, one, two := memstore.New(), make([]byte, 32), append(make([]byte, 31), 1)
	open := func(secrets ...[]byte) *keyring.Shared {
		s, err := keyring.NewShared(keyring.SharedConfig{Store: store, Secrets: secrets})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	for _, s := range []*keyring.Shared{open(one), open(two, one)} {
		r, _ := keyring.NewRotator(keyring.RotatorConfig{Shared: s})
		if _, err := r.Check(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := open(two).Load(t.Context()); err != nil {
		t.Errorf("after the change of the secret: %v", err)
	}
}

// The key that signs has an end: the next one must be made and published before.
func TestSignerThatEnds(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	s, _ := keyring.NewShared(keyring.SharedConfig{Store: memstore.New(), InsecurePlain: true})
	_, err := s.Update(t.Context(), func(*keyring.Ring) (*keyring.Ring, error) {
		return keyring.New(keyring.Entry{Key: reviewKey(t), Activate: now, Expire: now.Add(2 * time.Hour)})
	})
	if err != nil {
		t.Fatal(err)
	}
	r, _ := keyring.NewRotator(keyring.RotatorConfig{Shared: s, Now: func() time.Time { return now }})
	now = now.Add(119 * time.Minute)
	ring, _ := r.Check(t.Context())
	if len(ring.Entries()) != 2 {
		t.Error("a minute before the signing key ends no next key is published")
	}
}

func TestRetireRevives(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	a, b := reviewKey(t), reviewKey(t)
	ring, _ := keyring.New()
	ring, _ = ring.Rotate(a, now, keyring.Timing{AtOnce: true})
	ring, _ = ring.Rotate(b, now.Add(time.Minute), keyring.Timing{AtOnce: true})
	if next, err := ring.Retire(b.ID(), now.Add(time.Hour), keyring.Timing{}); err == nil {
		t.Errorf("Retire of the signing key: the rotated-out one is %s", next.State(a.ID(), now.Add(time.Hour)))
	}
}

// A path that is a link: the ring behind it and the lock are other ones.
func TestLink(t *testing.T) {
	dir := t.TempDir()
	file, link := filepath.Join(dir, "keys.json"), filepath.Join(dir, "link.json")
	shared := func(path string) *keyring.Shared {
		s, _ := keyring.NewShared(keyring.SharedConfig{Store: keyring.NewFileStore(path), InsecurePlain: true})
		return s
	}
	first, _ := keyring.New(keyring.Entry{Key: reviewKey(t)})
	_, _ = shared(file).Update(t.Context(), func(*keyring.Ring) (*keyring.Ring, error) { return first, nil })
	_ = os.Symlink(file, link)
	_, err := shared(link).Update(t.Context(), func(old *keyring.Ring) (*keyring.Ring, error) {
		return old.Rotate(reviewKey(t), time.Now(), keyring.Timing{})
	})
	if err != nil {
		return // refused: right
	}
	a, _ := shared(file).Load(t.Context())
	b, _ := shared(link).Load(t.Context())
	if len(a.Entries()) != len(b.Entries()) {
		t.Errorf("the file has %d keys, the link to it %d", len(a.Entries()), len(b.Entries()))
	}
}

// The file is away for a moment: a running rotator must not begin anew.
func TestFileVanishes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.json")
	shared, _ := keyring.NewShared(keyring.SharedConfig{Store: keyring.NewFileStore(path), InsecurePlain: true})
	r, _ := keyring.NewRotator(keyring.RotatorConfig{Shared: shared})
	before, _ := r.Check(t.Context())
	_ = os.Remove(path)
	after, err := r.Check(t.Context())
	if err == nil && after.State(before.Entries()[0].Key.ID(), time.Now()) == keyring.Retired {
		t.Errorf("another key signs at once, all tokens are refused")
	}
}
