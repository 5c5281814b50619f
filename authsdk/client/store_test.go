package client_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk/client"
)

var errStore = errors.New("the disk is full")

// faultyStore is a MemoryStore whose methods can fail.
type faultyStore struct {
	client.MemoryStore

	mu                 sync.Mutex
	load, keep, delete error
	save               func() error
}

func (s *faultyStore) fail(load, save, del error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.load, s.keep, s.delete = load, save, del
}

func (s *faultyStore) Load(ctx context.Context) (client.Token, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.load != nil {
		return client.Token{}, s.load
	}
	return s.MemoryStore.Load(ctx)
}

func (s *faultyStore) Save(ctx context.Context, t client.Token) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.save != nil {
		if err := s.save(); err != nil {
			return err
		}
	}
	if err := errors.Join(s.keep, ctx.Err()); err != nil {
		return err
	}
	return s.MemoryStore.Save(ctx, t)
}

func (s *faultyStore) Delete(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.delete != nil {
		return s.delete
	}
	return s.MemoryStore.Delete(ctx)
}

func newFaulty(t *testing.T) (*world, *faultyStore) {
	t.Helper()
	store := new(faultyStore)
	return newWorld(t, func(c *client.Config) { c.Store = store }), store
}

// pair is a number of a pair.
func pair(n int) client.Token {
	start := time.Date(2026, 11, 20, 12, 0, 0, 123456789, time.UTC)
	return client.Token{
		AccessToken: fmt.Sprintf("access.%d", n), RefreshToken: fmt.Sprintf("refresh.%d", n),
		IssuedAt: start, AccessExpires: start.Add(time.Minute), RefreshExpires: start.Add(time.Hour),
		Scope: "notes:read", SessionID: "session",
	}
}

// TestStores holds all stores to the contract of TokenStore.
func TestStores(t *testing.T) {
	for name, newStore := range map[string]func(t *testing.T) client.TokenStore{
		"memory": func(*testing.T) client.TokenStore { return new(client.MemoryStore) },
		"file": func(t *testing.T) client.TokenStore {
			t.Helper()
			return client.NewFileStore(filepath.Join(t.TempDir(), "new", "folder", "tokens.json"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, ctx := newStore(t), t.Context()
			empty := func() {
				t.Helper()
				if _, err := s.Load(ctx); !errors.Is(err, client.ErrNoToken) {
					t.Errorf("Load: got %v, want %v", err, client.ErrNoToken)
				}
				if err := s.Delete(ctx); err != nil {
					t.Errorf("Delete: %v", err)
				}
			}
			empty()
			for n := range 3 {
				if err := s.Save(ctx, pair(n)); err != nil {
					t.Fatal(err)
				}
				if got, err := s.Load(ctx); err != nil || got != pair(n) {
					t.Errorf("Load: got %v %v, want what was saved", got, err)
				}
			}
			if err := s.Delete(ctx); err != nil {
				t.Fatal(err)
			}
			empty()
		})
		t.Run(name+"/concurrent", func(t *testing.T) {
			s, ctx := newStore(t), t.Context()
			if err := s.Save(ctx, pair(0)); err != nil {
				t.Fatal(err)
			}
			var wg sync.WaitGroup
			for n := range 8 {
				wg.Go(func() {
					for range 10 {
						if err := s.Save(ctx, pair(n)); err != nil {
							t.Errorf("Save: %v", err)
						}
					}
				})
				wg.Go(func() {
					for range 50 {
						got, err := s.Load(ctx)
						if err != nil || got.AccessToken[len("access."):] != got.RefreshToken[len("refresh."):] {
							t.Errorf("Load: got %+v %v, want one whole pair", got, err)
						}
					}
				})
			}
			wg.Wait()
		})
	}
}

func onUnix(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("files have no modes here")
	}
}

func TestFileModes(t *testing.T) {
	onUnix(t)
	dir := filepath.Join(t.TempDir(), "config", "app")
	path := filepath.Join(dir, "tokens.json")
	s := client.NewFileStore(path)
	wantMode := func(name string, want os.FileMode) {
		t.Helper()
		if got := must[os.FileInfo](t)(os.Stat(name)).Mode().Perm(); got != want {
			t.Errorf("%s: got %04o, want %04o", name, got, want)
		}
	}
	save := func() {
		t.Helper()
		if err := s.Save(t.Context(), pair(1)); err != nil {
			t.Fatal(err)
		}
		wantMode(path, 0o600)
	}
	save()
	wantMode(dir, 0o700)
	wantMode(filepath.Dir(dir), 0o700)
	for _, mode := range []os.FileMode{0o640, 0o604, 0o620, 0o777} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		_, err := s.Load(t.Context())
		if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "chmod 600") || errors.Is(err, client.ErrNoToken) {
			t.Errorf("%04o: got %v, want an error that names the file and the step", mode, err)
		}
		save() // replaces it by one that is not open
	}
	if err := os.Chmod(path, 0o400); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Load(t.Context()); err != nil {
		t.Errorf("0400: %v", err)
	}
	// Nothing lies about.
	if files := must[[]os.DirEntry](t)(os.ReadDir(dir)); len(files) != 1 {
		t.Errorf("got %v, want the token file alone", files)
	}
}

