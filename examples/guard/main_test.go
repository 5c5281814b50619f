package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/authsdk/authsdk-go/authsdk"
)

// TestGuard: tokens of the issuer open the route, others do not.
func TestGuard(t *testing.T) {
	key, err := authsdk.GenerateKey(authsdk.ES256)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := authsdk.NewKeySet(key)
	if err != nil {
		t.Fatal(err)
	}
	auth := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(keys.PublicJWKS())
	}))
	defer auth.Close()
	issuer, err := authsdk.NewIssuer(authsdk.IssuerConfig{Issuer: auth.URL, Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	handler, err := guarded(t.Context(), auth.URL)
	if err != nil {
		t.Fatal(err)
	}
	ts := httptest.NewServer(handler)
	defer ts.Close()
	for scope, want := range map[string]int{"read": 200, "write": 403} {
		token, err := issuer.Issue(t.Context(), authsdk.Claims{Subject: "alice", Scopes: []string{scope}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, ts.URL+"/hello", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(res.Body)
		res.Body.Close()
		if res.StatusCode != want || want == 200 && string(body) != "Hello, alice.\n" {
			t.Errorf("a token for %s: %d %s, want %d", scope, res.StatusCode, body, want)
		}
	}
	auth.Close()
	if _, err := guarded(t.Context(), auth.URL); err == nil {
		t.Error("no error although the server is away")
	}
}
