package authsdk_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
)

// option is one field of a configuration: what happens with it and without.
type option[C any] struct {
	field string
	given func(*C) // holds in both cases; may be nil
	set   func(*C)
	// outcome tells in a word what a configuration leads to.
	outcome       func(*testing.T, C) string
	without, with string
}

// checkOptions tries every option, and wants one for each field of C, so that
// a new field is not forgotten.
func checkOptions[C any](t *testing.T, base func() C, options []option[C]) {
	t.Helper()
	seen := map[string]bool{}
	for _, o := range options {
		seen[o.field] = true
		t.Run(o.field, func(t *testing.T) {
			without, with := base(), base()
			if o.given != nil {
				o.given(&without)
				o.given(&with)
			}
			o.set(&with)
			if got := o.outcome(t, without); got != o.without {
				t.Errorf("without it:\n got %s\nwant %s", got, o.without)
			}
			if got := o.outcome(t, with); got != o.with {
				t.Errorf("with it:\n got %s\nwant %s", got, o.with)
			}
		})
	}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[C]()) {
		if !seen[field.Name] {
			t.Errorf("the field %s has no row that shows its effect", field.Name)
		}
		delete(seen, field.Name)
	}
	for name := range seen {
		t.Errorf("there is no field %s", name)
	}
}

// mistake is a value that a constructor refuses, and what it says.
type mistake[C any] struct {
	set  func(*C)
	want string
}

func checkMistakes[C any](t *testing.T, base func() C, construct func(C) error, mistakes []mistake[C]) {
	t.Helper()
	if err := construct(base()); err != nil {
		t.Errorf("without a mistake: %v", err)
	}
	for _, m := range mistakes {
		cfg := base()
		m.set(&cfg)
		if err := construct(cfg); err == nil || err.Error() != m.want {
			t.Errorf("\n got %v\nwant %s", err, m.want)
		}
	}
}

// members returns header and claims of a token, each as its JSON text.
func members(t *testing.T, token string) map[string]string {
	t.Helper()
	texts := map[string]string{}
	for _, segment := range strings.Split(token, ".")[:2] {
		var raw map[string]json.RawMessage
		data := must[[]byte](t)(base64.RawURLEncoding.DecodeString(segment))
		if err := json.Unmarshal(data, &raw); err != nil {
			t.Fatal(err)
		}
		for name, text := range raw {
			texts[name] = string(text)
		}
	}
	return texts
}

// otherSecret is that of a second key.
var otherSecret = []byte("-_zyxwvutsrqponmlkjihgfedcba9876543210ZYXWVUTSRQPONMLKJIHGFEDCBA")

func otherKeys(t testing.TB) *authsdk.KeySet {
	t.Helper()
	return must[*authsdk.KeySet](t)(authsdk.NewKeySet(must[*authsdk.Key](t)(authsdk.NewSecretKey(authsdk.HS256, otherSecret))))
}

// publicKeys is a set that cannot sign.
func publicKeys(t testing.TB) *authsdk.KeySet {
	t.Helper()
	private := must[*authsdk.KeySet](t)(authsdk.NewKeySet(must[*authsdk.Key](t)(authsdk.GenerateKey(authsdk.EdDSA))))
	return must[*authsdk.KeySet](t)(authsdk.ParseKeySet(private.PublicJWKS()))
}

