package jwe_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/c2sp/wycheproof"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/jwe"
)

func algorithms() []jwe.Algorithm {
	return []jwe.Algorithm{jwe.RSAOAEP256, jwe.ECDHES, jwe.ECDHESA256KW, jwe.A256KW, jwe.Direct}
}

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

// TestRoundTrip: what a key encrypts it decrypts, also after it was written and
// read, and nobody else does.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	for _, a := range algorithms() {
		key, other := must[*jwe.Key](t)(jwe.GenerateKey(a)), must[*jwe.Key](t)(jwe.GenerateKey(a))
		keys := must[*jwe.Keys](t)(jwe.NewKeys(key, other))
		token := must[string](t)(keys.Encrypt(t.Context(), "a.b.c"))
		again := must[*jwe.Key](t)(jwe.ParseKey(must[[]byte](t)(key.MarshalJWK()), a))
		for _, ks := range []*jwe.Keys{keys, must[*jwe.Keys](t)(jwe.NewKeys(other, again))} {
			if inner, err := ks.Decrypt(t.Context(), token); err != nil || inner != "a.b.c" {
				t.Errorf("%s: %q, %v", a, inner, err)
			}
		}
		if second := must[string](t)(keys.Encrypt(t.Context(), "a.b.c")); second == token {
			t.Errorf("%s: the same token twice", a)
		}
		if _, err := must[*jwe.Keys](t)(jwe.NewKeys(other)).Decrypt(t.Context(), token); !errors.Is(err, authsdk.ErrTokenInvalid) {
			t.Errorf("%s: another key: %v", a, err)
		}
		public, err := key.Public()
		if a == jwe.A256KW || a == jwe.Direct {
			if err == nil {
				t.Errorf("%s: a secret has a public half", a)
			}
			continue
		}
		half := must[*jwe.Keys](t)(jwe.NewKeys(must[*jwe.Key](t)(public, err)))
		if inner, err := keys.Decrypt(t.Context(), must[string](t)(half.Encrypt(t.Context(), "x.y.z"))); err != nil || inner != "x.y.z" {
			t.Errorf("%s: encrypted with the public half: %q, %v", a, inner, err)
		}
		if _, err := half.Decrypt(t.Context(), token); !errors.Is(err, authsdk.ErrTokenInvalid) {
			t.Errorf("%s: the public half decrypts: %v", a, err)
		}
	}
}

// TestSecrecy: a key does not show itself.
func TestSecrecy(t *testing.T) {
	t.Parallel()
	key := must[*jwe.Key](t)(jwe.GenerateKey(jwe.A256KW))
	var jwk struct{ K string }
	if err := json.Unmarshal(must[[]byte](t)(key.MarshalJWK()), &jwk); err != nil || jwk.K == "" {
		t.Fatal(err)
	}
	raw, _ := base64.RawURLEncoding.DecodeString(jwk.K)
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("key", "key", key)
	for _, text := range []string{
		key.String(), fmt.Sprintf("%v %+v %#v %s %q", key, key, key, key, key), string(must[[]byte](t)(json.Marshal(key))), log.String(),
	} {
		if strings.Contains(text, jwk.K) || strings.Contains(text, string(raw)) || strings.Contains(text, string(raw)) {
			t.Errorf("%s shows the key", text)
		}
	}
}

