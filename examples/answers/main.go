// Answers is a service in chi that says in its own words what is wrong with a
// token: nothing of its answers is the SDK's.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"os"

	"github.com/go-chi/chi/v5"

	"github.com/authsdk/authsdk-go/adapters/authchi"
	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/security"
)

func main() {
	keys := must(authsdk.NewKeySet(must(authsdk.GenerateKey(authsdk.ES256)))) // a real service reads its key
	log.Fatal(http.ListenAndServe("127.0.0.1:8080", newHandler("http://127.0.0.1:8080", keys)))
}

func newHandler(url string, keys *authsdk.KeySet) http.Handler {
	logger := slog.New(slog.NewTextHandler(os.Stderr, nil))
	verifier := must(authsdk.NewVerifier(authsdk.VerifierConfig{
		Issuer: url, Keys: keys,
		Render:  answer,
		OnError: func(r *http.Request, err error) { logger.WarnContext(r.Context(), "refused", "cause", err) },
	}))
	r := chi.NewRouter()
	r.With(authchi.Require(verifier, authsdk.Policy{})).Get("/notes", notes)
	return r
}

// answer writes every refusal of the guards. What depends on the code is
// looked up; everything else is common.
func answer(w http.ResponseWriter, _ *http.Request, e *authsdk.Error) {
	text, known := map[string]string{
		authsdk.ErrTokenExpired.Code: "Your visit has ended. Please log in again.",
		authsdk.ErrTokenMissing.Code: "Please log in first.",
	}[e.Code]
	if !known {
		text = "This is not possible."
	}
	e.SetHeaders(w.Header()) // WWW-Authenticate, Retry-After
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(e.Status)
	err := json.NewEncoder(w).Encode(map[string]any{"ok": false, "reason": e.Code, "message": text})
	if err != nil {
		log.Print(err) // the caller has gone
	}
}

func notes(w http.ResponseWriter, r *http.Request) {
	caller, _ := security.PrincipalFrom(r.Context())
	fmt.Fprintf(w, "The notes of %s.\n", caller.Subject)
}

func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}