func TestFileDamaged(t *testing.T) {
	good := string(must[[]byte](t)(pair(1).MarshalBinary()))
	for name, content := range map[string]string{
		"empty":      "",
		"cut":        good[:len(good)/2],
		"no object":  `"access.1"`,
		"half":       `{"access_token":"access.1"}`,
		"other half": `{"refresh_token":"refresh.1"}`,
		"bad time":   strings.Replace(good, "2026", "a year access.1", 1),
		"two":        good + good,
		"endless":    good + strings.Repeat(" ", 1<<20),
	} {
		path := filepath.Join(t.TempDir(), "tokens.json")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		w := newWorld(t)
		c := w.another(t, func(cfg *client.Config) { cfg.Store = client.NewFileStore(path) })
		_, err := c.Token(t.Context())
		if err == nil || errors.Is(err, client.ErrLoggedOut) {
			t.Errorf("%s: got %v, want an error that is no log-out", name, err)
			continue
		}
		for _, want := range []string{path, "delete it and log in again"} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: got %v, want …%s…", name, err, want)
			}
		}
		if strings.Contains(err.Error(), "access.1") {
			t.Errorf("%s: the error tells the token: %v", name, err)
		}
		if err := c.Logout(t.Context()); err == nil {
			t.Errorf("%s: Logout: got no error, want that nobody knows the session", name)
		}
		if got := string(must[[]byte](t)(os.ReadFile(path))); got != content {
			t.Errorf("%s: the file was changed to %q", name, got)
		}
		if err := c.Login(t.Context(), username, password); err != nil {
			t.Errorf("%s: Login: %v", name, err)
		}
		if _, err := c.Token(t.Context()); err != nil {
			t.Errorf("%s: after the login: %v", name, err)
		}
	}
}

// TestFileErrors wants every failure to name the file.
func TestFileErrors(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	full := filepath.Join(dir, "full", "x")
	if err := os.MkdirAll(full, 0o700); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, tt := range map[string]struct {
		ctx                context.Context
		path               string
		load, save, delete bool // fails
	}{
		"a folder":     {t.Context(), filepath.Dir(full), true, true, true},
		"below a file": {t.Context(), filepath.Join(file, "tokens.json"), true, true, true},
		"canceled":     {ctx, file, true, true, true},
	} {
		s := client.NewFileStore(tt.path)
		_, load := s.Load(tt.ctx)
		save := s.Save(tt.ctx, pair(1))
		del := s.Delete(tt.ctx)
		for what, err := range map[string]error{"Load": load, "Save": save, "Delete": del} {
			if err == nil || errors.Is(err, client.ErrNoToken) {
				t.Errorf("%s: %s: got %v, want an error", name, what, err)
			} else if tt.ctx == t.Context() && !strings.Contains(err.Error(), dir) {
				t.Errorf("%s: %s: got %v, want the path in it", name, what, err)
			}
		}
	}
	for _, e := range must[[]os.DirEntry](t)(os.ReadDir(dir)) {
		if strings.HasPrefix(e.Name(), ".") {
			t.Errorf("%s was left behind", e.Name())
		}
	}
}

// TestRestart goes on with the file where the last process ended.
func TestRestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokens.json")
	file := func(c *client.Config) { c.Store = client.NewFileStore(path) }
	w := newWorld(t, file)
	for n := 1; n <= 3; n++ {
		w.clock.Advance(time.Hour)
		tok := must[client.Token](t)(w.another(t, file).Token(t.Context()))
		again := must[client.Token](t)(w.another(t, file).Token(t.Context()))
		if tok != again {
			t.Errorf("got %v, want what the last one had: %v", again, tok)
		}
		w.wantCount(t, "rotated", n)
	}
}

