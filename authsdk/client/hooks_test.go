package client_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk/client"
)

// journal is what the hooks of a client were called with. They are called one
// at a time, so it has no lock: the race detector would tell.
type journal struct{ lines []string }

func (j *journal) hooks(c *client.Config) {
	c.OnSave = func(tok client.Token) { j.lines = append(j.lines, "saved "+tok.RefreshToken) }
	c.OnLogout = func(err error) {
		var e *client.Error
		switch {
		case !errors.Is(err, client.ErrLoggedOut):
			j.lines = append(j.lines, fmt.Sprintf("no log-out: %v", err))
		case errors.As(err, &e):
			j.lines = append(j.lines, "ended "+e.Code)
		default:
			j.lines = append(j.lines, "logged out")
		}
	}
}

func (j *journal) want(t *testing.T, want ...string) {
	t.Helper()
	if !slices.Equal(j.lines, want) {
		t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(j.lines, "\n\t"), strings.Join(want, "\n\t"))
	}
	j.lines = nil
}

func TestHooks(t *testing.T) {
	store, j := new(faultyStore), new(journal)
	share := func(c *client.Config) { c.Store = store }
	w := newWorld(t, share, j.hooks)
	j.want(t, "saved refresh.session-1.1")
	w.wantMe(t)
	j.want(t)
	w.clock.Advance(time.Hour)
	w.wantMe(t)
	j.want(t, "saved refresh.session-1.2")

	// What the store did not take was not saved, and is told once it has.
	w.clock.Advance(time.Hour)
	store.fail(nil, errStore, nil)
	for range 2 {
		if _, err := w.Token(t.Context()); !errors.Is(err, errStore) {
			t.Fatalf("got %v, want %v", err, errStore)
		}
	}
	j.want(t)
	store.fail(nil, nil, nil)
	w.wantMe(t)
	j.want(t, "saved refresh.session-1.3")

	// Whom the server does not answer is not logged out.
	w.clock.Advance(time.Hour)
	w.server.setFault(failing("/auth/refresh", 503, "server_busy"))
	if _, err := w.Token(t.Context()); err == nil {
		t.Fatal("got a token")
	}
	j.want(t)
	w.server.setFault(nil)
	w.clock.Advance(time.Minute)

	// Another process refreshes, and logs out.
	other := w.another(t, share)
	if _, err := other.Token(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.wantMe(t)
	j.want(t)
	if err := other.Logout(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(time.Hour)
	for range 2 {
		if _, err := w.Token(t.Context()); !errors.Is(err, client.ErrLoggedOut) {
			t.Fatalf("got %v, want %v", err, client.ErrLoggedOut)
		}
	}
	j.want(t, "logged out")

	// The server ends a session; nobody is told twice.
	for range 2 {
		if err := w.Login(t.Context(), username, password); err != nil {
			t.Fatal(err)
		}
	}
	j.want(t, "saved refresh.session-2.1", "saved refresh.session-3.1")
	w.server.revoke()
	w.clock.Advance(time.Hour)
	for range 2 {
		if _, err := w.Token(t.Context()); !errors.Is(err, client.ErrLoggedOut) {
			t.Fatalf("got %v, want %v", err, client.ErrLoggedOut)
		}
	}
	j.want(t, "ended token_revoked")

	// And here.
	if err := w.Login(t.Context(), username, password); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := w.Logout(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	j.want(t, "saved refresh.session-4.1", "logged out")
}
