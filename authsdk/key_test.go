package authsdk_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/authsdk/authsdk-go/authsdk"
)

func pemOf(t *testing.T, kind string, der []byte) []byte {
	t.Helper()
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func pkcs8(t *testing.T, key any) []byte {
	t.Helper()
	return pemOf(t, "PRIVATE KEY", must[[]byte](t)(x509.MarshalPKCS8PrivateKey(key)))
}

func pkix(t *testing.T, key any) []byte {
	t.Helper()
	return pemOf(t, "PUBLIC KEY", must[[]byte](t)(x509.MarshalPKIXPublicKey(key)))
}

func rsaKey(t *testing.T, bits int) *rsa.PrivateKey {
	t.Helper()
	t.Setenv("GODEBUG", "rsa1024min=0") // short keys are what is refused here
	return must[*rsa.PrivateKey](t)(rsa.GenerateKey(rand.Reader, bits))
}

// TestParseKey reads keys in every text they come in, and signs with them.
func TestParseKey(t *testing.T) {
	r := rsaKey(t, 2048)
	p256 := must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	p384 := must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))
	edPublic, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name    string
		data    []byte
		alg     authsdk.Algorithm
		want    authsdk.Algorithm
		canSign bool
	}{
		{"RSA PKCS #8 as RS256", pkcs8(t, r), authsdk.RS256, authsdk.RS256, true},
		{"RSA PKCS #8 as PS256", pkcs8(t, r), authsdk.PS256, authsdk.PS256, true},
		{"RSA PKCS #1", pemOf(t, "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(r)), authsdk.RS256, authsdk.RS256, true},
		{"RSA public", pkix(t, &r.PublicKey), authsdk.RS256, authsdk.RS256, false},
		{"P-256 PKCS #8", pkcs8(t, p256), "", authsdk.ES256, true},
		{"P-256 SEC 1", pemOf(t, "EC PRIVATE KEY", must[[]byte](t)(x509.MarshalECPrivateKey(p256))), authsdk.ES256, authsdk.ES256, true},
		{"P-256 public", pkix(t, &p256.PublicKey), "", authsdk.ES256, false},
		{"P-384", pkcs8(t, p384), "", authsdk.ES384, true},
		{"Ed25519", pkcs8(t, ed), "", authsdk.EdDSA, true},
		{"Ed25519 public", pkix(t, edPublic), "", authsdk.EdDSA, false},
		{"secret as JWK", []byte(`{"kty":"oct","alg":"HS256","k":"` + base64.RawURLEncoding.EncodeToString([]byte(testSecret)) + `"}`), "", authsdk.HS256, true},
	} {
		key, err := authsdk.ParseKey(append([]byte("\n"), tt.data...), tt.alg)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if key.Algorithm() != tt.want || key.CanSign() != tt.canSign || len(key.ID()) != 43 {
			t.Errorf("%s: %v, can sign %v, ID of %d characters", tt.name, key, key.CanSign(), len(key.ID()))
		}
	}
}

// point returns the coordinates of a P-256 key as members of a JWK.
func point(t *testing.T, key *ecdsa.PrivateKey) (x, y string) {
	t.Helper()
	raw := must[[]byte](t)(key.PublicKey.Bytes())
	return base64.RawURLEncoding.EncodeToString(raw[1:33]), base64.RawURLEncoding.EncodeToString(raw[33:])
}

func scalar(t *testing.T, key *ecdsa.PrivateKey) string {
	t.Helper()
	return base64.RawURLEncoding.EncodeToString(must[[]byte](t)(key.Bytes()))
}

// TestParseKeyRefuses: no key that does not fit, and no secret in the error.
func TestParseKeyRefuses(t *testing.T) {
	weak, small := rsaKey(t, 1024), rsaKey(t, 2048)
	p521 := must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P521(), rand.Reader))
	p256 := must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	other := must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	exponent := &rsa.PublicKey{N: small.N, E: 3}
	// ec is a JWK with the members of three keys.
	ec := func(x, y, d *ecdsa.PrivateKey, more string) []byte {
		px, _ := point(t, x)
		_, py := point(t, y)
		return []byte(`{"kty":"EC","crv":"P-256","x":"` + px + `","y":"` + py + `","d":"` + scalar(t, d) + `"` + more + `}`)
	}
	for _, tt := range []struct {
		name string
		data []byte
		alg  authsdk.Algorithm
		want string
	}{
		{"nothing", nil, "", "neither a JWK nor"},
		{"text", []byte("hello"), "", "neither a JWK nor"},
		{"broken JWK", []byte(`{"kty":"EC"}`), "", ""},
		{"unknown kty", []byte(`{"kty":"XX"}`), "", ""},
		{"RSA of 1024 bits", pkcs8(t, weak), authsdk.RS256, ""},
		{"RSA with exponent 3", pkix(t, exponent), authsdk.RS256, "exponent"},
		{"RSA without algorithm", pkcs8(t, small), "", "does not say its algorithm"},
		{"RSA as HS256", pkix(t, &small.PublicKey), authsdk.HS256, "cannot be used for HS256"},
		{"RSA as ES256", pkcs8(t, small), authsdk.ES256, "cannot be used for ES256"},
		{"P-256 as ES384", pkcs8(t, p256), authsdk.ES384, "for ES256, not for ES384"},
		{"P-521", pkcs8(t, p521), "", "P-521"},
		{"P-521 as ES256", pkcs8(t, p521), authsdk.ES256, "P-521"},
		{"unknown algorithm", pkcs8(t, small), "RS1", "unknown algorithm"},
		{"none", pkcs8(t, small), "none", "unknown algorithm"},
		{"JWK for encryption", ec(p256, p256, p256, `,"use":"enc"`), "", "not sig"},
		{"JWK for deriving", ec(p256, p256, p256, `,"key_ops":["deriveKey"]`), "", "neither sign nor verify"},
		{"JWK of another algorithm", ec(p256, p256, p256, `,"alg":"ES384"`), "", "cannot be used for ES384"},
		{"JWK with a path as kid", ec(p256, p256, p256, `,"kid":"../x"`), "", "key ID must match"},
		{"halves of two keys", ec(other, other, p256, ""), "", ""},
		{"off the curve", ec(p256, other, p256, ""), "", ""},
		{"short secret", []byte(`{"kty":"oct","alg":"HS256","k":"c2hvcnQ"}`), "", "at least 32 bytes"},
		{"secret without algorithm", []byte(`{"kty":"oct","k":"` + base64.RawURLEncoding.EncodeToString([]byte(testSecret)) + `"}`), "", "does not say its algorithm"},
	} {
		key, err := authsdk.ParseKey(tt.data, tt.alg)
		if !errors.Is(err, authsdk.ErrWeakKey) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, %v; want a refusal that says %q", tt.name, key, err, tt.want)
			continue
		}
		if secret := scalar(t, p256); strings.Contains(err.Error(), secret) {
			t.Errorf("%s: the error shows the key", tt.name)
		}
	}
}

