package adapters_test

import (
	"context"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/authsdk/authsdk-go/authsdk"
)

// TestAttacksControl: what the attacks are changes of is accepted, everywhere.
func TestAttacksControl(t *testing.T) {
	t.Parallel()
	f := newForge(t)
	v := f.verifier()
	routers := required(v, map[string]authsdk.Policy{"/": {}}, tell)
	for _, token := range f.controls() {
		for name, h := range routers {
			q := query{method: http.MethodGet, path: "/", header: map[string]string{"Authorization": "Bearer " + token}}
			if got := ask(h, q); !strings.HasPrefix(got, "200 alice access headers") {
				t.Errorf("%s, %s: %s", name, token, got)
			}
		}
	}
}

// controls are good tokens, one of each algorithm, and good headers that are
// spelled in another way (ATK-071).
func (f *forge) controls() []string {
	of := func(a authsdk.Algorithm) string { return f.header("alg", quote(string(a)), "kid", quote(f.kids[a])) }
	return []string{
		f.good(),
		first(f.signed(authsdk.RS256, of(authsdk.RS256), claims())),
		first(f.signed(authsdk.ES256, of(authsdk.ES256), claims())),
		first(f.signed(authsdk.EdDSA, of(authsdk.EdDSA), claims())),
		pss(f, f.pss, rsa.PSSSaltLengthEqualsHash, of(authsdk.PS256)),
		f.sealed(f.header("typ", `"application/at+jwt"`), claims()), f.sealed(f.header("typ", `"AT+JWT"`), claims()),
	}
}

// TestAttacksHeader is section D: extensions, compression, nesting.
func TestAttacksHeader(t *testing.T) {
	t.Parallel()
	f := newForge(t)
	c := claims()
	with := func(pairs ...string) string { return f.sealed(f.header(pairs...), c) }
	crit := func(raw string) string { return with("crit", raw) }
	within := func(typ, payload string) string { return f.sealed(f.header("cty", `"JWT"`, "typ", typ), payload) }
	f.refuse(f.verifier(), []attack{
		{"ATK-040 an unknown extension", []string{crit(`["x"]`), crit(`["exp"]`), with("crit", `["x"]`, "x", "1")}},
		{"ATK-041 a list of extensions that is none", []string{
			crit(`[]`), crit("null"), crit(`"exp"`), crit("1"), crit(`["alg"]`), crit(`["b64"]`), crit(`["x","x"]`), crit(`{}`), crit(`[1]`),
		}},
		{"ATK-042 a payload that is not encoded", []string{
			with("b64", "false"), with("b64", "false", "crit", `["b64"]`), with("b64", `"false"`), with("b64", "null"), with("b64", "0"), with("b64", "true"),
			macked(secret, b64(f.header("b64", "false", "crit", `["b64"]`))+"."+c),
		}},
		{"ATK-043 members of encryption", []string{with("zip", `"DEF"`), with("enc", `"A256GCM"`)}},
		{"ATK-044 a token in a token", []string{
			within(`"JWT"`, f.good()), within(`"at+jwt"`, f.good()), within(`"at+jwt"`, b64(`{"alg":"none"}`)+"."+b64(c)+"."),
			within(`"at+jwt"`, within(`"JWT"`, f.good())), within(`"at+jwt"`, `"`+f.good()+`"`),
			within(`"at+jwt"`, `{"payload":"`+b64(c)+`","signatures":[]}`),
		}},
	})
}

