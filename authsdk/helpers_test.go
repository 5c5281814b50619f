package authsdk_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
)

const (
	testIssuer = "https://auth.example"
	testSecret = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_" // 64 different bytes
)

var start = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func fixedClock() time.Time { return start }

// must returns v, or ends the test.
func must[T any](t testing.TB) func(v T, err error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// hmacKeys is a set of one HS256 key whose secret the tests can sign with.
func hmacKeys(t testing.TB) *authsdk.KeySet {
	t.Helper()
	key := must[*authsdk.Key](t)(authsdk.NewSecretKey(authsdk.HS256, []byte(testSecret)))
	return must[*authsdk.KeySet](t)(authsdk.NewKeySet(key))
}

func newIssuer(t testing.TB, keys authsdk.KeySource) *authsdk.Issuer {
	t.Helper()
	return must[*authsdk.Issuer](t)(authsdk.NewIssuer(authsdk.IssuerConfig{Issuer: testIssuer, Keys: keys, Now: fixedClock}))
}

func newVerifier(t testing.TB, keys authsdk.KeySource, change ...func(*authsdk.VerifierConfig)) *authsdk.Verifier {
	t.Helper()
	cfg := authsdk.VerifierConfig{Issuer: testIssuer, Keys: keys, Now: fixedClock}
	for _, c := range change {
		c(&cfg)
	}
	return must[*authsdk.Verifier](t)(authsdk.NewVerifier(cfg))
}

func issue(t testing.TB, keys authsdk.KeySource, c authsdk.Claims) string {
	t.Helper()
	if c.Subject == "" {
		c.Subject = "alice"
	}
	return must[string](t)(newIssuer(t, keys).Issue(t.Context(), c, nil))
}

func b64(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// seal signs any two texts with the test secret.
func seal(header, payload string) string {
	signed := b64(header) + "." + b64(payload)
	return signed + "." + base64.RawURLEncoding.EncodeToString(macOf(signed))
}

func macOf(signed string) []byte {
	mac := hmac.New(sha256.New, []byte(testSecret))
	mac.Write([]byte(signed))
	return mac.Sum(nil)
}

// goodHeader is the header of an access token signed by keys.
func goodHeader(keys *authsdk.KeySet) string {
	return `{"alg":"HS256","kid":"` + keys.Signer().ID() + `","typ":"at+jwt"}`
}

// goodClaims are the members of an acceptable access token, as JSON texts.
func goodClaims() map[string]string {
	return map[string]string{
		"type": `"access"`, "iss": `"` + testIssuer + `"`, "aud": `["` + testIssuer + `"]`,
		"sub": `"alice"`, "jti": `"0123456789abcdef"`, "fresh": `true`,
		"iat": `1795176000`, "nbf": `1795176000`, "exp": `1795176900`,
	}
}

// payload writes members as JSON, after changes; an empty text removes one.
func payload(changes map[string]string) string {
	members := goodClaims()
	maps.Copy(members, changes)
	var b strings.Builder
	for name, raw := range members {
		if raw == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		quoted, _ := json.Marshal(name)
		b.Write(quoted)
		b.WriteByte(':')
		b.WriteString(raw)
	}
	return "{" + b.String() + "}"
}
