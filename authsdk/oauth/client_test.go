package oauth_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
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

// TestNewSecret: the old secret is refused, and nothing that was issued is lost.
func TestNewSecret(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	old := l.register(t, oauth.Registration{
		ID: "app", Scopes: []string{"read"}, Audience: []string{"https://api.example"},
		Grants: []string{oauth.GrantClientCredentials, oauth.GrantPassword, oauth.GrantRefreshToken},
	})
	issued := must[*oauth.Tokens](t)(l.Token(t.Context(), oauth.TokenRequest{Client: old, GrantType: oauth.GrantPassword, Username: "alice", Password: "right"}))
	before := must[oauth.Client](t)(l.store.Client(t.Context(), "app"))
	now := old
	now.Secret = must[string](t)(oauth.NewSecret(t.Context(), l.store, "app"))
	after := must[oauth.Client](t)(l.store.Client(t.Context(), "app"))
	sum := sha256.Sum256([]byte(now.Secret))
	if len(now.Secret) != 43 || now.Secret == old.Secret || !bytes.Equal(after.SecretHash, sum[:]) {
		t.Errorf("the secret %q after %q is kept as %x", now.Secret, old.Secret, after.SecretHash)
	}
	if before.SecretHash = after.SecretHash; !reflect.DeepEqual(after, before) {
		t.Errorf("of %s more than the secret has changed", after)
	}
	for _, grant := range []string{oauth.GrantClientCredentials, oauth.GrantRefreshToken} { // the refresh token is not spent by the first
		for _, c := range []struct {
			by   oauth.Credentials
			want error
		}{{old, oauth.ErrInvalidClient}, {oauth.Credentials{ID: "app"}, oauth.ErrInvalidClient}, {now, nil}} {
			_, err := l.Token(t.Context(), oauth.TokenRequest{Client: c.by, GrantType: grant, RefreshToken: issued.RefreshToken})
			if !errors.Is(err, c.want) {
				t.Errorf("%s with %q: got %v, want %v", grant, c.by.Secret, err, c.want)
			}
		}
	}
}

// wavering is a store whose client is removed, and becomes public, whenever it was read.
type wavering struct{ *memstore.Store }

func (w wavering) Client(ctx context.Context, id string) (oauth.Client, error) {
	c, err := w.Store.Client(ctx, id)
	public := c
	public.SecretHash = nil
	return c, errors.Join(err, w.RemoveClient(ctx, id), w.AddClient(ctx, public))
}

func TestNewSecretRefused(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	for _, r := range []oauth.Registration{{ID: "reports"}, {ID: "other"}, {ID: "app", Public: true}} {
		l.register(t, r)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		name  string
		ctx   context.Context
		store oauth.Store
		id    string
		want  error
	}{
		{"a public client", t.Context(), l.store, "app", oauth.ErrInvalid},
		{"an unknown one", t.Context(), l.store, "nobody", oauth.ErrNotFound},
		{"a name that nobody has", t.Context(), picky{l.store}, "\xff", oauth.ErrNotFound},
		{"a store that does not answer", ended, l.store, "reports", authsdk.ErrStoreUnavailable},
		{"one that is public by now", t.Context(), wavering{l.store}, "other", oauth.ErrNotFound},
	} {
		before, _ := l.store.Client(t.Context(), c.id)
		secret, err := oauth.NewSecret(c.ctx, c.store, c.id)
		if !errors.Is(err, c.want) || secret != "" {
			t.Errorf("%s: got %q and error %v, want %v", c.name, secret, err, c.want)
		}
		after, _ := l.store.Client(t.Context(), c.id)
		if c.id == "other" {
			before.SecretHash = nil
		}
		if !bytes.Equal(after.SecretHash, before.SecretHash) {
			t.Errorf("%s: the client has another secret", c.name)
		}
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
