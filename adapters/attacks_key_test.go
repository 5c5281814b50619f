package adapters_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/authsdk/authsdk-go/authsdk"
)

// TestAttacksAlgorithm is section B: the key decides the algorithm.
func TestAttacksAlgorithm(t *testing.T) { //nolint:tparallel // the rows share what tells whether a handler was reached
	t.Parallel()
	f := newForge(t)
	h, c := f.header(), claims()
	signature := f.good()[strings.LastIndexByte(f.good(), '.')+1:]
	unsigned := func(header string) string { return b64(header) + "." + b64(c) + "." }
	alg := func(raw string) string { return f.sealed(f.header("alg", raw), c) }
	var none []string
	for _, name := range []string{"none", "None", "NONE", "nOnE", "none ", " none", "no\tne", ""} {
		none = append(none, unsigned(f.header("alg", quote(name))), unsigned(f.header("alg", quote(name), "kid", "")))
	}
	none = append(none, unsigned(`{"\u0061lg":"n\u006fne"}`), strings.TrimSuffix(unsigned(f.header("alg", `"none"`)), "."))
	f.refuse(f.verifier(), []attack{
		{"ATK-016 no algorithm", none},
		{"ATK-017 no algorithm beside a signature", []string{
			b64(f.header("alg", `"none"`)) + "." + b64(c) + "." + signature,
			f.sealed(`{"alg":"none",`+h[1:], c), f.sealed(h[:len(h)-1]+`,"alg":"none"}`, c), f.sealed(`{"\u0061lg":"none",`+h[1:], c),
			f.sealed(h[:len(h)-1]+`,"alg":"HS256"}`, c),
		}},
		{"ATK-018 the text of a public key as the secret", publicAsSecret(f)},
		{"ATK-020 the bytes of a public key as the secret", []string{
			macked(string(f.ed[32:]), b64(f.header("kid", quote(f.kids[authsdk.EdDSA])))+"."+b64(c)),
			macked(string(f.ed[32:]), b64(f.header("kid", quote(f.kids[authsdk.EdDSA]), "alg", `"EdDSA"`))+"."+b64(c)),
		}},
		{"ATK-021 secrets that can be guessed", guessable(f)},
		{"ATK-022 a sibling of the algorithm", []string{
			f.sealed(f.header("alg", `"HS512"`), c),
			func() string {
				text := b64(f.header("alg", `"HS512"`)) + "." + b64(c)
				return text + "." + mac(sha512.New, secret, text)
			}(),
			pss(f, f.rsa, rsa.PSSSaltLengthEqualsHash, f.header("alg", `"PS256"`, "kid", quote(f.kids[authsdk.RS256]))),
			first(f.signed(authsdk.ES256, f.header("alg", `"ES384"`, "kid", quote(f.kids[authsdk.ES256])), c)),
			first(f.signed(authsdk.RS256, f.header("alg", `"RS512"`, "kid", quote(f.kids[authsdk.RS256])), c)),
		}},
		{"ATK-023 alg is no algorithm", []string{
			alg(""), alg("null"), alg("256"), alg(`["HS256"]`), alg(`{"a":"HS256"}`), alg(`""`), alg(`"hs256"`), alg(`"HS256 "`),
			alg(`"HS256\u0000"`), alg(quote(strings.Repeat("HS256", 14_000))), alg(`"FOO"`), alg(`"A256KW"`), alg(`"dir"`), alg("true"),
		}},
		{"ATK-024 alg in another case", []string{
			f.sealed(f.header("alg", "", "ALG", `"HS256"`), c), f.sealed(f.header("ALG", `"HS256"`), c), f.sealed(f.header("Alg", `"none"`), c),
		}},
		{"ATK-025 another salt length", []string{
			pss(f, f.pss, 0, f.header("alg", `"PS256"`, "kid", quote(f.kids[authsdk.PS256]))),
			pss(f, f.pss, 20, f.header("alg", `"PS256"`, "kid", quote(f.kids[authsdk.PS256]))),
			pss(f, f.pss, rsa.PSSSaltLengthAuto, f.header("alg", `"PS256"`, "kid", quote(f.kids[authsdk.PS256]))),
		}},
	})
	t.Run("ATK-019 the text of a key is refused as a secret", func(t *testing.T) {
		for name, text := range keyTexts(f) {
			if strings.HasPrefix(name, "raw") {
				continue // nothing tells a number from a secret
			}
			if _, err := authsdk.NewSecretKey(authsdk.HS256, []byte(text)); err == nil {
				t.Errorf("%s was taken as a secret", name)
			}
		}
	})
	t.Run("ATK-026 algorithms that are not supported", func(t *testing.T) {
		for _, a := range []authsdk.Algorithm{"none", "RSA1_5", "RSA-OAEP", "RS1", "HS1", "ES256K", ""} {
			if _, err := authsdk.GenerateKey(a); err == nil {
				t.Errorf("a key was made for %q", a)
			}
			if _, err := authsdk.ParseKey(pemOf(t, f.rsa.Public()), a); err == nil && a != "" {
				t.Errorf("a key was read for %q", a)
			}
		}
	})
}

