package routes_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/bench/internal/peers"
	"github.com/authsdk/authsdk-go/bench/internal/routes"
)

// TestRoutes: every guard lets the handler know the caller, and refuses a token
// with a wrong signature, of another issuer, and for another audience.
func TestRoutes(t *testing.T) {
	f, err := peers.NewFixture(t.Context(), authsdk.HS256)
	if err != nil {
		t.Fatal(err)
	}
	issue := func(issuer, audience string) string {
		token, err := f.Issue(t.Context(), authsdk.IssuerConfig{Issuer: issuer, Audience: []string{audience}}, f.Claims())
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	for _, r := range routes.All() {
		t.Run(r.ID(), func(t *testing.T) {
			h, err := r.Build(f)
			if err != nil {
				t.Fatal(err)
			}
			send := func(token string) int { return routes.NewClient(t.Context(), h, token).Send() }
			if got := send(f.Token); got != r.Want() {
				t.Errorf("got %d, want %d", got, r.Want())
			}
			if r.Guard == routes.Bare {
				return
			}
			for what, token := range map[string]string{
				"signature": f.Token[:strings.LastIndexByte(f.Token, '.')+1] + strings.Repeat("A", 43),
				"issuer":    issue("https://other.example", peers.Audience),
				"audience":  issue(peers.Issuer, "https://other.example"),
			} {
				if got := send(token); got != http.StatusUnauthorized {
					t.Errorf("wrong %s: got %d, want 401", what, got)
				}
			}
		})
	}
}
