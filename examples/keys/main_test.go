package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk/keyring"
	"github.com/authsdk/authsdk-go/authsdk/remotekeys"
)

// TestKeys: while keys change every four seconds, no token is refused.
func TestKeys(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var s *server
	ts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.handler().ServeHTTP(w, r) }))
	defer ts.Close()
	s = must(newServer(ctx, ts.URL, filepath.Join(t.TempDir(), "keys.json"), keyring.RotatorConfig{
		Every: 4 * time.Second, Timing: keyring.Timing{Ahead: 3 * time.Second, Keep: time.Minute},
	}))
	service := must(newService(ctx, remotekeys.Config{
		Issuer: ts.URL, InsecureHTTP: true, InsecurePrivateAddresses: true, Every: time.Second, Cooldown: 100 * time.Millisecond,
	}))
	get := func(url string) string {
		res := must(http.Get(url))
		defer res.Body.Close()
		return string(must(io.ReadAll(res.Body)))
	}
	signers := map[string]bool{}
	for deadline := time.Now().Add(6 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if err := s.keys.Reload(ctx); err != nil { // Watch does it once a minute
			t.Fatal(err)
		}
		token := get(ts.URL + "/token")
		signers[token[:100]] = true
		r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/hello", http.NoBody)
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		service.ServeHTTP(w, r)
		if w.Code != http.StatusOK || w.Body.String() != "Hello, alice.\n" {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	if len(signers) < 2 {
		t.Error("the keys did not change")
	}
}
