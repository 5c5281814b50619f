package authsdk_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/jwe"
)

// issueAs signs a token of another issuer.
func issueAs(t testing.TB, issuer string, keys authsdk.KeySource) string {
	t.Helper()
	i := must[*authsdk.Issuer](t)(authsdk.NewIssuer(authsdk.IssuerConfig{Issuer: issuer, Keys: keys, Now: fixedClock}))
	return must[string](t)(i.Issue(t.Context(), authsdk.Claims{Subject: "alice"}, nil))
}

// reversed is a cipher for tests: it writes tokens from their end.
type reversed struct{ thumbprint string }

func reverse(s string) string {
	out := []byte(s)
	slices.Reverse(out)
	return string(out)
}

func (reversed) Encrypt(_ context.Context, token string) (string, error) { return reverse(token), nil }

func (reversed) Decrypt(_ context.Context, token string) (string, error) {
	if inner := reverse(token); strings.HasPrefix(inner, "ey") {
		return inner, nil
	}
	return "", authsdk.ErrTokenInvalid
}

func (r reversed) Thumbprints() []string { return []string{r.thumbprint} }

// TestTrusted (ATK-224): of several issuers each speaks for itself alone.
func TestTrusted(t *testing.T) {
	t.Parallel()
	own, a, b := hmacKeys(t), benchmarkLike(t), benchmarkLike(t)
	const issuerA, issuerB = "https://a.example", "https://b.example"
	v := newVerifier(t, own, func(cfg *authsdk.VerifierConfig) {
		cfg.Trusted = []authsdk.TrustedIssuer{{Issuer: issuerA, Keys: a}, {Issuer: issuerB, Keys: b, Audience: []string{issuerB}}}
	})
	for name, tt := range map[string]struct {
		token string
		want  error
	}{
		"own":                      {issueAs(t, testIssuer, own), nil},
		"a":                        {issueAs(t, issuerA, a), nil},
		"b":                        {issueAs(t, issuerB, b), nil},
		"a with the key of b":      {issueAs(t, issuerA, b), authsdk.ErrTokenInvalid},
		"b with the key of a":      {issueAs(t, issuerB, a), authsdk.ErrTokenInvalid},
		"own with the key of a":    {issueAs(t, testIssuer, a), authsdk.ErrTokenInvalid},
		"a with one's own key":     {issueAs(t, issuerA, own), authsdk.ErrTokenInvalid},
		"a stranger":               {issueAs(t, "https://c.example", benchmarkLike(t)), authsdk.ErrTokenInvalid},
		"a stranger with a's name": {issueAs(t, issuerA, benchmarkLike(t)), authsdk.ErrTokenInvalid},
	} {
		for range 3 { // remembered or not
			if _, err := v.Verify(t.Context(), tt.token, authsdk.Policy{}); !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) {
				t.Errorf("%s: %v, want %v", name, err, tt.want)
			}
		}
	}
}

// benchmarkLike is a set of one new ES256 key.
func benchmarkLike(t testing.TB) *authsdk.KeySet {
	t.Helper()
	return must[*authsdk.KeySet](t)(authsdk.NewKeySet(must[*authsdk.Key](t)(authsdk.GenerateKey(authsdk.ES256))))
}

// finder knows a set, and another one when it is asked for a key.
type finder struct {
	now, later *authsdk.KeySet
	err        error
	asked      []string
}

func (f *finder) KeySet(context.Context) (*authsdk.KeySet, error) { return f.now, nil }

func (f *finder) FindKey(_ context.Context, kid string) (*authsdk.KeySet, error) {
	f.asked = append(f.asked, kid)
	return f.later, f.err
}

// TestKeyFinder: a source that may know a key later is asked for it, and for
// nothing else.
func TestKeyFinder(t *testing.T) {
	t.Parallel()
	before, after := benchmarkLike(t), benchmarkLike(t)
	f := &finder{now: before, later: after}
	v := newVerifier(t, f)
	verify := func(token string) error {
		_, err := v.Verify(t.Context(), token, authsdk.Policy{})
		return err
	}
	if err := verify(issue(t, before, authsdk.Claims{})); err != nil || len(f.asked) != 0 {
		t.Error(err, f.asked)
	}
	if err := verify(issue(t, after, authsdk.Claims{})); err != nil || !slices.Equal(f.asked, []string{after.Signer().ID()}) {
		t.Error(err, f.asked)
	}
	if err := verify(issue(t, benchmarkLike(t), authsdk.Claims{})); !errors.Is(err, authsdk.ErrTokenInvalid) || len(f.asked) != 2 {
		t.Error(err, f.asked)
	}
	for _, token := range []string{"x.y.z", issue(t, before, authsdk.Claims{}) + "A", "eyJhbGciOiJub25lIn0.e30.AA"} {
		if verify(token) == nil {
			t.Error("accepted")
		}
	}
	f.err = errors.New("away")
	if err := verify(issue(t, benchmarkLike(t), authsdk.Claims{})); !errors.Is(err, authsdk.ErrStoreUnavailable) {
		t.Error(err)
	}
}

