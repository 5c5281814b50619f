package flaskcompat_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/flaskcompat"
)

// decoding decodes a token, which is good if msg is empty.
func decoding(t *testing.T, what string, m *flaskcompat.Manager, token string, o flaskcompat.DecodeOptions, msg string) *authsdk.Claims {
	t.Helper()
	c, err := m.Decode(t.Context(), token, o)
	if reason(err) != msg || (c == nil) != (err != nil) {
		t.Errorf("%s: %v, %v; want %q", what, c, err, msg)
	}
	if c == nil {
		return &authsdk.Claims{}
	}
	return c
}

// makers are the functions that make tokens, by type.
var makers = map[string]func(testing.TB, *flaskcompat.Manager, options) string{"access": access, "refresh": renewal}

func TestFJE049_MissingClaims(t *testing.T) {
	t.Parallel()
	m := manager(t, config{})
	o := flaskcompat.DecodeOptions{CSRF: "abcd"}
	decoding(t, "no sub", m, foreign(t, object{"csrf": "abcd"}), o, "Missing claim: sub")
	decoding(t, "no csrf", m, foreign(t, object{"sub": "username"}), o, "Missing claim: csrf")
	decoding(t, "both", m, foreign(t, object{"sub": "username", "csrf": "abcd"}), o, "")
}

func TestFJE050_DefaultDecodeValues(t *testing.T) {
	t.Parallel()
	c := decoding(t, "bare", manager(t, config{}), foreign(t, object{"sub": "username"}), flaskcompat.DecodeOptions{}, "")
	same(t, "claims", string(c.Raw), `{"fresh":false,"jti":null,"sub":"username","type":"access"}`)
}

func TestFJE051_OtherTokenTypes(t *testing.T) {
	t.Parallel()
	m := manager(t, config{})
	c := decoding(t, "app", m, access(t, m, options{Claims: object{"type": "app"}}), flaskcompat.DecodeOptions{}, "")
	same(t, "type", parsed(t, c.Raw)["type"], "app")
}

func TestFJE052_EncodeDecodeAudience(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		what           string
		encode, decode []string
		msg            string
		want           any
	}{
		{"none", nil, nil, "", nil},
		{"same", []string{"foo"}, []string{"foo"}, "", "foo"},
		{"different", []string{"bar"}, []string{"foo"}, "Audience doesn't match", nil},
		{"expected alone", nil, []string{"foo"}, `Token is missing the "aud" claim`, nil},
		{"put in alone", []string{"foo"}, nil, "", "foo"},
	} {
		m := manager(t, config{EncodeAudience: tt.encode, DecodeAudience: tt.decode})
		c := decoding(t, tt.what, m, access(t, m, options{}), flaskcompat.DecodeOptions{}, tt.msg)
		if tt.msg == "" {
			same(t, tt.what, parsed(t, c.Raw)["aud"], tt.want)
		}
	}
}

func TestFJE053_ExpiredToken(t *testing.T) {
	t.Parallel()
	m := manager(t, config{})
	for name, f := range makers {
		decoding(t, name, m, f(t, m, options{ExpiresIn: -5 * time.Minute}), flaskcompat.DecodeOptions{}, expired)
	}
}

func TestFJE054_AllowExpiredToken(t *testing.T) {
	t.Parallel()
	m := manager(t, config{})
	for name, f := range makers {
		c := decoding(t, name, m, f(t, m, options{ExpiresIn: -5 * time.Minute}), flaskcompat.DecodeOptions{AllowExpired: true}, "")
		same(t, "sub", c.Subject, "username")
		same(t, "exp", c.Expires, start.Add(-5*time.Minute))
	}
}

func TestFJE055_NeverExpireToken(t *testing.T) {
	t.Parallel()
	m := manager(t, config{})
	for name, f := range makers {
		c := decoding(t, name, m, f(t, m, options{InsecureNoExpiry: true}), flaskcompat.DecodeOptions{}, "")
		if _, ok := parsed(t, c.Raw)["exp"]; ok || !c.Expires.IsZero() {
			t.Errorf("%s: %s has exp", name, c.Raw)
		}
	}
}

func TestFJE056_NotBeforeInFuture(t *testing.T) {
	t.Parallel()
	o := options{Claims: object{"nbf": start.Add(30 * time.Second)}}
	m := manager(t, config{})
	decoding(t, "no leeway", m, access(t, m, o), flaskcompat.DecodeOptions{}, "The token is not yet valid (nbf)")
	m = manager(t, config{Leeway: 30 * time.Second})
	decoding(t, "leeway", m, access(t, m, o), flaskcompat.DecodeOptions{}, "")
}