func first(token string, _ []byte) string { return token }

// pss signs with a salt of n bytes.
func pss(f *forge, key *rsa.PrivateKey, n int, header string) string {
	text := b64(header) + "." + b64(claims())
	sum := sha256.Sum256([]byte(text))
	sig := must[[]byte](f.t)(rsa.SignPSS(rand.Reader, key, crypto.SHA256, sum[:], &rsa.PSSOptions{SaltLength: n}))
	return text + "." + base64.RawURLEncoding.EncodeToString(sig)
}

// keyTexts are public keys in their usual forms.
func keyTexts(f *forge) map[string]string {
	texts := map[string]string{}
	for name, public := range map[string]crypto.PublicKey{"RSA": f.rsa.Public(), "EC": f.ec.Public(), "Ed25519": f.ed.Public()} {
		block := string(pemOf(f.t, public))
		der := must[[]byte](f.t)(x509.MarshalPKIXPublicKey(public))
		texts[name+" PEM"] = block
		texts[name+" PEM without its last line end"] = strings.TrimSuffix(block, "\n")
		texts[name+" PEM with CRLF"] = strings.ReplaceAll(block, "\n", "\r\n")
		texts[name+" DER"] = string(der)
		texts[name+" DER in base64"] = base64.StdEncoding.EncodeToString(der)
	}
	texts["RSA PKCS #1"] = string(pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(&f.rsa.PublicKey)}))
	texts["JWK Set"] = string(f.keys.PublicJWKS())
	texts["SSH"] = "ssh-rsa " + base64.StdEncoding.EncodeToString(f.rsa.N.Bytes())
	texts["raw modulus"] = string(f.rsa.N.Bytes())
	point := must[[]byte](f.t)(f.ec.PublicKey.Bytes())
	texts["raw point"], texts["raw x"], texts["raw Ed25519"] = string(point), string(point[1:33]), string(f.ed[32:])
	return texts
}

func publicAsSecret(f *forge) (out []string) {
	for _, text := range keyTexts(f) {
		for _, kid := range f.kids {
			out = append(out, macked(text, b64(f.header("kid", quote(kid)))+"."+b64(claims())))
		}
	}
	return out
}

func guessable(f *forge) (out []string) {
	for _, s := range []string{
		"", "\x00", strings.Repeat("\x00", 32), strings.Repeat("\x00", 64), "secret", "your-256-bit-secret", "changeme", "password",
		"jwt_secret", "test", "key", "admin", "none", "null", secret[:32], strings.ToUpper(secret), secret + "\n", f.kids[authsdk.HS256],
	} {
		out = append(out, macked(s, b64(f.header())+"."+b64(claims())))
	}
	return out
}