func TestNewSecretKey(t *testing.T) {
	t.Parallel()
	public := must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)).PublicKey
	der := must[[]byte](t)(x509.MarshalPKIXPublicKey(&public))
	long := make([]byte, 300)
	_, _ = rand.Read(long)
	rsaKey := must[*rsa.PrivateKey](t)(rsa.GenerateKey(rand.Reader, 2048))
	for _, tt := range []struct {
		name   string
		alg    authsdk.Algorithm
		secret string
		want   string
	}{
		{"32 bytes", authsdk.HS256, testSecret[:32], ""},
		{"48 bytes", authsdk.HS384, testSecret[:48], ""},
		{"64 bytes", authsdk.HS512, testSecret, ""},
		{"random bytes", authsdk.HS256, string(long), ""},
		{"a brace is no JWK", authsdk.HS256, "{" + testSecret, ""},
		{"a sequence that ends elsewhere", authsdk.HS256, "0" + testSecret, ""},
		{"empty", authsdk.HS256, "", "at least 32"},
		{"31 bytes", authsdk.HS256, testSecret[:31], "at least 32"},
		{"32 bytes for HS512", authsdk.HS512, testSecret[:32], "at least 64"},
		{"zeros", authsdk.HS256, strings.Repeat("\x00", 32), "1 different bytes"},
		{"a repeated word", authsdk.HS256, strings.Repeat("changeme", 8), "7 different bytes"},
		{"PEM", authsdk.HS256, string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})), "text of a key"},
		{"PEM without line ends", authsdk.HS256, "-----BEGIN PUBLIC KEY-----" + base64.StdEncoding.EncodeToString(der), "text of a key"},
		{"DER", authsdk.HS256, string(der), "text of a key"},
		{"DER of an RSA key", authsdk.HS256, string(x509.MarshalPKCS1PublicKey(&rsaKey.PublicKey)), "text of a key"},
		{"DER of a private key", authsdk.HS256, string(must[[]byte](t)(x509.MarshalPKCS8PrivateKey(rsaKey))), "text of a key"},
		{"base64 of DER", authsdk.HS256, base64.StdEncoding.EncodeToString(der), "text of a key"},
		{"base64url of DER", authsdk.HS256, base64.RawURLEncoding.EncodeToString(x509.MarshalPKCS1PublicKey(&rsaKey.PublicKey)), "text of a key"},
		{"base64 of random bytes", authsdk.HS256, base64.StdEncoding.EncodeToString(long), ""},
		{"JWK", authsdk.HS256, `{"kty":"EC","crv":"P-256","x":"0123456789","y":"abcdefghij"}`, "text of a key"},
		{"JWK Set", authsdk.HS256, ` {"keys":[{"kty":"EC","crv":"P-256","x":"0123456789"}]}`, "text of a key"},
		{"SSH", authsdk.HS256, "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIabcdefghijk", "text of a key"},
		{"ECDSA SSH", authsdk.HS256, "ecdsa-sha2-nistp256 AAAAC3NzaC1lZDI1NTE5AAAAI", "text of a key"},
		{"for ES256", authsdk.ES256, testSecret, "cannot be used for ES256"},
		{"for none", "none", testSecret, "unknown algorithm"},
	} {
		key, err := authsdk.NewSecretKey(tt.alg, []byte(tt.secret))
		switch {
		case tt.want == "" && err != nil:
			t.Errorf("%s: %v", tt.name, err)
		case tt.want != "" && (!errors.Is(err, authsdk.ErrWeakKey) || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("%s: %v, %v; want a refusal that says %q", tt.name, key, err, tt.want)
		case len(tt.secret) > 8 && err != nil && strings.Contains(err.Error(), tt.secret):
			t.Errorf("%s: the error shows the secret", tt.name)
		}
	}
	if _, err := authsdk.GenerateKey("ES1"); !errors.Is(err, authsdk.ErrWeakKey) {
		t.Errorf("GenerateKey(ES1): %v", err)
	}
}