func TestFJE057_AlternateIdentityClaim(t *testing.T) {
	t.Parallel()
	m, other := manager(t, config{IdentityClaim: "banana"}), manager(t, config{})
	for name, f := range makers {
		decoding(t, name, m, f(t, other, options{}), flaskcompat.DecodeOptions{}, "Missing claim: banana")
		c := decoding(t, name, m, f(t, m, options{}), flaskcompat.DecodeOptions{}, "")
		claims := parsed(t, c.Raw)
		_, sub := claims["sub"]
		if claims["banana"] != "username" || sub || c.Subject != "username" {
			t.Errorf("%s: %s, subject %s", name, c.Raw, c.Subject)
		}
	}
}

func TestFJE058_JTI(t *testing.T) {
	t.Parallel()
	m := manager(t, config{})
	c := decoding(t, "jti", m, access(t, m, options{Claims: object{"jti": "1234"}}), flaskcompat.DecodeOptions{}, "")
	same(t, "jti", c.ID, "1234")
}

// keyFor returns a loader that gives key, and wants to be asked about identity.
func keyFor(t *testing.T, key any, identity string) (
	encode func(context.Context, any) (any, error), decode func(context.Context, map[string]any, map[string]any) (any, error),
) {
	t.Helper()
	return func(_ context.Context, got any) (any, error) {
			same(t, "identity", got, any(identity))
			return key, nil
		}, func(_ context.Context, header, claims map[string]any) (any, error) {
			same(t, "alg", header["alg"], any("HS256"))
			same(t, "sub", claims["sub"], any(identity))
			return key, nil
		}
}

// Callbacks that are not set are keys of the configuration; what a callback
// returns is what signs: the tokens of one manager are good for the other.
func TestFJE059_KeyCallbackValues(t *testing.T) {
	t.Parallel()
	encode, decode := keyFor(t, []byte(secret), "username")
	byConfig, byCallback := manager(t, config{}), manager(t, config{EncodeKey: encode, DecodeKey: decode, Secret: []byte("another-secret-0123456789-abcdefghijk")})
	decoding(t, "config to callback", byCallback, access(t, byConfig, options{}), flaskcompat.DecodeOptions{}, "")
	decoding(t, "callback to config", byConfig, access(t, byCallback, options{}), flaskcompat.DecodeOptions{}, "")
}

func TestFJE060_CustomKeyCallbacks(t *testing.T) {
	t.Parallel()
	encode, decode := keyFor(t, []byte("another-secret-0123456789-abcdefghijk"), "username")
	one, both := manager(t, config{EncodeKey: encode}), manager(t, config{EncodeKey: encode, DecodeKey: decode})
	for name, f := range makers {
		decoding(t, name+" encode alone", one, f(t, one, options{}), flaskcompat.DecodeOptions{}, badSign)
		decoding(t, name+" both", both, f(t, both, options{}), flaskcompat.DecodeOptions{}, "")
	}
	down := errors.New("no answer")
	m := manager(t, config{DecodeKey: func(context.Context, map[string]any, map[string]any) (any, error) { return nil, down }})
	if _, err := m.Decode(t.Context(), access(t, m, options{}), flaskcompat.DecodeOptions{}); !errors.Is(err, down) || !errors.Is(err, authsdk.ErrStoreUnavailable) {
		t.Errorf("a callback that fails: %v, want store_unavailable", err)
	}
}

func TestFJE071_Headers(t *testing.T) {
	t.Parallel()
	m := manager(t, config{})
	for name, f := range makers {
		token := f(t, m, options{Headers: object{"foo": "bar"}})
		same(t, name+" as written", headerOf(t, token)["foo"], any("bar"))
		c := decoding(t, name, m, token, flaskcompat.DecodeOptions{}, "")
		same(t, name, string(c.Header), `{"alg":"HS256","foo":"bar","typ":"JWT"}`)
		header, _, err := authsdk.Unverified(token) // get_unverified_jwt_headers
		same(t, name+" unverified", string(header), string(c.Header))
		same(t, name+" unverified", err, nil)
	}
}

func TestFJE072_ExpiresTime(t *testing.T) {
	t.Parallel()
	m := manager(t, config{AccessExpires: time.Hour, RefreshExpires: 2 * time.Hour})
	same(t, "access", claimsOf(t, access(t, m, options{}))["exp"], any(json.Number("1795179600")))
	same(t, "refresh", claimsOf(t, renewal(t, m, options{}))["exp"], any(json.Number("1795183200")))
}

func TestNotBefore(t *testing.T) {
	for _, tt := range []struct {
		name string
		omit bool
	}{{"FJE-073 nbf is put in", false}, {"FJE-074 nbf is left out", true}} {
		t.Run(tt.name, func(t *testing.T) {
			m := manager(t, config{OmitNotBefore: tt.omit})
			for name, f := range makers {
				_, got := claimsOf(t, f(t, m, options{}))["nbf"]
				same(t, name, got, !tt.omit)
			}
		})
	}
}
