package oauth_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/memstore"
	"github.com/authsdk/authsdk-go/authsdk/oauth"
)

func TestRegister(t *testing.T) {
	t.Parallel()
	store := memstore.New()
	for _, c := range []struct {
		name string
		r    oauth.Registration
		want string // a part of the error
	}{
		{"nothing", oauth.Registration{}, "must begin with a letter or digit"},
		{"a blank", oauth.Registration{ID: "a b"}, "must begin with"},
		{"a control character", oauth.Registration{ID: "a\n"}, "must begin with"},
		{"too long", oauth.Registration{ID: strings.Repeat("a", 129)}, "must begin with"},
		{"what decodes to something else", oauth.Registration{ID: "a+b"}, "must begin with"},
		{"a user's subject", oauth.Registration{ID: "BGSTEEEE2LSIE6GITIYGNHLKEA"}, "looks like the subject of a user"},
		{"an unknown grant", oauth.Registration{ID: "a", Grants: []string{"implicit"}}, `the grant "implicit" must be`},
		{"a public service", oauth.Registration{ID: "a", Public: true, Grants: []string{"client_credentials"}}, "needs a secret"},
		{"a public gateway", oauth.Registration{ID: "a", Public: true, Grants: []string{"introspection"}}, "needs a secret"},
		{"two scopes in one", oauth.Registration{ID: "a", Scopes: []string{"a b"}}, "the scope"},
		{"an empty scope", oauth.Registration{ID: "a", Scopes: []string{""}}, "the scope"},
		{"an empty audience", oauth.Registration{ID: "a", Audience: []string{""}}, "the audience"},
		{"33 audiences", oauth.Registration{ID: "a", Audience: make([]string, 33)}, "at most 32"},
	} {
		secret, err := oauth.Register(t.Context(), store, c.r, start)
		if !errors.Is(err, oauth.ErrInvalid) || !strings.Contains(err.Error(), c.want) || secret != "" {
			t.Errorf("%s: got %q and error %v, want %s", c.name, secret, err, c.want)
		}
	}
	seen := map[string]bool{}
	for i := range 100 {
		id := fmt.Sprint("client-", i)
		secret := must[string](t)(oauth.Register(t.Context(), store, oauth.Registration{ID: id}, start))
		c := must[oauth.Client](t)(store.Client(t.Context(), id))
		sum := sha256.Sum256([]byte(secret))
		if len(secret) != 43 || seen[secret] || !bytes.Equal(c.SecretHash, sum[:]) || c.Public() {
			t.Fatalf("%s: the secret %q is kept as %x", id, secret, c.SecretHash)
		}
		seen[secret] = true
	}
	if _, err := oauth.Register(t.Context(), store, oauth.Registration{ID: "client-1"}, start); !errors.Is(err, oauth.ErrExists) {
		t.Errorf("a name that is taken: got %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := oauth.Register(ended, store, oauth.Registration{ID: "late"}, start); !errors.Is(err, authsdk.ErrStoreUnavailable) {
		t.Errorf("a store that does not answer: got %v", err)
	}
	public := must[string](t)(oauth.Register(t.Context(), store, oauth.Registration{ID: "app", Public: true}, start))
	if c := must[oauth.Client](t)(store.Client(t.Context(), "app")); public != "" || !c.Public() || c.Grants[0] != oauth.GrantRefreshToken {
		t.Errorf("a public client: got the secret %q and %+v", public, c)
	}
}

// TestSecretsAreNotPrinted: in no verb and in no log.
func TestSecretsAreNotPrinted(t *testing.T) {
	t.Parallel()
	const secret = "s3cr3t"
	by := oauth.Credentials{ID: "reports", Secret: secret}
	for _, v := range []any{
		by,
		oauth.TokenRequest{Client: by, Password: secret, RefreshToken: secret},
		oauth.Tokens{AccessToken: secret, RefreshToken: secret},
		oauth.Client{ID: "reports", SecretHash: []byte(secret)},
	} {
		var out strings.Builder
		slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "v", v)
		if text := fmt.Sprintf("%v %+v %#v %s", v, v, v, v) + out.String(); strings.Contains(text, secret) || strings.Contains(text, fmt.Sprintf("%x", secret)) {
			t.Errorf("%T is printed as %s", v, text)
		}
	}
}