// TestCipher (ATK-095, ATK-097): encrypted tokens, signed inside, and no others.
func TestCipher(t *testing.T) {
	t.Parallel()
	keys := hmacKeys(t)
	for _, a := range []jwe.Algorithm{jwe.Direct, jwe.ECDHES} {
		cipher := must[*jwe.Keys](t)(jwe.NewKeys(must[*jwe.Key](t)(jwe.GenerateKey(a))))
		issuer := must[*authsdk.Issuer](t)(authsdk.NewIssuer(authsdk.IssuerConfig{Issuer: testIssuer, Keys: keys, Cipher: cipher, Now: fixedClock}))
		token := must[string](t)(issuer.Issue(t.Context(), authsdk.Claims{Subject: "alice"}, map[string]any{"x": 1}))
		v := newVerifier(t, keys, func(cfg *authsdk.VerifierConfig) { cfg.Cipher = cipher })
		c, err := v.Verify(t.Context(), token, authsdk.Policy{})
		if err != nil || c.Subject != "alice" || strings.Count(token, ".") != 4 {
			t.Errorf("%s: %v, %v", a, c, err)
		}
		signed := issue(t, keys, authsdk.Claims{})
		for name, bad := range map[string]string{
			"signed alone": signed, "claims, not signed": must[string](t)(cipher.Encrypt(t.Context(), payload(nil))),
			"no algorithm inside": must[string](t)(cipher.Encrypt(t.Context(), b64(`{"alg":"none"}`)+"."+b64(payload(nil))+".")),
			"encrypted twice":     must[string](t)(cipher.Encrypt(t.Context(), token)), "nothing inside": must[string](t)(cipher.Encrypt(t.Context(), "")),
		} {
			if _, err := v.Verify(t.Context(), bad, authsdk.Policy{}); !errors.Is(err, authsdk.ErrTokenInvalid) && !errors.Is(err, authsdk.ErrTokenMalformed) {
				t.Errorf("%s, %s: %v", a, name, err)
			}
		}
		if _, err := newVerifier(t, keys).Verify(t.Context(), token, authsdk.Policy{}); !errors.Is(err, authsdk.ErrTokenMalformed) {
			t.Errorf("%s: a verifier without a cipher: %v", a, err)
		}
	}
}

// hidden is a key whose private half nobody sees.
type hidden struct{ signer crypto.Signer }

func (h hidden) Public() crypto.PublicKey { return h.signer.Public() }

func (h hidden) Sign(r io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return h.signer.Sign(r, digest, opts)
}

// nonsense signs with nonsense.
type nonsense struct{ hidden }

func (nonsense) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return []byte{1, 2, 3}, nil
}

// TestSignerKey: a key that is somewhere else signs as one that is here.
func TestSignerKey(t *testing.T) {
	t.Parallel()
	rsaKey := must[*rsa.PrivateKey](t)(rsa.GenerateKey(rand.Reader, 2048))
	p256 := must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	p384 := must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for a, signer := range map[authsdk.Algorithm]crypto.Signer{
		authsdk.RS256: rsaKey, authsdk.PS256: rsaKey, authsdk.ES256: p256, authsdk.ES384: p384, authsdk.EdDSA: ed,
	} {
		key := must[*authsdk.Key](t)(authsdk.NewSignerKey("", a, hidden{signer}))
		keys := must[*authsdk.KeySet](t)(authsdk.NewKeySet(key))
		published := must[*authsdk.KeySet](t)(authsdk.ParseKeySet(keys.PublicJWKS()))
		for range 20 { // numbers of every length
			if _, err := newVerifier(t, published).Verify(t.Context(), issue(t, keys, authsdk.Claims{}), authsdk.Policy{}); err != nil {
				t.Fatalf("%s: %v", a, err)
			}
		}
		if all := must[[]byte](t)(keys.PrivateJWKS()); !bytes.Equal(all, keys.PublicJWKS()) {
			t.Errorf("%s: %s", a, all)
		}
		if _, err := authsdk.NewSignerKey("", a, nonsense{hidden{signer}}); !errors.Is(err, authsdk.ErrWeakKey) {
			t.Errorf("%s: a signer that signs nothing: %v", a, err)
		}
	}
	for _, tt := range []struct {
		a      authsdk.Algorithm
		signer crypto.Signer
	}{{authsdk.RS256, nil}, {authsdk.HS256, p256}, {authsdk.ES384, p256}, {"none", p256}} {
		if _, err := authsdk.NewSignerKey("", tt.a, tt.signer); !errors.Is(err, authsdk.ErrWeakKey) {
			t.Errorf("%s: %v", tt.a, err)
		}
	}
}