// TestAttacksKeys is section C: a token does not choose its key.
func TestAttacksKeys(t *testing.T) { //nolint:tparallel // the rows share what tells whether a handler was reached
	t.Parallel()
	f := newForge(t)
	c := claims()
	var asked atomic.Int32
	listener := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer listener.Close()
	kid := func(raw string) string { return f.sealed(f.header("kid", raw), c) }
	with := func(pairs ...string) string { return f.sealed(f.header(pairs...), c) }
	stranger := strings.Repeat("stranger", 8)
	jwk := func(kid string) string {
		return `{"kty":"oct","kid":"` + kid + `","k":"` + b64(stranger) + `"}`
	}
	own := b64(f.header("jwk", jwk("x"))) + "." + b64(c)
	var urls []string
	for _, u := range []string{
		listener.URL + "/jwks.json", "http://169.254.169.254/latest", "file:///etc/passwd", "http://localhost/", "https://auth.example@" + listener.Listener.Addr().String(),
		"data:application/json,{}", "http://[::ffff:127.0.0.1]/",
	} {
		for _, member := range []string{"jku", "x5u"} {
			urls = append(urls, with(member, quote(u)), macked(stranger, b64(f.header(member, quote(u)))+"."+b64(c)))
		}
	}
	var odd []string
	for _, id := range []string{
		"/dev/null", "../../../../dev/null", "/proc/sys/kernel/randomize_va_space", `C:\Windows\win.ini`, "' OR '1'='1", "x' UNION SELECT 'k' -- ",
		"1; SELECT pg_sleep(5)", "$(sleep 5)", "`id`", "*)(uid=*", "x\r\nSET a b", "x\r\nX-Injected: 1", "http://127.0.0.1/", "__proto__", "constructor",
		f.kids[authsdk.HS256] + "\x00", strings.ToUpper(f.kids[authsdk.HS256]), strings.Repeat("k", 1<<20), " ",
	} {
		odd = append(odd, kid(quote(id)), macked("", b64(f.header("kid", quote(id)))+"."+b64(c)))
	}
	f.refuse(f.verifier(), []attack{
		{"ATK-027 a stranger's key under a good name", []string{macked(stranger, b64(f.header())+"."+b64(c))}},
		{"ATK-028 a key in the header", []string{
			macked(stranger, own), macked(stranger, b64(f.header("jwk", jwk("x"), "kid", ""))+"."+b64(c)),
			macked(stranger, b64(f.header("jwk", jwk(f.kids[authsdk.HS256])))+"."+b64(c)),
		}},
		{"ATK-029 a URL in the header", urls},
		{"ATK-030 a certificate in the header", []string{with("x5c", `["MIIB"]`), with("x5t", `"AAAA"`), with("x5t#S256", `"AAAA"`)}},
		{"ATK-031 a good signature over a header that names a key", []string{with("jwk", jwk("x")), with("jku", quote(listener.URL))}},
		{"ATK-032 and 033 names that are something else", odd},
		{"ATK-034 names of another type", []string{
			kid("1"), kid(`["a"]`), kid(`{}`), kid("null"), kid(`""`), kid("true"),
			f.sealed(strings.Replace(f.header(), "{", `{"kid":"x",`, 1), c), f.sealed(f.header("KID", `"x"`), c),
		}},
		{"ATK-035 no name", []string{kid("")}},
	})
	if n := asked.Load(); n != 0 {
		t.Errorf("a URL of a token was asked %d times", n)
	}
	t.Run("ATK-036 unknown names by the thousand", func(t *testing.T) {
		source := &counted{keys: f.keys}
		v := f.verifier(func(cfg *authsdk.VerifierConfig) { cfg.Keys = source })
		for i := range 10_000 {
			if _, err := v.Verify(t.Context(), kid(fmt.Sprintf(`"unknown-%d"`, i)), authsdk.Policy{}); authsdk.ErrorOf(err).Code != "token_invalid" {
				t.Fatal(err)
			}
		}
		if n := source.n.Load(); n > 10_000 {
			t.Errorf("the key source was asked %d times", n)
		}
	})
	t.Run("ATK-037 to 039 keys that are refused when they are loaded", func(t *testing.T) {
		hs := f.keys.Keys()[0]
		if _, err := authsdk.NewKeySet(hs, hs); err == nil {
			t.Error("two keys have one name")
		}
		if published := string(f.keys.PublicJWKS()); strings.Contains(published, `"oct"`) || strings.Contains(published, b64(secret)) {
			t.Error("a secret was published")
		}
		weak := must[*rsa.PrivateKey](t)(rsa.GenerateKey(rand.Reader, 1024))
		for name, text := range map[string]string{
			"RSA 1024":    string(pemOf(t, weak.Public())),
			"exponent 1":  `{"kty":"RSA","alg":"RS256","n":"` + b64(string(f.rsa.N.Bytes())) + `","e":"AQ"}`,
			"exponent 2":  `{"kty":"RSA","alg":"RS256","n":"` + b64(string(f.rsa.N.Bytes())) + `","e":"Ag"}`,
			"off curve":   `{"kty":"EC","alg":"ES256","crv":"P-256","x":"` + b64(strings.Repeat("1", 32)) + `","y":"` + b64(strings.Repeat("2", 32)) + `"}`,
			"encryption":  `{"kty":"oct","alg":"HS256","use":"enc","k":"` + b64(secret) + `"}`,
			"sign alone":  `{"kty":"oct","alg":"HS256","key_ops":["encrypt"],"k":"` + b64(secret) + `"}`,
			"other curve": `{"kty":"EC","alg":"ES384","crv":"P-256","x":"` + b64(strings.Repeat("1", 32)) + `","y":"` + b64(strings.Repeat("2", 32)) + `"}`,
		} {
			if _, err := authsdk.ParseKey([]byte(text), ""); err == nil {
				t.Errorf("%s was loaded", name)
			}
		}
	})
}

// counted counts how often keys are asked for.
type counted struct {
	keys *authsdk.KeySet
	n    atomic.Int32
}

// KeySet gives the keys.
func (c *counted) KeySet(context.Context) (*authsdk.KeySet, error) {
	c.n.Add(1)
	return c.keys, nil
}
