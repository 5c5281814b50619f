package client_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk/client"
)

// TestLockWaiter lets callers leave by their context while another process has
// the lock; the flight waits on.
func TestLockWaiter(t *testing.T) {
	store := client.NewFileStore(filepath.Join(t.TempDir(), "tokens.json"))
	w := newWorld(t, func(c *client.Config) { c.Store = store })
	w.clock.Advance(time.Hour)
	unlock := must[func()](t)(store.Lock(t.Context()))
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	for name, f := range map[string]func() error{
		"Token":  func() error { _, err := w.Token(ctx); return err },
		"GET":    func() error { _, _, err := w.me(ctx); return err },
		"Logout": func() error { return w.Logout(ctx) },
		"Lock":   func() error { _, err := store.Lock(ctx); return err },
	} {
		if err := f(); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: got %v, want %v", name, err, context.DeadlineExceeded)
		}
	}
	w.wantCount(t, "/auth/refresh", 0)
	unlock()
	w.wantMe(t)
	w.wantCount(t, "/auth/refresh", 1)
	w.wantCount(t, "/auth/logout", 0)
}

// TestLoginLocked wants a login to be saved after the refresh under way in
// another process, and not to be replaced by its pair.
func TestLoginLocked(t *testing.T) {
	store := client.NewFileStore(filepath.Join(t.TempDir(), "tokens.json"))
	file := func(c *client.Config) { c.Store = store }
	w := newWorld(t, file)
	other := w.another(t, file)
	w.clock.Advance(time.Hour)
	entered, leave := make(chan struct{}), make(chan struct{})
	w.wire.cut(nil, only("/auth/refresh", func(*http.Request) error {
		close(entered)
		<-leave
		return nil
	}))
	refreshed, loggedIn := make(chan error, 1), make(chan error, 1)
	go func() { _, err := w.Token(t.Context()); refreshed <- err }()
	<-entered
	go func() { loggedIn <- other.Login(t.Context(), username, password) }()
	select {
	case err := <-loggedIn:
		close(leave)
		t.Fatalf("Login did not wait for the refresh: %v", err)
	case <-time.After(100 * time.Millisecond):
	}
	close(leave)
	wantNone(t, <-refreshed)
	wantNone(t, <-loggedIn)
	if got := must[client.Token](t)(store.Load(t.Context())); got.SessionID != "session-2" {
		t.Errorf("stored %s, want session-2", got.SessionID)
	}
}

// TestLockFile wants a lock file that others cannot hold, and a stored token
// to be used where none can be made.
func TestLockFile(t *testing.T) {
	onUnix(t)
	path := filepath.Join(t.TempDir(), "new", "tokens.json")
	store := client.NewFileStore(path)
	w := newWorld(t, func(c *client.Config) { c.Store = store })
	w.clock.Advance(time.Hour)
	w.wantMe(t)
	info := must[os.FileInfo](t)(os.Stat(path + ".lock"))
	if got := info.Mode().Perm(); got != 0o600 || info.Size() != 0 {
		t.Errorf("got %04o and %d bytes, want 0600 and none", got, info.Size())
	}
	if err := os.Remove(path + ".lock"); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path+".lock", 0o700); err != nil { // as good as a folder that may not be written
		t.Fatal(err)
	}
	reader := w.another(t, func(c *client.Config) { c.Store = store })
	if _, err := reader.Token(t.Context()); err != nil {
		t.Errorf("a good token: got %v", err)
	}
	w.clock.Advance(time.Hour)
	if _, err := reader.Token(t.Context()); err == nil || !strings.Contains(err.Error(), path+".lock") || errors.Is(err, client.ErrLoggedOut) {
		t.Errorf("got %v, want an error that names the lock", err)
	}
	w.wantCount(t, "/auth/refresh", 1)
	if err := reader.Login(t.Context(), username, password); err == nil || !strings.Contains(err.Error(), "could not be saved") {
		t.Errorf("Login: got %v, want that it could not be saved", err)
	}
	// The session can be ended all the same.
	if err := reader.Logout(t.Context()); err != nil {
		t.Errorf("Logout: %v", err)
	}
	if got := w.server.received("/auth/logout"); len(got) != 1 || !strings.Contains(got[0], "session-2") {
		t.Errorf("logged out %q, want session-2", got)
	}
}