func TestKeysAreChecked(t *testing.T) {
	t.Parallel()
	ec := string(must[[]byte](t)(must[*jwe.Key](t)(jwe.GenerateKey(jwe.ECDHES)).MarshalJWK()))
	signing := must[*authsdk.KeySet](t)(authsdk.NewKeySet(must[*authsdk.Key](t)(authsdk.GenerateKey(authsdk.ES256))))
	var set struct{ Keys []json.RawMessage }
	if err := json.Unmarshal(must[[]byte](t)(signing.PrivateJWKS()), &set); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		text string
		a    jwe.Algorithm
	}{
		"no key":          {"text", jwe.A256KW},
		"other algorithm": {ec, jwe.ECDHESA256KW},
		"for signatures":  {string(set.Keys[0]), jwe.ECDHES},
		"unknown":         {ec, "RSA1_5"},
		"short secret":    {`{"kty":"oct","k":"AAAA"}`, jwe.A256KW},
		"secret for RSA":  {`{"kty":"oct","k":"` + strings.Repeat("A", 43) + `"}`, jwe.RSAOAEP256},
		"short RSA":       {`{"kty":"RSA","n":"AQAB","e":"AQAB"}`, jwe.RSAOAEP256},
		"off the curve":   {`{"kty":"EC","crv":"P-256","x":"` + strings.Repeat("B", 43) + `","y":"` + strings.Repeat("B", 43) + `"}`, jwe.ECDHES},
		"another curve":   {`{"kty":"EC","crv":"P-384","x":"AAAA","y":"AAAA"}`, jwe.ECDHES},
		"an Ed25519 key":  {`{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`, jwe.ECDHES},
		"a long name":     {`{"kty":"oct","kid":"` + strings.Repeat("k", 129) + `","k":"` + strings.Repeat("A", 43) + `"}`, jwe.A256KW},
	} {
		if _, err := jwe.ParseKey([]byte(tt.text), tt.a); !errors.Is(err, authsdk.ErrWeakKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
	key := must[*jwe.Key](t)(jwe.GenerateKey(jwe.Direct))
	for _, keys := range [][]*jwe.Key{nil, {nil}, {{}}, {key, key}} {
		if _, err := jwe.NewKeys(keys...); err == nil {
			t.Errorf("%v was accepted", keys)
		}
	}
	if _, err := jwe.GenerateKey("RSA1_5"); err == nil {
		t.Error("a key for RSA1_5")
	}
}

// TestAttacks is section I of the catalogue: what arrives is checked before it
// is decrypted, never panics, and every failure is the same error.
func TestAttacks(t *testing.T) {
	t.Parallel()
	for _, a := range algorithms() {
		key := must[*jwe.Key](t)(jwe.GenerateKey(a))
		keys := must[*jwe.Keys](t)(jwe.NewKeys(key))
		token := must[string](t)(keys.Encrypt(t.Context(), "a.b.c"))
		parts := strings.Split(token, ".")
		with := func(i int, segment string) string {
			changed := slices.Clone(parts)
			changed[i] = segment
			return strings.Join(changed, ".")
		}
		header := string(must[[]byte](t)(base64.RawURLEncoding.DecodeString(parts[0])))
		head := func(old, replacement string) string {
			if !strings.Contains(header, old) {
				t.Fatalf("%s has no %s", header, old)
			}
			return with(0, b64(strings.Replace(header, old, replacement, 1)))
		}
		bad := map[string]string{
			"ATK-083 empty encrypted key": with(1, ""), "ATK-084 8 bytes": with(1, b64("\xa6\xa6\xa6\xa6\xa6\xa6\xa6\xa6")),
			"ATK-084 16 bytes": with(1, b64(strings.Repeat("x", 16))), "ATK-084 48 bytes": with(1, b64(strings.Repeat("x", 48))),
			"ATK-085 four parts": strings.Join(parts[:4], "."), "ATK-085 six parts": token + ".", "ATK-085 dots": strings.Repeat(".", 1_000_000),
			"ATK-086 tag of 4 bytes": with(4, parts[4][:6]), "ATK-086 no IV": with(2, ""), "ATK-086 IV of 11 bytes": with(2, b64(strings.Repeat("i", 11))),
			"ATK-086 IV of 13 bytes": with(2, b64(strings.Repeat("i", 13))), "ATK-086 IV of 16 bytes": with(2, b64(strings.Repeat("i", 16))),
			"ATK-088 another enc": head("A256GCM", "A128GCM"), "ATK-088 CBC": head("A256GCM", "A256CBC-HS512"), "ATK-088 no enc": head(`"enc"`, `"x"`),
			"ATK-090 compressed": head("{", `{"zip":"DEF",`), "ATK-092 a password": head(string(a), "PBES2-HS256+A128KW"),
			"ATK-092 with a count": head("{", `{"p2c":2147483647,"p2s":"AAAA",`), "ATK-094 JSON": `{"protected":"` + parts[0] + `","ciphertext":"` + parts[3] + `"}`,
			"ATK-097 a signed token": "eyJhbGciOiJIUzI1NiJ9.e30.AAAA", "crit": head("{", `{"crit":["x"],"x":1,`), "jku": head("{", `{"jku":"http://127.0.0.1/",`),
			"no cty": head(`"cty":"JWT"`, `"x":"JWT"`), "twice": head("{", `{"cty":"JWT",`), "another case": head(`"enc"`, `"Enc"`), "kid": head(`"kid":"`, `"kid":"x`),
			"padding": token + "=", "line break": token + "\n", "large": with(3, strings.Repeat("A", 20_000)), "empty": "", "number": head(`"JWT"`, "1"),
		}
		for i := range parts {
			if parts[i] == "" {
				continue
			}
			bad[fmt.Sprintf("ATK-085 part %d flipped", i)] = with(i, flip(parts[i]))
			bad[fmt.Sprintf("ATK-085 part %d cut", i)] = with(i, parts[i][:len(parts[i])-2])
			bad[fmt.Sprintf("ATK-085 part %d of one byte", i)] = with(i, "AA")
		}
		for _, other := range []string{"RSA1_5", "RSA-OAEP", "none", "HS256", "A128KW", "A256GCMKW", "dir", "ECDH-ES", "A256KW", "RSA-OAEP-256", "ECDH-ES+A256KW"} {
			if other != string(a) {
				bad["ATK-088 "+other] = head(`"`+string(a)+`"`, `"`+other+`"`)
			}
		}
		if strings.HasPrefix(string(a), "ECDH") {
			epk := header[strings.Index(header, `"epk":`)+6:]
			epk = epk[:strings.Index(epk, "}")+1]
			for name, value := range map[string]string{
				"null": "null", "text": `"x"`, "off the curve": `{"kty":"EC","crv":"P-256","x":"` + strings.Repeat("B", 43) + `","y":"` + strings.Repeat("B", 43) + `"}`,
				"zero":  `{"kty":"EC","crv":"P-256","x":"` + strings.Repeat("A", 43) + `","y":"` + strings.Repeat("A", 43) + `"}`,
				"huge":  `{"kty":"EC","crv":"P-256","x":"` + strings.Repeat("B", 4000) + `","y":"` + strings.Repeat("B", 43) + `"}`,
				"curve": strings.Replace(epk, "P-256", "P-384", 1), "X25519": `{"kty":"OKP","crv":"X25519","x":"` + strings.Repeat("A", 43) + `"}`,
				"oct": `{"kty":"oct","k":"AAAA"}`, "private": strings.Replace(epk, "{", `{"d":"AAAA",`, 1), "RSA": `{"kty":"RSA","n":"AQAB","e":"AQAB"}`,
			} {
				bad["ATK-093 epk "+name] = head(epk, value)
			}
		} else {
			bad["epk where there is none"] = head("{", `{"epk":{"kty":"EC","crv":"P-256","x":"`+strings.Repeat("B", 43)+`","y":"`+strings.Repeat("B", 43)+`"},`)
			if a != jwe.Direct {
				bad["ATK-089 zeros"] = with(1, b64(strings.Repeat("\x00", len(must[[]byte](t)(base64.RawURLEncoding.DecodeString(parts[1]))))))
			} else {
				bad["ATK-087 a key where there is none"] = with(1, b64(strings.Repeat("x", 40)))
			}
		}
		var said string
		for name, text := range bad {
			if text == token { // the part is empty in every token of this algorithm
				continue
			}
			inner, err := keys.Decrypt(t.Context(), text)
			if inner != "" || !errors.Is(err, authsdk.ErrTokenInvalid) {
				t.Errorf("%s, %s: %q, %v", a, name, inner, err)
				continue
			}
			if said == "" {
				said = err.Error()
			}
			if err.Error() != said {
				t.Errorf("%s, %s: %v tells more than %s", a, name, err, said)
			}
		}
		if _, err := keys.Encrypt(t.Context(), strings.Repeat("a", jwe.MaxSize)); err == nil {
			t.Errorf("%s: a token was made that is refused", a)
		}
	}
}

func b64(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

func flip(segment string) string {
	if segment[0] == 'A' {
		return "B" + segment[1:]
	}
	return "A" + segment[1:]
}

// TestWycheproof: of the vectors of others none is accepted as a nested token,
// because none is one. Those of the pairs that are supported are decrypted, and
// all invalid ones are refused without the checks in front as well.
func TestWycheproof(t *testing.T) {
	t.Parallel()
	var file struct {
		TestGroups []struct {
			Private json.RawMessage
			Tests   []struct {
				TcID            int
				Comment         string
				Pt, JWE, Result string
			}
		}
	}
	data := must[[]byte](t)(fs.ReadFile(wycheproof.TestVectors, "json_web_encryption_test.json"))
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	tried, opened := 0, 0
	for _, group := range file.TestGroups {
		for _, tt := range group.Tests {
			var h struct{ Alg, Enc string }
			head, _, _ := strings.Cut(tt.JWE, ".")
			raw, _ := base64.RawURLEncoding.DecodeString(head)
			_ = json.Unmarshal(raw, &h)
			for _, a := range algorithms() {
				key, err := jwe.ParseKey(group.Private, a)
				if err != nil {
					continue
				}
				tried++
				if inner, err := must[*jwe.Keys](t)(jwe.NewKeys(key)).Decrypt(t.Context(), tt.JWE); err == nil {
					t.Errorf("%d (%s) was accepted as %s: %q", tt.TcID, tt.Comment, a, inner)
				}
				plain, ok := key.DecryptUnchecked(tt.JWE)
				switch {
				case ok && tt.Result == "invalid" && strings.Count(tt.JWE, ".") == 4: // the others are the front's
					t.Errorf("%d (%s) was decrypted with %s", tt.TcID, tt.Comment, a)
				case h.Alg == string(a) && h.Enc == "A256GCM" && tt.Result == "valid":
					if !ok || fmt.Sprintf("%x", plain) != tt.Pt {
						t.Errorf("%d (%s) was not decrypted with %s", tt.TcID, tt.Comment, a)
					}
					opened++
				}
			}
		}
	}
	if tried < 50 || opened < 4 {
		t.Errorf("only %d vectors were tried, %d of supported pairs opened", tried, opened)
	}
	t.Logf("%d tried, %d opened", tried, opened)
}

// TestRFC7520: the examples of the cookbook are no nested tokens, and most have
// algorithms that are not supported, so none is accepted; the one whose way to
// the key is, is decrypted without the checks in front.
func TestRFC7520(t *testing.T) {
	t.Parallel()
	files := must[[]string](t)(filepath.Glob("testdata/rfc7520/*.json"))
	if len(files) != 13 {
		t.Fatalf("%d files", len(files))
	}
	opened := 0
	for _, file := range files {
		var example struct {
			Input struct {
				Plaintext string
				Key       json.RawMessage
				Alg       any
			}
			Output struct {
				Compact string
				JSON    json.RawMessage
			}
		}
		if err := json.Unmarshal(must[[]byte](t)(os.ReadFile(file)), &example); err != nil {
			t.Fatal(file, err)
		}
		some := must[*jwe.Keys](t)(jwe.NewKeys(must[*jwe.Key](t)(jwe.GenerateKey(jwe.ECDHES))))
		for _, text := range []string{example.Output.Compact, string(example.Output.JSON)} {
			if _, err := some.Decrypt(t.Context(), text); !errors.Is(err, authsdk.ErrTokenInvalid) {
				t.Errorf("%s: %v", file, err)
			}
		}
		for _, a := range algorithms() {
			key, err := jwe.ParseKey(example.Input.Key, a)
			if err != nil || example.Output.Compact == "" {
				continue
			}
			if _, err := must[*jwe.Keys](t)(jwe.NewKeys(key)).Decrypt(t.Context(), example.Output.Compact); err == nil {
				t.Errorf("%s was accepted as %s", file, a)
			}
			if plain, ok := key.DecryptUnchecked(example.Output.Compact); ok && example.Input.Alg == string(a) {
				if plain != example.Input.Plaintext {
					t.Errorf("%s: %q", file, plain)
				}
				opened++
			}
		}
	}
	if opened == 0 {
		t.Error("none was decrypted")
	}
}