// TestKeyIsSilent prints a key in every way Go has.
func TestKeyIsSilent(t *testing.T) {
	t.Parallel()
	keys := hmacKeys(t)
	key := keys.Signer()
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "key", key, "keys", keys.Keys())
	asJSON, _ := json.Marshal(key)
	hexSecret := fmt.Sprintf("%x", testSecret[:8])
	var decimals strings.Builder
	for _, b := range []byte(testSecret[:4]) {
		fmt.Fprintf(&decimals, "%d ", b)
	}
	for _, text := range []string{key.String(), fmt.Sprintf("%v %+v %#v %s", key, key, key, key), log.String(), string(asJSON)} {
		for _, secret := range []string{testSecret[:8], hexSecret, strings.TrimSpace(decimals.String()), base64.RawURLEncoding.EncodeToString([]byte(testSecret))[:8]} {
			if strings.Contains(text, secret) {
				t.Errorf("the key shows itself: %s", text)
			}
		}
	}
}

func TestKeySet(t *testing.T) {
	t.Parallel()
	es := must[*authsdk.Key](t)(authsdk.GenerateKey(authsdk.ES256))
	ed := must[*authsdk.Key](t)(authsdk.GenerateKey(authsdk.EdDSA))
	hs := hmacKeys(t).Signer()
	for name, keys := range map[string][]*authsdk.Key{"at least one key": nil, "is nil": {nil}, "two keys": {es, es}} {
		if _, err := authsdk.NewKeySet(keys...); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("NewKeySet = %v, want an error that says %q", err, name)
		}
	}
	set := must[*authsdk.KeySet](t)(authsdk.NewKeySet(es, ed, hs))
	if set.Signer() != es {
		t.Errorf("the signer is %v, want the first key", set.Signer())
	}
	public := set.PublicJWKS()
	var published struct{ Keys []map[string]any }
	if err := json.Unmarshal(public, &published); err != nil || len(published.Keys) != 2 {
		t.Fatalf("published %s, want the two public keys and no secret", public)
	}
	for _, k := range published.Keys {
		for _, private := range []string{"d", "p", "q", "dp", "dq", "qi", "k", "oth"} {
			if _, there := k[private]; there {
				t.Errorf("the published key has the private member %s", private)
			}
		}
		if k["use"] != "sig" || k["alg"] == nil || k["kid"] == nil {
			t.Errorf("the published key lacks use, alg or kid: %v", k)
		}
	}
	public[0] = 'x'
	if set.PublicJWKS()[0] == 'x' {
		t.Error("the caller can change what is published")
	}

	verifying := must[*authsdk.KeySet](t)(authsdk.ParseKeySet(set.PublicJWKS()))
	if verifying.Signer() != nil || verifying.Keys()[0].ID() != es.ID() {
		t.Errorf("read back %v, signer %v", verifying.Keys(), verifying.Signer())
	}
	restored := must[*authsdk.KeySet](t)(authsdk.ParseKeySet(must[[]byte](t)(set.PrivateJWKS())))
	if restored.Signer().ID() != es.ID() || len(restored.Keys()) != 3 {
		t.Errorf("restored %v", restored.Keys())
	}
	token := issue(t, restored, authsdk.Claims{})
	if _, err := newVerifier(t, verifying).Verify(t.Context(), token, authsdk.Policy{}); err != nil {
		t.Errorf("signed by the restored set, verified by the published one: %v", err)
	}
	both := must[[]byte](t)(verifying.PrivateJWKS())
	if bytes.Contains(both, []byte(`"d"`)) {
		t.Error("a set without private keys wrote one")
	}

	for name, data := range map[string]string{
		"neither a JWK nor": "x", "key 1 of the set": `{"keys":[{}]}`, "at least one key": `{"keys":[]}`,
	} {
		if _, err := authsdk.ParseKeySet([]byte(data)); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("ParseKeySet(%s) = %v, want an error that says %q", data, err, name)
		}
	}
	single := must[*authsdk.KeySet](t)(authsdk.ParseKeySet(pkcs8(t, must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)))))
	if single.Signer() == nil {
		t.Error("one key in PEM makes no set that signs")
	}
}