// TestAttacksSignature is section E: the bytes of signatures.
func TestAttacksSignature(t *testing.T) { //nolint:tparallel // the rows share what tells whether a handler was reached
	t.Parallel()
	f := newForge(t)
	v := f.verifier()
	var all, ec, rsaOnly, ed, der []string
	for _, a := range []authsdk.Algorithm{authsdk.HS256, authsdk.RS256, authsdk.ES256, authsdk.EdDSA} {
		header := f.header("alg", quote(string(a)), "kid", quote(f.kids[a]))
		token, sig := f.signed(a, header, claims())
		if a == authsdk.HS256 {
			token = f.good()
			sig, _ = base64.RawURLEncoding.DecodeString(token[strings.LastIndexByte(token, '.')+1:])
		}
		text := token[:strings.LastIndexByte(token, '.')+1]
		with := func(sig []byte) string { return text + base64.RawURLEncoding.EncodeToString(sig) }
		for _, i := range []int{0, len(sig) / 2, len(sig) - 1} {
			flipped := slices.Clone(sig)
			flipped[i] ^= 1
			all = append(all, with(flipped))
		}
		all = append(all, with(make([]byte, len(sig))), with([]byte(strings.Repeat("\xff", len(sig)))), with(append(slices.Clone(sig), sig...)),
			with(sig[1:]), with(sig[:len(sig)-1]), with(append(slices.Clone(sig), 0)), with(append([]byte{0}, sig...)), with(sig[:16]),
			text+base64.RawURLEncoding.EncodeToString([]byte(hex.EncodeToString(sig))))
		switch a {
		case authsdk.ES256:
			n, p := elliptic.P256().Params().N, elliptic.P256().Params().P
			pair := func(r, s *big.Int) string {
				return with(append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...))
			}
			r, s := new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:])
			zero, less := new(big.Int), new(big.Int).Sub(n, big.NewInt(1))
			ec = append(ec, pair(zero, s), pair(r, zero), pair(zero, zero), pair(n, n), pair(less, less), pair(p, p), pair(s, r), pair(n, s), pair(r, n))
			asn := must[[]byte](t)(asn1.Marshal(struct{ R, S *big.Int }{r, s}))
			wide := slices.Concat([]byte{0}, sig[:32], []byte{0}, sig[32:])
			der = append(der, with(asn), with(wide))
		case authsdk.RS256:
			n := f.rsa.N
			sized := func(x *big.Int) string { return with(x.FillBytes(make([]byte, 256))) }
			rsaOnly = append(rsaOnly, sized(big.NewInt(1)), sized(n), sized(new(big.Int).Sub(n, big.NewInt(1))), sized(new(big.Int)))
			if sum := new(big.Int).Add(new(big.Int).SetBytes(sig), n); sum.BitLen() <= 2048 {
				rsaOnly = append(rsaOnly, sized(sum))
			}
		case authsdk.EdDSA:
			// The order of the group, RFC 8032 section 5.1, added to S.
			order, _ := new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)
			s := slices.Clone(sig[32:])
			slices.Reverse(s)
			beyond := new(big.Int).Add(new(big.Int).SetBytes(s), order).FillBytes(make([]byte, 32))
			slices.Reverse(beyond)
			ed = append(ed, with(append(slices.Clone(sig[:32]), beyond...)), with(append(make([]byte, 32), sig[32:]...)),
				with(append(append([]byte{1}, make([]byte, 31)...), sig[32:]...)))
		}
	}
	good, other := strings.Split(f.good(), "."), strings.Split(f.sealed(f.header(), claims("sub", `"mallory"`)), ".")
	f.refuse(v, []attack{
		{"ATK-045 changed, cut, doubled", all},
		{"ATK-046 numbers out of range", ec},
		{"ATK-047 other encodings", der},
		{"ATK-049 numbers beyond the modulus or the order", append(rsaOnly, ed...)},
		{"ATK-050 a signature over something else", []string{
			good[0] + "." + other[1] + "." + good[2], good[0] + "." + good[1] + "." + other[2],
			good[0] + "." + b64(strings.ReplaceAll(claims(), ",", ", ")) + "." + good[2],
			b64(strings.ReplaceAll(f.header(), ",", ", ")) + "." + good[1] + "." + good[2],
			b64(f.header("typ", `"rt+jwt"`)) + "." + good[1] + "." + good[2],
		}},
	})
	t.Run("ATK-048 a second signature of the same token is revoked with it", func(t *testing.T) {
		token, sig := f.signed(authsdk.ES256, f.header("alg", `"ES256"`, "kid", quote(f.kids[authsdk.ES256])), claims())
		s := new(big.Int).Sub(elliptic.P256().Params().N, new(big.Int).SetBytes(sig[32:]))
		second := token[:strings.LastIndexByte(token, '.')+1] +
			base64.RawURLEncoding.EncodeToString(append(slices.Clone(sig[:32]), s.FillBytes(make([]byte, 32))...))
		blocked := map[string]bool{}
		v := f.verifier(func(cfg *authsdk.VerifierConfig) {
			cfg.Revoked = func(_ context.Context, c *authsdk.Claims) (bool, error) { return blocked[c.ID], nil }
		})
		c, err := v.Verify(t.Context(), token, authsdk.Policy{})
		if err != nil {
			t.Fatal(err)
		}
		blocked[c.ID] = true
		for _, token := range []string{token, second} {
			if _, err := v.Verify(t.Context(), token, authsdk.Policy{}); !errors.Is(err, authsdk.ErrTokenRevoked) {
				t.Error(err)
			}
		}
	})
}
