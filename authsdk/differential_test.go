package authsdk_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	golangjwt "github.com/golang-jwt/jwt/v5"
	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwt"

	"github.com/authsdk/authsdk-go/authsdk"
)

// wide accepts whatever the front accepts, as far as a verifier can.
func wide(t testing.TB, keys authsdk.KeySource) (*authsdk.Verifier, authsdk.Policy) {
	t.Helper()
	v := newVerifier(t, keys, func(c *authsdk.VerifierConfig) {
		c.InsecureAnyAudience, c.InsecureNoExpiry, c.MaxLifetime = true, true, 400*24*time.Hour
	})
	return v, authsdk.Policy{Types: []authsdk.TokenType{authsdk.AnyType}, InsecureExpired: true}
}

// FuzzClaims holds the reading of claims against encoding/json: what is
// accepted is JSON, and every claim is what encoding/json reads.
func FuzzClaims(f *testing.F) {
	keys := hmacKeys(f)
	v, p := wide(f, keys)
	header := goodHeader(keys)
	f.Add(payload(nil))
	f.Add(payload(map[string]string{
		"scope": `"read write"`, "roles": `["admin","Zoë","\u00e9\n"]`, "sid": `"0123456789abcdef"`, "gen": "7",
		"csrf": `"0123456789abcdef"`, "auth_time": "1795175000", "fresh": "1795179000", "x": `{"y":[1.5e3,null,"\ud83d\ude00"]}`,
	}))
	f.Fuzz(func(t *testing.T, text string) {
		c, err := v.Verify(t.Context(), seal(header, text), p)
		if err != nil {
			if authsdk.ErrorOf(err).Status != 401 {
				t.Fatalf("refused with %v", err)
			}
			return
		}
		var members map[string]json.RawMessage
		if err := json.Unmarshal([]byte(text), &members); err != nil {
			t.Fatalf("accepted %q, encoding/json says %v", text, err)
		}
		same(t, c, members)
		if string(c.Raw) != text {
			t.Fatalf("Raw is %q, want %q", c.Raw, text)
		}
		if _, err := authsdk.Custom[map[string]any](c); err != nil {
			t.Fatalf("Custom: %v", err)
		}
	})
}

// same compares claims with what encoding/json reads, each member by itself.
func same(t *testing.T, c *authsdk.Claims, members map[string]json.RawMessage) {
	t.Helper()
	text := func(name string) (s string) {
		if raw, ok := members[name]; ok && json.Unmarshal(raw, &s) != nil {
			t.Fatalf("claim %s is no text: %s", name, raw)
		}
		return s
	}
	for name, got := range map[string]string{
		"type": string(c.Type), "jti": c.ID, "sub": c.Subject, "iss": c.Issuer, "sid": c.SessionID, "csrf": c.CSRF,
		"scope": strings.Join(c.Scopes, " "),
	} {
		if want := text(name); got != want {
			t.Fatalf("claim %s: got %q, want %q", name, got, want)
		}
	}
	list := func(name string) (all []string) {
		raw := bytes.TrimSpace(members[name])
		if name == "aud" && len(raw) > 0 && raw[0] == '"' {
			return []string{text(name)}
		}
		if len(raw) > 0 && json.Unmarshal(raw, &all) != nil {
			t.Fatalf("claim %s is no list of texts: %s", name, raw)
		}
		return all
	}
	if got, want := c.Audience, list("aud"); !slices.Equal(got, want) {
		t.Fatalf("aud: got %q, want %q", got, want)
	}
	if got, want := c.Roles, list("roles"); !slices.Equal(got, want) {
		t.Fatalf("roles: got %q, want %q", got, want)
	}
	number := func(name string) int64 {
		raw, ok := members[name]
		if !ok || name == "fresh" && c.FreshUntil.IsZero() {
			return 0
		}
		n, err := strconv.ParseInt(string(raw), 10, 64)
		if err != nil {
			t.Fatalf("claim %s is no number: %s", name, raw)
		}
		return n
	}
	for name, got := range map[string]time.Time{
		"iat": c.IssuedAt, "nbf": c.NotBefore, "exp": c.Expires, "auth_time": c.AuthTime, "fresh": c.FreshUntil,
	} {
		if want := number(name); got.IsZero() != (want == 0) || want != 0 && got.Unix() != want {
			t.Fatalf("claim %s: got %v, want %d", name, got, want)
		}
	}
	if got, want := c.Generation, number("gen"); got != want {
		t.Fatalf("gen: got %d, want %d", got, want)
	}
	if raw, ok := members["fresh"]; ok && c.FreshUntil.IsZero() && strconv.FormatBool(c.Fresh) != string(raw) {
		t.Fatalf("fresh: got %v, want %s", c.Fresh, raw)
	}
}

// FuzzPeers signs headers and payloads: what is accepted here, golang-jwt and
// jwx accept as well, and read the same subject.
func FuzzPeers(f *testing.F) {
	keys := hmacKeys(f)
	v := newVerifier(f, keys)
	f.Add(goodHeader(keys), payload(nil))
	f.Add(goodHeader(keys), payload(map[string]string{"sub": `"Zo\u00eb"`, "aud": `"` + testIssuer + `"`, "x": `[{"a":1}]`}))
	f.Fuzz(func(t *testing.T, header, payload string) {
		token := seal(header, payload)
		c, err := v.Verify(t.Context(), token, authsdk.Policy{Types: []authsdk.TokenType{authsdk.AnyType}})
		if err != nil {
			return
		}
		peers(t, token, c)
	})
}

// FuzzPeersToken is FuzzPeers for whole tokens.
func FuzzPeersToken(f *testing.F) {
	keys := hmacKeys(f)
	v := newVerifier(f, keys)
	good := issue(f, keys, authsdk.Claims{ID: "0123456789abcdef"}) // the same in every process
	for _, seed := range []string{good, good + "=", good + "\n", good[:len(good)-1], strings.ToLower(good)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		if c, err := v.Verify(t.Context(), token, authsdk.Policy{}); err == nil {
			peers(t, token, c)
		}
	})
}

// peers wants token, which was accepted, to be accepted by the libraries beneath.
func peers(t *testing.T, token string, c *authsdk.Claims) {
	t.Helper()
	parsed, err := golangjwt.Parse(token, func(*golangjwt.Token) (any, error) { return []byte(testSecret), nil },
		golangjwt.WithValidMethods([]string{"HS256"}), golangjwt.WithTimeFunc(fixedClock), golangjwt.WithStrictDecoding(),
		golangjwt.WithIssuer(testIssuer), golangjwt.WithAudience(testIssuer), golangjwt.WithIssuedAt(), golangjwt.WithExpirationRequired())
	if err != nil {
		t.Fatalf("accepted %s, golang-jwt says %v", token, err)
	}
	if sub, err := parsed.Claims.GetSubject(); err != nil || sub != c.Subject {
		t.Fatalf("the subject is %q, golang-jwt reads %q, %v", c.Subject, sub, err)
	}
	other, err := jwt.Parse([]byte(token), jwt.WithKey(jwa.HS256(), []byte(testSecret)), jwt.WithClock(jwt.ClockFunc(fixedClock)),
		jwt.WithIssuer(testIssuer), jwt.WithAudience(testIssuer))
	if err != nil {
		t.Fatalf("accepted %s, jwx says %v", token, err)
	}
	if sub, _ := other.Subject(); sub != c.Subject {
		t.Fatalf("the subject is %q, jwx reads %q", c.Subject, sub)
	}
}