// TestSaveFails wants no token used that is not stored, and none lost.
func TestSaveFails(t *testing.T) {
	w, store := newFaulty(t)
	w.clock.Advance(time.Hour)
	store.fail(nil, errStore, nil)
	for range 3 {
		if _, _, err := w.me(t.Context()); !errors.Is(err, errStore) {
			t.Fatalf("got %v, want %v", err, errStore)
		}
	}
	w.wantCount(t, "/me", 0)
	w.wantCount(t, "/auth/refresh", 1)
	store.fail(nil, nil, nil)
	w.wantMe(t)
	w.wantCount(t, "/auth/refresh", 1)
	if got := must[client.Token](t)(store.Load(t.Context())); got.RefreshToken != "refresh.session-1.2" {
		t.Errorf("stored %s, want the successor", got.RefreshToken)
	}
	// It also fails for a program that ends now: its successor retries.
	w.clock.Advance(time.Hour)
	store.fail(nil, errStore, nil)
	if _, err := w.Token(t.Context()); !errors.Is(err, errStore) {
		t.Fatalf("got %v, want %v", err, errStore)
	}
	store.fail(nil, nil, nil)
	next := w.another(t, func(c *client.Config) { c.Store = store })
	if _, err := next.Token(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.wantCount(t, "replayed", 1)
	// The first one sees that the store has moved on, and does not overwrite.
	if a, b := must[client.Token](t)(w.Token(t.Context())), must[client.Token](t)(next.Token(t.Context())); a != b {
		t.Errorf("got %v and %v, want one pair", a, b)
	}
	w.wantCount(t, "reused", 0)
}

// TestSaveFailsAtLogin wants the session of the login, whatever the store
// still has.
func TestSaveFailsAtLogin(t *testing.T) {
	w, store := newFaulty(t)
	c := w.another(t, func(c *client.Config) { c.Store = store })
	store.fail(nil, errStore, nil)
	if err := c.Login(t.Context(), username, password); !errors.Is(err, errStore) {
		t.Fatalf("got %v, want %v", err, errStore)
	}
	if _, err := c.Token(t.Context()); !errors.Is(err, errStore) {
		t.Fatalf("got %v, want %v", err, errStore)
	}
	store.fail(nil, nil, nil)
	if got := must[client.Token](t)(c.Token(t.Context())); got.SessionID != "session-2" {
		t.Errorf("got %s, want session-2", got.SessionID)
	}
	if got := must[client.Token](t)(store.Load(t.Context())); got.SessionID != "session-2" {
		t.Errorf("stored %s, want session-2", got.SessionID)
	}
	// A logout ends it also where it was never saved.
	store.fail(nil, errStore, nil)
	if err := c.Login(t.Context(), username, password); !errors.Is(err, errStore) {
		t.Fatalf("got %v, want %v", err, errStore)
	}
	if err := c.Logout(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := w.server.received("/auth/logout"); len(got) != 1 || !strings.Contains(got[0], "session-3") {
		t.Errorf("logged out %q, want session-3", got)
	}
}

// TestLoadFails wants a token that is good to be used, and none exchanged that
// may have a successor.
func TestLoadFails(t *testing.T) {
	w, store := newFaulty(t)
	store.fail(errStore, nil, nil)
	w.clock.Advance(15*time.Minute - time.Second)
	w.wantMe(t)
	w.clock.Advance(time.Second)
	if _, err := w.Token(t.Context()); !errors.Is(err, errStore) || errors.Is(err, client.ErrLoggedOut) {
		t.Errorf("got %v, want %v", err, errStore)
	}
	w.wantCount(t, "/auth/refresh", 0)
	store.fail(nil, nil, nil)
	w.wantMe(t)
	// Memory knows enough to log out.
	store.fail(errStore, nil, nil)
	if err := w.Logout(t.Context()); err != nil {
		t.Error(err)
	}
	w.wantCount(t, "/auth/logout", 1)
	// A new process does not.
	if err := w.another(t, func(c *client.Config) { c.Store = store }).Logout(t.Context()); !errors.Is(err, errStore) {
		t.Errorf("got %v, want %v", err, errStore)
	}
	store.fail(nil, nil, nil)
	_ = store.Save(t.Context(), client.Token{SessionID: "half"})
	if _, err := w.Token(t.Context()); err == nil || !strings.Contains(err.Error(), "without its tokens") {
		t.Errorf("got %v, want that the store is at fault", err)
	}
}

// TestDeleteFails wants the session to be over here, although it is stored.
func TestDeleteFails(t *testing.T) {
	w, store := newFaulty(t)
	store.fail(nil, nil, errStore)
	if err := w.Logout(t.Context()); !errors.Is(err, errStore) {
		t.Errorf("got %v, want %v", err, errStore)
	}
	if _, err := w.Token(t.Context()); !errors.Is(err, client.ErrLoggedOut) || !errors.Is(err, errStore) {
		t.Errorf("got %v, want %v and %v", err, client.ErrLoggedOut, errStore)
	}
	if err := w.Logout(t.Context()); !errors.Is(err, errStore) {
		t.Errorf("again: got %v, want %v", err, errStore)
	}
	store.fail(nil, nil, nil)
	if _, err := w.Token(t.Context()); !errors.Is(err, client.ErrLoggedOut) || errors.Is(err, errStore) {
		t.Errorf("got %v, want %v", err, client.ErrLoggedOut)
	}
	if _, err := store.Load(t.Context()); !errors.Is(err, client.ErrNoToken) {
		t.Errorf("store: got %v, want %v", err, client.ErrNoToken)
	}
	w.wantCount(t, "/auth/logout", 1)
	// The same when it is the server that ends it.
	if err := w.Login(t.Context(), username, password); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(time.Hour)
	w.server.revoke()
	store.fail(nil, nil, errStore)
	_, err := w.Token(t.Context())
	wantError(t, err, 401, "token_revoked")
	if !errors.Is(err, client.ErrLoggedOut) || !errors.Is(err, errStore) {
		t.Errorf("got %v, want %v and %v", err, client.ErrLoggedOut, errStore)
	}
	_, _ = w.Token(t.Context())
	w.wantCount(t, "/auth/refresh", 1)
}
