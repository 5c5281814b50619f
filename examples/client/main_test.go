package main

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/authsdk/authsdk-go/adapters/authhttp"
	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/memstore"
	"github.com/authsdk/authsdk-go/authsdk/server"
	"github.com/authsdk/authsdk-go/authsdk/session"
	"github.com/authsdk/authsdk-go/authsdk/users"
)

// newServer is the endpoints with one user.
func newServer(t *testing.T) (string, *memstore.Store) {
	t.Helper()
	mux := http.NewServeMux()
	ts := httptest.NewServer(mux)
	t.Cleanup(ts.Close)
	store := memstore.New()
	keys := must(t)(authsdk.NewKeySet(mustKey(t)))
	accounts, err := users.New(users.Config{Store: store})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := accounts.Add(t.Context(), "alice", "correct horse", []string{"read"}, nil); err != nil {
		t.Fatal(err)
	}
	issuer, err := authsdk.NewIssuer(authsdk.IssuerConfig{Issuer: ts.URL, Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	sessions, err := session.New(session.Config{Issuer: issuer, Store: store, Accounts: accounts})
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := authsdk.NewVerifier(authsdk.VerifierConfig{Issuer: ts.URL, Keys: keys, Revoked: sessions.Revoked})
	if err != nil {
		t.Fatal(err)
	}
	endpoints, err := server.New(server.Config{Sessions: sessions, Verifier: verifier, Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	authhttp.Mount(mux, endpoints, authhttp.Options{})
	return ts.URL, store
}

func mustKey(t *testing.T) *authsdk.Key {
	t.Helper()
	key, err := authsdk.GenerateKey(authsdk.ES256)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func must(t *testing.T) func(*authsdk.KeySet, error) *authsdk.KeySet {
	t.Helper()
	return func(keys *authsdk.KeySet, err error) *authsdk.KeySet {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return keys
	}
}

func TestClient(t *testing.T) {
	url, store := newServer(t)
	var out strings.Builder
	if err := run(t.Context(), &out, url, "alice", "correct horse"); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); !strings.HasPrefix(got, "200 OK\n") || !strings.Contains(got, `"scope":"read"`) {
		t.Errorf("printed %s", got)
	}
	all, err := store.Users(t.Context())
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	if err := run(t.Context(), &out, url, "alice", "wrong horse"); err == nil {
		t.Error("no error for a wrong password")
	}
}

// TestKeep logs in once, and goes on with the file until the session is ended.
func TestKeep(t *testing.T) {
	url, _ := newServer(t)
	file := filepath.Join(t.TempDir(), "tokens.json")
	var out strings.Builder
	if err := keep(t.Context(), &out, url, "alice", "correct horse", file); err != nil {
		t.Fatal(err)
	}
	if err := keep(t.Context(), &out, url, "alice", "of no use now", file); err != nil {
		t.Fatal(err)
	}
	const one = "kept until X\nsession example client, current: true\nread 200 200 200\n"
	got := regexp.MustCompile(`until .*`).ReplaceAllString(out.String(), "until X")
	if want := one + strings.TrimPrefix(one, "kept until X\n"); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	c, err := open(&out, url, file)
	if err != nil {
		t.Fatal(err)
	}
	out.Reset()
	if err := c.Logout(t.Context()); err != nil || out.String() != "log in again: client: not logged in\n" {
		t.Errorf("got %q %v, want that somebody is told", out.String(), err)
	}
}
