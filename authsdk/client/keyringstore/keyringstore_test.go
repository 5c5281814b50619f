package keyringstore_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/zalando/go-keyring"

	"github.com/authsdk/authsdk-go/authsdk/client"
	"github.com/authsdk/authsdk-go/authsdk/client/keyringstore"
)

// TestMain takes a keyring of the test's own if one was started for it, and else
// one in memory: never that of whoever runs the tests.
func TestMain(m *testing.M) {
	if os.Getenv(realVariable) == "" {
		keyring.MockInit()
	}
	os.Exit(m.Run())
}

func newStore(t *testing.T, account string) *keyringstore.Store {
	t.Helper()
	s, err := keyringstore.New(keyringstore.Config{
		Service: "authsdk-test", Account: account, LockFile: filepath.Join(t.TempDir(), "lock"),
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func pair(n string) client.Token {
	at := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	return client.Token{
		AccessToken: "access-" + n + strings.Repeat("x", 600), RefreshToken: "refresh-" + n,
		IssuedAt: at.Add(-15 * time.Minute), AccessExpires: at, RefreshExpires: at.Add(time.Hour),
	}
}

func TestStore(t *testing.T) {
	ctx := t.Context()
	s, other := newStore(t, "alice"), newStore(t, "bob")
	if _, err := s.Load(ctx); !errors.Is(err, client.ErrNoToken) {
		t.Fatalf("Load of nothing: got error %v, want ErrNoToken", err)
	}
	if err := s.Delete(ctx); err != nil {
		t.Fatalf("Delete of nothing: %v", err)
	}
	for _, n := range []string{"one", "two"} {
		if err := s.Save(ctx, pair(n)); err != nil {
			t.Fatalf("Save: %v", err)
		}
		got, err := newStore(t, "alice").Load(ctx)
		if err != nil {
			t.Fatalf("Load: %v", err)
		}
		if diff := cmp.Diff(pair(n), got); diff != "" {
			t.Errorf("Load (-want +got):\n%s", diff)
		}
	}
	if _, err := other.Load(ctx); !errors.Is(err, client.ErrNoToken) {
		t.Errorf("Load of another account: got error %v, want ErrNoToken", err)
	}
	if err := s.Delete(ctx); err != nil {
		t.Fatalf("Delete: %v", err)
	}
	if _, err := s.Load(ctx); !errors.Is(err, client.ErrNoToken) {
		t.Errorf("Load after Delete: got error %v, want ErrNoToken", err)
	}
}

func TestDamaged(t *testing.T) {
	if err := keyring.Set("authsdk-test", "carol", "no token"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = keyring.Delete("authsdk-test", "carol") })
	_, err := newStore(t, "carol").Load(t.Context())
	if err == nil || errors.Is(err, client.ErrNoToken) || !strings.Contains(err.Error(), "delete it and log in again") {
		t.Errorf("got error %v, want what to do", err)
	}
}

// TestLock: two stores of one account exclude each other.
func TestLock(t *testing.T) {
	file := filepath.Join(t.TempDir(), "lock")
	var stores []*keyringstore.Store
	for range 2 {
		s, err := keyringstore.New(keyringstore.Config{Service: "authsdk-test", Account: "alice", LockFile: file})
		if err != nil {
			t.Fatal(err)
		}
		stores = append(stores, s)
	}
	unlock, err := stores[0].Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := stores[1].Lock(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a second lock: got error %v, want that it waits", err)
	}
	unlock()
	unlock, err = stores[1].Lock(t.Context())
	if err != nil {
		t.Fatalf("after the unlock: %v", err)
	}
	unlock()
}

func TestContext(t *testing.T) {
	s := newStore(t, "dave")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.Load(ctx)
	for name, err := range map[string]error{"Load": err, "Save": s.Save(ctx, pair("one")), "Delete": s.Delete(ctx)} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got error %v, want that the context ended", name, err)
		}
	}
	if _, err := s.Load(t.Context()); !errors.Is(err, client.ErrNoToken) {
		t.Errorf("Load: got error %v: something was saved", err)
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	_, err := keyringstore.New(keyringstore.Config{})
	if err == nil || !strings.Contains(err.Error(), "Service is required") || !strings.Contains(err.Error(), "Account is required") {
		t.Errorf("got error %v, want both mistakes", err)
	}
}

// TestClient has a client log in, and another go on with its session.
func TestClient(t *testing.T) {
	s := newStore(t, "erin")
	t.Cleanup(func() { _ = s.Delete(context.WithoutCancel(t.Context())) })
	if err := s.Save(t.Context(), pair("kept")); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			c, err := client.New(client.Config{
				BaseURL: "https://auth.example", Store: s, Now: func() time.Time { return pair("kept").AccessExpires.Add(-time.Minute) },
			})
			if err != nil {
				t.Error(err)
				return
			}
			got, err := c.Token(t.Context())
			if err != nil || got.RefreshToken != "refresh-kept" {
				t.Errorf("Token: got %v and error %v, want the one that was kept", got, err)
			}
		})
	}
	wg.Wait()
}
