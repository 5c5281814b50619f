package oauth_test

import (
	"testing"

	"github.com/authsdk/authsdk-go/authsdk/oauth"
)

func BenchmarkService(b *testing.B) {
	l := newLab(b)
	register := func(id, grant string) oauth.Credentials {
		r := oauth.Registration{ID: id, Grants: []string{grant}, Scopes: []string{"read"}}
		return oauth.Credentials{ID: id, Secret: must[string](b)(oauth.Register(b.Context(), l.store, r, start))}
	}
	reports, gateway := register("reports", oauth.GrantClientCredentials), register("gateway", oauth.GrantIntrospection)
	ask := oauth.TokenRequest{Client: reports, GrantType: oauth.GrantClientCredentials}
	token := must[*oauth.Tokens](b)(l.Token(b.Context(), ask)).AccessToken
	b.Run("client credentials", func(b *testing.B) {
		for b.Loop() {
			must[*oauth.Tokens](b)(l.Token(b.Context(), ask))
		}
	})
	b.Run("introspect", func(b *testing.B) {
		for b.Loop() {
			if c, err := l.Introspect(b.Context(), gateway, token); err != nil || c == nil {
				b.Fatal(c, err)
			}
		}
	})
	b.Run("a wrong secret", func(b *testing.B) {
		for b.Loop() {
			if _, err := l.Authenticate(b.Context(), oauth.Credentials{ID: "reports", Secret: "wrong"}); err == nil {
				b.Fatal("it is accepted")
			}
		}
	})
	b.Run("an unknown client", func(b *testing.B) {
		for b.Loop() {
			if _, err := l.Authenticate(b.Context(), oauth.Credentials{ID: "nobody", Secret: "wrong"}); err == nil {
				b.Fatal("it is accepted")
			}
		}
	})
}
