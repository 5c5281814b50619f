package authhttp_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"
	"weak"

	"github.com/authsdk/authsdk-go/adapters/authhttp"
	"github.com/authsdk/authsdk-go/authsdk"
)

// TestKeptStrings: whoever keeps a string of the claims does not keep the request
// that they came with.
func TestKeptStrings(t *testing.T) {
	t.Parallel()
	key, err := authsdk.GenerateKey(authsdk.HS256)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := authsdk.NewKeySet(key)
	if err != nil {
		t.Fatal(err)
	}
	issuer, err := authsdk.NewIssuer(authsdk.IssuerConfig{Issuer: "https://auth.example", Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := authsdk.NewVerifier(authsdk.VerifierConfig{Issuer: "https://auth.example", Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	token, err := issuer.Issue(t.Context(), authsdk.Claims{Subject: "alice"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	type held [1 << 16]byte // what belongs to a request
	type name struct{}
	ask := func() (subject string, request weak.Pointer[held]) {
		guarded := authhttp.Require(verifier, authsdk.Policy{})(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if claims, ok := authsdk.ClaimsFrom(r.Context()); ok {
				subject = claims.Subject
			}
		}))
		value := new(held)
		r := httptest.NewRequestWithContext(context.WithValue(t.Context(), name{}, value), http.MethodGet, "/", http.NoBody)
		r.Header.Set("Authorization", "Bearer "+token)
		guarded.ServeHTTP(httptest.NewRecorder(), r)
		return subject, weak.Make(value)
	}
	for range 2 { // the second token is read behind what the first began with
		subject, request := ask()
		if subject != "alice" {
			t.Fatalf("got the subject %q", subject)
		}
		for range 3 {
			runtime.GC()
		}
		if request.Value() != nil {
			t.Error("the request is still in memory")
		}
		runtime.KeepAlive(subject)
	}
}
