package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
)

// ask returns the status of an answer, and the token in it.
func ask(t *testing.T, h http.Handler, method, path, token, body string) (status int, access string) {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	var pair struct {
		AccessToken string `json:"access_token"`
	}
	if w.Code == http.StatusOK && strings.HasPrefix(path, "/auth/") {
		if err := json.Unmarshal(w.Body.Bytes(), &pair); err != nil {
			t.Fatal(err)
		}
	}
	return w.Code, pair.AccessToken
}

func TestRevocation(t *testing.T) {
	path := filepath.Join(t.TempDir(), "auth.db")
	keys := must(authsdk.NewKeySet(must(authsdk.GenerateKey(authsdk.ES256))))
	auth, orders := newAuth(path, keys), newOrders(path, keys)
	alice, err := auth.users.Add(t.Context(), "alice", "correct horse", nil, []string{"admin"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var running sync.WaitGroup
	for _, s := range []*service{auth, orders} {
		running.Go(func() { s.list.Run(ctx) })
	}
	t.Cleanup(func() { cancel(); running.Wait() })
	login := func() string {
		t.Helper()
		status, token := ask(t, auth.handler, http.MethodPost, "/auth/login", "", `{"username":"alice","password":"correct horse"}`)
		if status != http.StatusOK {
			t.Fatalf("login: got %d", status)
		}
		return token
	}
	wants := func(what, token string, want int) {
		t.Helper()
		var got int
		for deadline := time.Now().Add(2 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
			if got, _ = ask(t, orders.handler, http.MethodGet, "/orders", token, ""); got == want {
				return
			}
		}
		t.Errorf("%s: got %d, want %d", what, got, want)
	}
	phone, laptop := login(), login()
	wants("phone", phone, http.StatusOK)
	wants("laptop", laptop, http.StatusOK)
	if status, _ := ask(t, auth.handler, http.MethodPut, "/password", laptop, ""); status != http.StatusNoContent {
		t.Fatalf("change of the password: got %d", status)
	}
	wants("phone after the change", phone, http.StatusUnauthorized)
	wants("laptop after the change", laptop, http.StatusOK)
	if status, _ := ask(t, auth.handler, http.MethodDelete, "/tokens/"+alice.ID, laptop, ""); status != http.StatusNoContent {
		t.Fatalf("revoke all: got %d", status)
	}
	wants("laptop after all was revoked", laptop, http.StatusUnauthorized)
	if status, _ := ask(t, orders.handler, http.MethodGet, "/readyz", "", ""); status != http.StatusOK {
		t.Errorf("readyz: got %d, want 200", status)
	}
}