func TestIssuerOptions(t *testing.T) {
	t.Parallel()
	base := func() authsdk.IssuerConfig {
		return authsdk.IssuerConfig{Issuer: testIssuer, Keys: hmacKeys(t), Now: fixedClock}
	}
	// says is a member of a token of some type, as JSON; absent is "".
	says := func(kind authsdk.TokenType, member string) func(*testing.T, authsdk.IssuerConfig) string {
		return func(t *testing.T, cfg authsdk.IssuerConfig) string {
			t.Helper()
			issuer := must[*authsdk.Issuer](t)(authsdk.NewIssuer(cfg))
			token := must[string](t)(issuer.Issue(t.Context(), authsdk.Claims{Type: kind, Subject: "alice"}, nil))
			return members(t, token)[member]
		}
	}
	type cfg = authsdk.IssuerConfig
	checkOptions(t, base, []option[cfg]{
		{"Issuer", nil, func(c *cfg) { c.Issuer = "https://other.example" }, says(authsdk.Access, "iss"), `"https://auth.example"`, `"https://other.example"`},
		{
			"Keys", nil, func(c *cfg) { c.Keys = otherKeys(t) }, says(authsdk.Access, "kid"),
			`"` + hmacKeys(t).Signer().ID() + `"`, `"` + otherKeys(t).Signer().ID() + `"`,
		},
		{"Audience", nil, func(c *cfg) { c.Audience = []string{"a", "b"} }, says(authsdk.Access, "aud"), `["https://auth.example"]`, `["a","b"]`},
		{"AccessTTL", nil, func(c *cfg) { c.AccessTTL = time.Minute }, says(authsdk.Access, "exp"), "1795176900", "1795176060"},
		{"RefreshTTL", nil, func(c *cfg) { c.RefreshTTL = time.Minute }, says(authsdk.Refresh, "exp"), "1797768000", "1795176060"},
		{"Claims", nil, func(c *cfg) {
			c.Claims = func(context.Context, authsdk.Claims) (any, error) { return map[string]any{"tenant": "acme"}, nil }
		}, says(authsdk.Access, "tenant"), "", `"acme"`},
		{
			"Cipher", nil, func(c *cfg) { c.Cipher = reversed{} }, func(t *testing.T, c cfg) string {
				t.Helper()
				token := must[string](t)(must[*authsdk.Issuer](t)(authsdk.NewIssuer(c)).Issue(t.Context(), authsdk.Claims{Subject: "alice"}, nil))
				return fmt.Sprint(strings.HasPrefix(token, "ey"), strings.HasPrefix(reverse(token), "ey"))
			}, "true false", "false true",
		},
		{"OmitNotBefore", nil, func(c *cfg) { c.OmitNotBefore = true }, says(authsdk.Access, "nbf"), "1795176000", ""},
		{"InsecureNoExpiry", nil, func(c *cfg) { c.InsecureNoExpiry = true }, says(authsdk.Access, "exp"), "1795176900", ""},
		{"Now", nil, func(c *cfg) { c.Now = func() time.Time { return start.Add(time.Hour) } }, says(authsdk.Access, "iat"), "1795176000", "1795179600"},
	})
	construct := func(c cfg) error { _, err := authsdk.NewIssuer(c); return err }
	const prefix = "authsdk: IssuerConfig: "
	checkMistakes(t, base, construct, []mistake[cfg]{
		{func(c *cfg) { c.Issuer = "" }, prefix + "Issuer is required: the URL of this server, without control characters"},
		{func(c *cfg) { c.Issuer = "a\nb" }, prefix + "Issuer is required: the URL of this server, without control characters"},
		{func(c *cfg) { c.Keys = nil }, prefix + "Keys is required: see GenerateKey, ParseKeySet and NewKeySet"},
		{func(c *cfg) { c.Keys = (*authsdk.KeySet)(nil) }, prefix + "Keys is required: see GenerateKey, ParseKeySet and NewKeySet"},
		{func(c *cfg) { c.Keys = publicKeys(t) }, prefix + "Keys holds no key that can sign"},
		{func(c *cfg) { c.Audience = []string{""} }, prefix + "Audience has a member that is empty, longer than 255 bytes or has control characters"},
		{func(c *cfg) { c.Audience = make([]string, 33) }, prefix + "Audience has 33 members: at most 32 are accepted"},
		{func(c *cfg) { c.AccessTTL = -time.Second }, prefix + "AccessTTL is -1s: a lifetime must be at least 1s; leave it zero for the default"},
		{func(c *cfg) { c.AccessTTL = 401 * 24 * time.Hour }, prefix + "AccessTTL is 9624h0m0s: a lifetime must be at most 9600h0m0s"},
		{
			func(c *cfg) { c.Cipher = reversed{thumbprint: hmacKeys(t).Signer().ID()} },
			prefix + "Cipher and Keys have a key in common: one key signs or encrypts, not both",
		},
		{
			func(c *cfg) { c.AccessTTL, c.InsecureNoExpiry = time.Hour, true },
			prefix + "InsecureNoExpiry excludes AccessTTL and RefreshTTL: tokens that never end have no lifetime",
		},
		{func(c *cfg) { c.RefreshTTL = time.Millisecond }, prefix + "RefreshTTL is 1ms: a lifetime must be at least 1s; leave it zero for the default"},
		{
			func(c *cfg) { *c = cfg{} },
			prefix + "Issuer is required: the URL of this server, without control characters\nKeys is required: see GenerateKey, ParseKeySet and NewKeySet",
		},
	})
}
