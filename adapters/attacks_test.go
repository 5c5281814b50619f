package adapters_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"hash"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
)

// forge makes tokens of every kind, good and bad, for a verifier that has a
// secret and the public keys of others.
type forge struct {
	t     testing.TB
	rsa   *rsa.PrivateKey // of RS256
	pss   *rsa.PrivateKey // of PS256
	ec    *ecdsa.PrivateKey
	ed    ed25519.PrivateKey
	keys  *authsdk.KeySet
	kids  map[authsdk.Algorithm]string
	world *world
}

func newForge(t testing.TB) *forge {
	t.Helper()
	f := &forge{
		t: t, kids: map[authsdk.Algorithm]string{}, world: newWorld(t),
		rsa: must[*rsa.PrivateKey](t)(rsa.GenerateKey(rand.Reader, 2048)),
		pss: must[*rsa.PrivateKey](t)(rsa.GenerateKey(rand.Reader, 2048)),
		ec:  must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)),
	}
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	f.ed = ed
	all := []*authsdk.Key{must[*authsdk.Key](t)(authsdk.NewSecretKey(authsdk.HS256, []byte(secret)))}
	for _, k := range []struct {
		a authsdk.Algorithm
		v crypto.PublicKey
	}{{authsdk.RS256, f.rsa.Public()}, {authsdk.PS256, f.pss.Public()}, {authsdk.ES256, f.ec.Public()}, {authsdk.EdDSA, ed.Public()}} {
		all = append(all, must[*authsdk.Key](t)(authsdk.ParseKey(pemOf(t, k.v), k.a)))
	}
	for _, k := range all {
		f.kids[k.Algorithm()] = k.ID()
	}
	f.keys = must[*authsdk.KeySet](t)(authsdk.NewKeySet(all...))
	return f
}

func pemOf(t testing.TB, public crypto.PublicKey) []byte {
	t.Helper()
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: must[[]byte](t)(x509.MarshalPKIXPublicKey(public))})
}

func (f *forge) verifier(change ...func(*authsdk.VerifierConfig)) *authsdk.Verifier {
	f.t.Helper()
	cfg := authsdk.VerifierConfig{
		Issuer: issuerName, Keys: f.keys, Now: func() time.Time { return start },
		Locations: []authsdk.Location{authsdk.Bearer(), authsdk.Query("token", "")},
	}
	for _, c := range change {
		c(&cfg)
	}
	return must[*authsdk.Verifier](f.t)(authsdk.NewVerifier(cfg))
}

func b64(data string) string { return base64.RawURLEncoding.EncodeToString([]byte(data)) }

// header is that of a good access token, with changes; an empty text removes a member.
func (f *forge) header(changes ...string) string {
	return object(map[string]string{"alg": `"HS256"`, "kid": quote(f.kids[authsdk.HS256]), "typ": `"at+jwt"`}, changes)
}

// claims are those of a good access token, with changes.
func claims(changes ...string) string {
	return object(map[string]string{
		"type": `"access"`, "iss": quote(issuerName), "aud": `["` + issuerName + `"]`, "sub": `"alice"`, "jti": `"0123456789abcdef"`,
		"iat": "1795176000", "nbf": "1795176000", "exp": "1795176900",
	}, changes)
}

func object(members map[string]string, changes []string) string {
	for i := 0; i < len(changes); i += 2 {
		members[changes[i]] = changes[i+1]
	}
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if members[name] != "" {
			parts = append(parts, quote(name)+":"+members[name])
		}
	}
	return "{" + strings.Join(parts, ",") + "}"
}

func quote(s string) string {
	out, _ := json.Marshal(s)
	return string(out)
}

// sealed signs two texts with the secret.
func (f *forge) sealed(header, payload string) string {
	return macked(secret, b64(header)+"."+b64(payload))
}

// good is a good token.
func (f *forge) good() string { return f.sealed(f.header(), claims()) }

// macked signs what stands in front of the last dot with HS256.
func macked(key, signed string) string { return signed + "." + mac(sha256.New, key, signed) }

