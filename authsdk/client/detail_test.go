package client_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/client"
)

// TestOwnDetails: no word of the SDK's own texts is taken for the password,
// as the gap would tell it; in others the password is taken out.
func TestOwnDetails(t *testing.T) {
	source := string(must[[]byte](t)(os.ReadFile("../errors.go")))
	_, source, _ = strings.Cut(source, "ErrTokenMissing = ")
	own := regexp.MustCompile(`Code: "([^"]+)",.* Detail: ("[^"]+")`).FindAllStringSubmatch(source, -1)
	if all := strings.Count(source, "&Error{"); all == 0 || len(own) != all {
		t.Fatalf("errors.go: found %d texts of %d", len(own), all)
	}
	for _, m := range own {
		var detail string
		if err := json.Unmarshal([]byte(m[2]), &detail); err != nil {
			t.Fatal(err)
		}
		for _, word := range append(strings.Fields(detail), detail, "e") {
			if got := refuse(t, m[1], detail, word); got != detail {
				t.Errorf("%s, password %q: got %q, want %q", m[1], word, got, detail)
			}
		}
	}

	wrong := authsdk.ErrInvalidCredentials
	for _, tt := range []struct{ code, detail, want string }{
		{wrong.Code, "Not secret.", "Not …."},
		{wrong.Code, wrong.Detail + " secret", wrong.Detail + " …"},
		{"of_another", wrong.Detail + "secret", wrong.Detail + "…"},
	} {
		if got := refuse(t, tt.code, tt.detail, "secret"); got != tt.want {
			t.Errorf("%s %q: got %q, want %q", tt.code, tt.detail, got, tt.want)
		}
	}
	// A text counts as the SDK's own only with its own code.
	if got, want := refuse(t, "of_another", wrong.Detail, "wrong"), strings.Replace(wrong.Detail, "wrong", "…", 1); got != want {
		t.Errorf("own text with another code: got %q, want %q", got, want)
	}
}

// refuse returns the detail of the error of a login that the server turns down.
func refuse(t *testing.T, code, detail, password string) string {
	t.Helper()
	body := must[[]byte](t)(json.Marshal(map[string]string{"code": code, "detail": detail}))
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write(body)
	}))
	defer srv.Close()
	c := must[*client.Client](t)(client.New(client.Config{BaseURL: srv.URL, HTTPClient: srv.Client()}))
	var e *client.Error
	if err := c.Login(t.Context(), username, password); !errors.As(err, &e) {
		t.Fatalf("Login: got %v, want an Error", err)
	}
	return e.Detail
}