func mac(h func() hash.Hash, key, signed string) string {
	m := hmac.New(h, []byte(key))
	m.Write([]byte(signed))
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil))
}

// signed is a token with a raw signature by one of the private keys.
func (f *forge) signed(a authsdk.Algorithm, header, payload string) (token string, signature []byte) {
	f.t.Helper()
	text := b64(header) + "." + b64(payload)
	sum := sha256.Sum256([]byte(text))
	switch a {
	case authsdk.RS256:
		signature = must[[]byte](f.t)(rsa.SignPKCS1v15(nil, f.rsa, crypto.SHA256, sum[:]))
	case authsdk.ES256:
		r, s, err := ecdsa.Sign(rand.Reader, f.ec, sum[:])
		if err != nil {
			f.t.Fatal(err)
		}
		signature = append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	case authsdk.EdDSA:
		signature = ed25519.Sign(f.ed, []byte(text))
	default:
		signature = []byte(mac(sha512.New, secret, text))
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(signature), signature
}

// attack is a row of the catalogue: tokens that must be refused.
type attack struct {
	name   string
	tokens []string
}

// refuse asks the verifier and every adapter, by header and by query, and
// wants the refusal of a bad token each time.
func (f *forge) refuse(v *authsdk.Verifier, attacks []attack) {
	t := f.t.(*testing.T)
	reached := false
	routers := required(v, map[string]authsdk.Policy{"/": {}, "/optional": {Optional: true}}, func(http.ResponseWriter, *http.Request) { reached = true })
	for _, a := range attacks {
		t.Run(a.name, func(t *testing.T) {
			for i, token := range a.tokens {
				_, err := v.Verify(t.Context(), token, authsdk.Policy{})
				if !slices.ContainsFunc(refusals(), func(want error) bool { return errors.Is(err, want) }) {
					t.Errorf("token %d, %.60q: %v", i, token, err)
				}
				for name, h := range routers {
					for _, path := range []string{"/", "/optional"} {
						for _, r := range []*http.Request{
							httptest.NewRequest(http.MethodGet, path, http.NoBody),
							httptest.NewRequest(http.MethodGet, path+"?token="+url.QueryEscape(token), http.NoBody),
						} {
							byHeader := r.URL.RawQuery == ""
							if byHeader {
								r.Header.Set("Authorization", "Bearer "+token)
							}
							if byHeader && strings.Trim(token, " ") != token || !byHeader && token == "" {
								continue // blanks around a header's words are nothing, an empty parameter is no credential
							}
							reached = false
							w := httptest.NewRecorder()
							h.ServeHTTP(w, r)
							if why := unanswered(w); why != "" || reached {
								t.Fatalf("%s, token %d, %.60q in %q: %s; reached %v: %s", name, i, token, r.URL.RawQuery[:min(9, len(r.URL.RawQuery))], why, reached, text(w))
							}
						}
					}
				}
			}
			if len(a.tokens) == 0 {
				t.Error("nothing was tried")
			}
		})
	}
}

// refusals are what a bad token may be refused as.
func refusals() []error {
	return []error{
		authsdk.ErrTokenMalformed, authsdk.ErrTokenInvalid, authsdk.ErrTokenExpired, authsdk.ErrTokenWrongType,
		authsdk.ErrFreshTokenRequired, authsdk.ErrTokenRevoked,
	}
}

// unanswered tells what is missing in the answer to a bad token: 401 with
// invalid_token and nothing set, or 400 for a header that holds more than one word.
func unanswered(w *httptest.ResponseRecorder) string {
	challenge := w.Header().Get("WWW-Authenticate")
	switch {
	case w.Header().Get("Set-Cookie") != "":
		return "a cookie was set"
	case w.Header().Get("Content-Type") != "application/problem+json":
		return "no problem document"
	case w.Code == http.StatusUnauthorized && strings.Contains(challenge, `error="invalid_token"`):
		return ""
	case w.Code == http.StatusBadRequest && strings.Contains(challenge, `error="invalid_request"`):
		return ""
	}
	return "another answer"
}
