package authsdk_test

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/authsdk/authsdk-go/authsdk"
)

// TestRoundTrip holds every algorithm to the same promise: what was issued is
// what is verified.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	for _, alg := range []authsdk.Algorithm{
		authsdk.HS256, authsdk.HS384, authsdk.HS512, authsdk.RS256,
		authsdk.PS256, authsdk.ES256, authsdk.ES384, authsdk.EdDSA,
	} {
		t.Run(string(alg), func(t *testing.T) {
			t.Parallel()
			keys := must[*authsdk.KeySet](t)(authsdk.NewKeySet(must[*authsdk.Key](t)(authsdk.GenerateKey(alg))))
			want := authsdk.Claims{
				Type: authsdk.Access, ID: "token-0123456789", Subject: "alice", IssuedAt: start, NotBefore: start,
				Expires: start.Add(time.Hour), AuthTime: start.Add(-time.Minute), Fresh: true,
				Scopes: []string{"read", "write"}, Roles: []string{"admin"},
				SessionID: "session-01234567", CSRF: "csrf-0123456789a",
			}
			token := must[string](t)(newIssuer(t, keys).Issue(t.Context(), want, map[string]any{"tenant": "acme"}))
			got, err := newVerifier(t, keys).Verify(t.Context(), token, authsdk.Policy{Fresh: true, Scopes: []string{"write"}, Roles: []string{"admin"}})
			if err != nil {
				t.Fatal(err)
			}
			want.Issuer, want.Audience, want.KeyID = testIssuer, []string{testIssuer}, keys.Signer().ID()
			if diff := cmp.Diff(&want, got, cmpopts.IgnoreFields(authsdk.Claims{}, "Raw", "Header")); diff != "" {
				t.Errorf("claims (-want +got):\n%s", diff)
			}
			custom, err := authsdk.Custom[struct {
				Tenant string `json:"tenant"`
			}](got)
			if err != nil || custom.Tenant != "acme" {
				t.Errorf("Custom = %+v, %v, want tenant acme", custom, err)
			}
		})
	}
}

// TestVerifyForm refuses every other spelling of a good token, and everything
// that is none.
func TestVerifyForm(t *testing.T) {
	t.Parallel()
	keys := hmacKeys(t)
	good := issue(t, keys, authsdk.Claims{})
	v := newVerifier(t, keys)
	if _, err := v.Verify(t.Context(), good, authsdk.Policy{}); err != nil {
		t.Fatalf("the unchanged token: %v", err)
	}
	seg := strings.Split(good, ".")
	last := seg[2][len(seg[2])-1]
	spare := string(rune(last + 1)) // the same byte, other unused bits
	std := strings.NewReplacer("-", "+", "_", "/")
	tests := map[string]string{
		"empty": "", "blank": " ", "one dot": ".", "two dots": "..", "four dots": "....",
		"one part": seg[0], "two parts": seg[0] + "." + seg[1], "four parts": good + ".x",
		"trailing dot": good + ".", "leading dot": "." + good,
		"no header": "." + seg[1] + "." + seg[2], "no payload": seg[0] + ".." + seg[2], "no signature": seg[0] + "." + seg[1] + ".",
		"truncated": good[:len(good)-1], "half": good[:len(good)/2],
		"leading blank": " " + good, "trailing blank": good + " ", "trailing LF": good + "\n", "trailing CRLF": good + "\r\n",
		"NUL behind": good + "\x00", "byte order mark": "\uFEFF" + good, "quoted": `"` + good + `"`,
		"padding": good + "=", "double padding": good + "==", "padding on the header": seg[0] + "=." + seg[1] + "." + seg[2],
		"LF in the signature":     seg[0] + "." + seg[1] + "." + seg[2][:4] + "\n" + seg[2][4:],
		"signature of line feeds": seg[0] + "." + seg[1] + "." + strings.Repeat("\n", 43),
		"spare bits":              good[:len(good)-1] + spare,
		"standard alphabet":       std.Replace(good) + "+",
		"twice":                   good + "," + good, "with scheme": "Bearer " + good,
		"percent-encoded": strings.ReplaceAll(good, ".", "%2E"), "full-width dots": strings.ReplaceAll(good, ".", "．"),
		"JSON serialization": `{"payload":"` + seg[1] + `","protected":"` + seg[0] + `","signature":"` + seg[2] + `"}`,
		"claims alone":       `{"sub":"alice"}`, "claims in base64": b64(`{"sub":"alice"}`),
		"a million dots": strings.Repeat(".", 1<<20), "huge": strings.Repeat("A", 10<<20),
		"too long": good + strings.Repeat("A", authsdk.MaxTokenSize),
	}
	for name, token := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := v.Verify(t.Context(), token, authsdk.Policy{})
			if !errors.Is(err, authsdk.ErrTokenMalformed) && !errors.Is(err, authsdk.ErrTokenInvalid) {
				t.Errorf("Verify = %v, %v; want token_malformed or token_invalid", c, err)
			}
			if c != nil {
				t.Errorf("claims of a refused token: %v", c)
			}
		})
	}
}

// TestVerifyHeader signs headers that must not be accepted, with the right key.
func TestVerifyHeader(t *testing.T) {
	t.Parallel()
	keys := hmacKeys(t)
	v := newVerifier(t, keys)
	kid := keys.Signer().ID()
	with := func(more string) string { return `{"alg":"HS256","kid":"` + kid + `","typ":"at+jwt"` + more + `}` }
	if _, err := v.Verify(t.Context(), seal(goodHeader(keys), payload(nil)), authsdk.Policy{}); err != nil {
		t.Fatalf("the good header: %v", err)
	}
	tests := map[string]string{
		"alg none":        `{"alg":"none","kid":"` + kid + `","typ":"at+jwt"}`,
		"alg lower case":  `{"alg":"hs256","kid":"` + kid + `","typ":"at+jwt"}`,
		"alg missing":     `{"kid":"` + kid + `","typ":"at+jwt"}`,
		"alg null":        `{"alg":null,"kid":"` + kid + `","typ":"at+jwt"}`,
		"alg number":      `{"alg":256,"kid":"` + kid + `","typ":"at+jwt"}`,
		"alg array":       `{"alg":["HS256"],"kid":"` + kid + `","typ":"at+jwt"}`,
		"alg sibling":     `{"alg":"HS512","kid":"` + kid + `","typ":"at+jwt"}`,
		"ALG":             `{"ALG":"HS256","kid":"` + kid + `","typ":"at+jwt"}`,
		"alg and ALG":     with(`,"ALG":"none"`),
		"alg twice":       with(`,"alg":"HS256"`),
		"alg escaped":     with(`,"\u0061lg":"none"`),
		"kid missing":     `{"alg":"HS256","typ":"at+jwt"}`,
		"kid unknown":     `{"alg":"HS256","kid":"other","typ":"at+jwt"}`,
		"kid empty":       `{"alg":"HS256","kid":"","typ":"at+jwt"}`,
		"kid null":        `{"alg":"HS256","kid":null,"typ":"at+jwt"}`,
		"kid number":      `{"alg":"HS256","kid":1,"typ":"at+jwt"}`,
		"kid path":        `{"alg":"HS256","kid":"../../dev/null","typ":"at+jwt"}`,
		"kid with NUL":    `{"alg":"HS256","kid":"` + kid + `\u0000","typ":"at+jwt"}`,
		"typ missing":     `{"alg":"HS256","kid":"` + kid + `"}`,
		"typ JWT":         `{"alg":"HS256","kid":"` + kid + `","typ":"JWT"}`,
		"typ refresh":     `{"alg":"HS256","kid":"` + kid + `","typ":"rt+jwt"}`,
		"typ number":      `{"alg":"HS256","kid":"` + kid + `","typ":1}`,
		"typ twice":       with(`,"typ":"at+jwt"`),
		"crit":            with(`,"crit":["exp"]`),
		"crit empty":      with(`,"crit":[]`),
		"b64":             with(`,"b64":false`),
		"zip":             with(`,"zip":"DEF"`),
		"enc":             with(`,"enc":"A256GCM"`),
		"cty":             with(`,"cty":"JWT"`),
		"jku":             with(`,"jku":"https://attacker.example/jwks"`),
		"jwk":             with(`,"jwk":{"kty":"oct","k":"AAAA"}`),
		"x5u":             with(`,"x5u":"https://attacker.example/cert"`),
		"x5c":             with(`,"x5c":["AAAA"]`),
		"x5t":             with(`,"x5t":"AAAA"`),
		"unknown member":  with(`,"foo":1`),
		"second object":   with("") + `{}`,
		"not an object":   `["HS256"]`,
		"invalid UTF-8":   with(",\"foo\":\"\xff\""),
		"byte order mark": "\uFEFF" + with(""),
	}
	for name, header := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := v.Verify(t.Context(), seal(header, payload(nil)), authsdk.Policy{})
			if authsdk.ErrorOf(err) == nil || authsdk.ErrorOf(err).Status != 401 {
				t.Errorf("Verify = %v, %v; want a refusal with 401", c, err)
			}
		})
	}
	for _, typ := range []string{"AT+JWT", "application/at+jwt", "Application/AT+JWT"} {
		header := `{"alg":"HS256","kid":"` + kid + `","typ":"` + typ + `"}`
		if _, err := v.Verify(t.Context(), seal(header, payload(nil)), authsdk.Policy{}); err != nil {
			t.Errorf("typ %q: %v, want accepted (RFC 7515 section 4.1.9)", typ, err)
		}
	}
}

// TestVerifyClaims signs claims that must not be accepted, with the right key.
func TestVerifyClaims(t *testing.T) {
	t.Parallel()
	keys := hmacKeys(t)
	v := newVerifier(t, keys)
	var (
		invalid = authsdk.ErrTokenInvalid
		expired = authsdk.ErrTokenExpired
	)
	type member = map[string]string
	tests := []struct {
		name    string
		changes member
		want    error
	}{
		{"unchanged", nil, nil},
		{"aud as text", member{"aud": `"` + testIssuer + `"`}, nil},
		{"one of several audiences", member{"aud": `["https://other.example","` + testIssuer + `"]`}, nil},
		{"no nbf", member{"nbf": ""}, nil},
		{"fresh until", member{"fresh": "1795176100"}, nil},
		{"unknown claims of every kind", member{"a": "null", "b": "[1,2]", "c": `{"d":1.5}`, "e": `"\u00e9"`}, nil},

		{"exp passed", member{"iat": "1795175000", "nbf": "1795175000", "exp": "1795175999"}, expired},
		{"exp now", member{"iat": "1795175000", "nbf": "1795175000", "exp": "1795176000"}, expired},
		{"exp missing", member{"exp": ""}, invalid},
		{"exp zero", member{"exp": "0"}, invalid},
		{"exp 0.5", member{"exp": "0.5"}, invalid},
		{"exp -0", member{"exp": "-0"}, invalid},
		{"exp 1e-400", member{"exp": "1e-400"}, invalid},
		{"exp 1e300", member{"exp": "1e300"}, invalid},
		{"exp with fraction", member{"exp": "1795176900.0"}, invalid},
		{"exp with exponent", member{"exp": "17951769e2"}, invalid},
		{"exp MaxInt64", member{"exp": "9223372036854775807"}, invalid},
		{"exp MaxUint64", member{"exp": "18446744073709551615"}, invalid},
		{"exp negative", member{"exp": "-1795176900"}, invalid},
		{"exp in milliseconds", member{"exp": "1795176900000"}, invalid},
		{"exp text", member{"exp": `"1795176900"`}, invalid},
		{"exp RFC 3339", member{"exp": `"2026-11-20T13:00:00Z"`}, invalid},
		{"exp null", member{"exp": "null"}, invalid},
		{"exp true", member{"exp": "true"}, invalid},
		{"exp array", member{"exp": "[1795176900]"}, invalid},
		{"exp object", member{"exp": "{}"}, invalid},
		{"EXP", member{"exp": "", "EXP": "1795176900"}, invalid},
		{"exp and EXP", member{"EXP": "1795179900"}, invalid},
		{"lives too long", member{"exp": "1795276000"}, invalid},
		{"nbf in the future", member{"nbf": "1795176001"}, invalid},
		{"nbf 1e19", member{"nbf": "1e19"}, invalid},
		{"nbf null", member{"nbf": "null"}, invalid},
		{"iat in the future", member{"iat": "1795176001"}, invalid},
		{"iat missing", member{"iat": ""}, invalid},
		{"iat zero", member{"iat": "0"}, invalid},
		{"iat object", member{"iat": "{}"}, invalid},
		{"auth_time text", member{"auth_time": `"now"`}, invalid},

		{"aud missing", member{"aud": ""}, invalid},
		{"aud other", member{"aud": `["https://other.example"]`}, invalid},
		{"aud prefix", member{"aud": `["https://auth.exampl"]`}, invalid},
		{"aud other case", member{"aud": `["HTTPS://AUTH.EXAMPLE"]`}, invalid},
		{"aud null", member{"aud": "null"}, invalid},
		{"aud number", member{"aud": "1"}, invalid},
		{"aud object", member{"aud": "{}"}, invalid},
		{"aud empty list", member{"aud": "[]"}, invalid},
		{"aud empty text", member{"aud": `[""]`}, invalid},
		{"aud nested", member{"aud": `[["` + testIssuer + `"]]`}, invalid},
		{"aud mixed", member{"aud": `["` + testIssuer + `",1]`}, invalid},
		{"aud comma list", member{"aud": `"` + testIssuer + `,x"`}, invalid},
		{"aud of 33", member{"aud": `["` + testIssuer + `"` + strings.Repeat(`,"x"`, 32) + `]`}, invalid},
		{"iss missing", member{"iss": ""}, invalid},
		{"iss other", member{"iss": `"https://other.example"`}, invalid},
		{"iss with slash", member{"iss": `"` + testIssuer + `/"`}, invalid},
		{"iss array", member{"iss": `["` + testIssuer + `"]`}, invalid},
		{"iss null", member{"iss": "null"}, invalid},
		{"iss with NUL", member{"iss": `"` + testIssuer + `\u0000"`}, invalid},

		{"sub missing", member{"sub": ""}, invalid},
		{"sub empty", member{"sub": `""`}, invalid},
		{"sub blank", member{"sub": `"  "`}, invalid},
		{"sub number", member{"sub": "7"}, invalid},
		{"sub beyond 2^53", member{"sub": "9007199254740993"}, invalid},
		{"sub null", member{"sub": "null"}, invalid},
		{"sub array", member{"sub": `["alice"]`}, invalid},
		{"sub with line break", member{"sub": `"alice\r\nbob"`}, invalid},
		{"sub with escape code", member{"sub": `"\u001b[31malice"`}, invalid},
		{"sub with bidi override", member{"sub": `"alice\u202e"`}, invalid},
		{"sub lone surrogate", member{"sub": `"alice\ud800"`}, invalid},
		{"sub too long", member{"sub": `"` + strings.Repeat("a", 256) + `"`}, invalid},
		{"SUB", member{"sub": "", "SUB": `"admin"`}, invalid},
		{"sub and ſub", member{"ſub": `"admin"`}, invalid},
		{"jti missing", member{"jti": ""}, invalid},
		{"jti short", member{"jti": `"abc"`}, invalid},
		{"jti number", member{"jti": "1234567890123456"}, invalid},
		{"jti with line break", member{"jti": `"0123456789abcdef\n"`}, invalid},
		{"jti like SQL", member{"jti": `"' OR 1=1 --------"`}, invalid},
		{"sid bad", member{"sid": `"x"`}, invalid},
		{"csrf bad", member{"csrf": `""`}, invalid},

		{"type missing", member{"type": ""}, invalid},
		{"type null", member{"type": "null"}, invalid},
		{"type upper case", member{"type": `"ACCESS"`}, invalid},
		{"type array", member{"type": `["access"]`}, invalid},
		{"type and TYPE", member{"TYPE": `"refresh"`}, invalid},
		{"type refresh under at+jwt", member{"type": `"refresh"`}, invalid},
		{"type star", member{"type": `"*"`}, invalid},
		{"fresh null", member{"fresh": "null"}, invalid},
		{"fresh text", member{"fresh": `"true"`}, invalid},
		{"fresh fraction", member{"fresh": "1795176100.5"}, invalid},
		{"scope array", member{"scope": `["read"]`}, invalid},
		{"scope with tab", member{"scope": `"read\twrite"`}, invalid},
		{"scope with two blanks", member{"scope": `"read  write"`}, invalid},
		{"scope with quote", member{"scope": `"re\"ad"`}, invalid},
		{"roles text", member{"roles": `"admin"`}, invalid},
		{"roles null", member{"roles": "null"}, invalid},
		{"roles mixed", member{"roles": `["admin",1]`}, invalid},
		{"gen negative", member{"gen": "-1"}, invalid},
		{"gen fraction", member{"gen": "1.5"}, invalid},
		{"gen huge", member{"gen": "99999999999999999999"}, invalid},
		{"bound to a key", member{"cnf": `{"jkt":"x"}`}, invalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, err := v.Verify(t.Context(), seal(goodHeader(keys), payload(tt.changes)), authsdk.Policy{})
			if !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) {
				t.Errorf("Verify = %v, %v; want %v", c, err, tt.want)
			}
		})
	}
}

// TestVerifyPayload signs payloads that are not one object of claims.
func TestVerifyPayload(t *testing.T) {
	t.Parallel()
	keys := hmacKeys(t)
	v := newVerifier(t, keys)
	good := payload(nil)
	for name, text := range map[string]string{
		"null": "null", "array": "[]", "text": `"x"`, "number": "1", "truncated": good[:len(good)-1],
		"second object": good + good, "object in front": `{"sub":"admin"}` + good, "garbage behind": good + "x",
		"sub twice": good[:len(good)-1] + `,"sub":"admin"}`, "escaped twice": good[:len(good)-1] + `,"s\u0075b":"admin"}`,
		"unknown twice": good[:len(good)-1] + `,"x":1,"x":2}`, "comment": good[:len(good)-1] + `/**/}`,
		"trailing comma": good[:len(good)-1] + `,}`, "UTF-16": "\xff\xfe{\x00}\x00",
		"deep":         good[:len(good)-1] + `,"x":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + "}",
		"nested token": seal(goodHeader(keys), good),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c, err := v.Verify(t.Context(), seal(goodHeader(keys), text), authsdk.Policy{}); !errors.Is(err, authsdk.ErrTokenInvalid) {
				t.Errorf("Verify = %v, %v; want token_invalid", c, err)
			}
		})
	}
}

// TestVerifySignature changes good tokens of every algorithm.
func TestVerifySignature(t *testing.T) {
	t.Parallel()
	for _, alg := range []authsdk.Algorithm{authsdk.HS256, authsdk.RS256, authsdk.PS256, authsdk.ES256, authsdk.ES384, authsdk.EdDSA} {
		t.Run(string(alg), func(t *testing.T) {
			t.Parallel()
			keys := must[*authsdk.KeySet](t)(authsdk.NewKeySet(must[*authsdk.Key](t)(authsdk.GenerateKey(alg))))
			v := newVerifier(t, keys)
			good := issue(t, keys, authsdk.Claims{})
			other := issue(t, keys, authsdk.Claims{Subject: "bob"})
			seg, otherSeg := strings.Split(good, "."), strings.Split(other, ".")
			sig := must[[]byte](t)(base64.RawURLEncoding.DecodeString(seg[2]))
			with := func(sig []byte) string {
				return seg[0] + "." + seg[1] + "." + base64.RawURLEncoding.EncodeToString(sig)
			}
			flipped := append([]byte(nil), sig...)
			flipped[len(flipped)/2] ^= 1
			for name, token := range map[string]string{
				"flipped bit":         with(flipped),
				"zeros":               with(make([]byte, len(sig))),
				"one byte short":      with(sig[:len(sig)-1]),
				"one byte long":       with(append(append([]byte(nil), sig...), 0)),
				"doubled":             with(append(append([]byte(nil), sig...), sig...)),
				"of another token":    seg[0] + "." + seg[1] + "." + otherSeg[2],
				"payload of another":  seg[0] + "." + otherSeg[1] + "." + seg[2],
				"half of a signature": with(sig[:len(sig)/2]),
			} {
				if c, err := v.Verify(t.Context(), token, authsdk.Policy{}); !errors.Is(err, authsdk.ErrTokenInvalid) {
					t.Errorf("%s: Verify = %v, %v; want token_invalid", name, c, err)
				}
			}
		})
	}
}

// TestKeyDecidesAlgorithm offers tokens that are signed with the text of a
// public key as an HMAC secret, under the public key's own kid.
func TestKeyDecidesAlgorithm(t *testing.T) {
	t.Parallel()
	es := must[*authsdk.Key](t)(authsdk.GenerateKey(authsdk.ES256))
	hs := must[*authsdk.Key](t)(authsdk.NewSecretKey(authsdk.HS256, []byte(testSecret)))
	keys := must[*authsdk.KeySet](t)(authsdk.NewKeySet(es, hs))
	v := newVerifier(t, keys)
	for _, alg := range []string{"HS256", "none", "ES384", "RS256"} {
		token := seal(`{"alg":"`+alg+`","kid":"`+es.ID()+`","typ":"at+jwt"}`, payload(nil))
		if c, err := v.Verify(t.Context(), token, authsdk.Policy{}); !errors.Is(err, authsdk.ErrTokenInvalid) {
			t.Errorf("alg %s under the EC key: %v, %v; want token_invalid", alg, c, err)
		}
	}
	token := seal(`{"alg":"HS256","kid":"`+hs.ID()+`","typ":"at+jwt"}`, payload(nil))
	if _, err := v.Verify(t.Context(), token, authsdk.Policy{}); err != nil {
		t.Errorf("HS256 under the HMAC key: %v", err)
	}
}

func TestVerifyLeeway(t *testing.T) {
	t.Parallel()
	keys := hmacKeys(t)
	token := issue(t, keys, authsdk.Claims{IssuedAt: start.Add(-time.Hour), Expires: start.Add(-10 * time.Second)})
	ahead := issue(t, keys, authsdk.Claims{IssuedAt: start.Add(10 * time.Second)})
	with := func(d time.Duration) *authsdk.Verifier {
		return newVerifier(t, keys, func(c *authsdk.VerifierConfig) { c.Leeway = d })
	}
	for _, tt := range []struct {
		name   string
		token  string
		leeway time.Duration
		want   error
	}{
		{"expired within", token, 11 * time.Second, nil},
		{"expired at the edge", token, 10 * time.Second, authsdk.ErrTokenExpired},
		{"expired beyond", token, 0, authsdk.ErrTokenExpired},
		{"issued ahead within", ahead, 10 * time.Second, nil},
		{"issued ahead beyond", ahead, 9 * time.Second, authsdk.ErrTokenInvalid},
	} {
		if _, err := with(tt.leeway).Verify(t.Context(), tt.token, authsdk.Policy{}); !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
}

func TestVerifyMaxLifetime(t *testing.T) {
	t.Parallel()
	keys := hmacKeys(t)
	day := issue(t, keys, authsdk.Claims{Expires: start.Add(24 * time.Hour)})
	week := issue(t, keys, authsdk.Claims{Expires: start.Add(7 * 24 * time.Hour)})
	refresh := issue(t, keys, authsdk.Claims{Type: authsdk.Refresh, Expires: start.Add(90 * 24 * time.Hour)})
	strict := newVerifier(t, keys)
	wide := newVerifier(t, keys, func(c *authsdk.VerifierConfig) { c.MaxLifetime = 7 * 24 * time.Hour })
	anyType := authsdk.Policy{Types: []authsdk.TokenType{authsdk.AnyType}}
	for _, tt := range []struct {
		name  string
		v     *authsdk.Verifier
		token string
		want  error
	}{
		{"a day", strict, day, nil},
		{"a week", strict, week, authsdk.ErrTokenInvalid},
		{"a refresh token of 90 days", strict, refresh, nil},
		{"a week, allowed", wide, week, nil},
		{"a refresh token, whatever is allowed", wide, refresh, nil},
	} {
		if _, err := tt.v.Verify(t.Context(), tt.token, anyType); !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
}

// TestVerifyExpired: a token that has ended is accepted where a policy says
// so, and only if nothing else is wrong with it.
func TestVerifyExpired(t *testing.T) {
	t.Parallel()
	keys := hmacKeys(t)
	ended := issue(t, keys, authsdk.Claims{IssuedAt: start.Add(-time.Hour), Expires: start.Add(-time.Minute)})
	refresh := issue(t, keys, authsdk.Claims{Type: authsdk.Refresh, IssuedAt: start.Add(-time.Hour), Expires: start.Add(-time.Minute)})
	v := newVerifier(t, keys)
	for _, tt := range []struct {
		name, token string
		p           authsdk.Policy
		want        error
	}{
		{"as always", ended, authsdk.Policy{}, authsdk.ErrTokenExpired},
		{"accepted", ended, authsdk.Policy{InsecureExpired: true}, nil},
		{"of another type", refresh, authsdk.Policy{InsecureExpired: true}, authsdk.ErrTokenWrongType},
		{"without a role", ended, authsdk.Policy{InsecureExpired: true, Roles: []string{"admin"}}, authsdk.ErrInsufficientScope},
		{"of another issuer", ended, authsdk.Policy{InsecureExpired: true}, authsdk.ErrTokenInvalid},
	} {
		v := v
		if errors.Is(tt.want, authsdk.ErrTokenInvalid) {
			v = newVerifier(t, keys, func(c *authsdk.VerifierConfig) { c.Issuer, c.Audience = "https://other.example", []string{testIssuer} })
		}
		if _, err := v.Verify(t.Context(), tt.token, tt.p); !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
}

func TestVerifierConfig(t *testing.T) {
	t.Parallel()
	_, err := authsdk.NewVerifier(authsdk.VerifierConfig{
		Leeway: time.Hour, MaxLifetime: time.Millisecond, Audience: []string{""},
		Locations: []authsdk.Location{{Name: "nowhere"}},
	})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"Issuer is required", "Keys is required", "Leeway is 1h0m0s", "MaxLifetime is 1ms", "Audience has a member", "without Find"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not say %q:\n%v", want, err)
		}
	}
	many := make([]string, 33)
	for i := range many {
		many[i] = "x"
	}
	if _, err := authsdk.NewVerifier(authsdk.VerifierConfig{Issuer: testIssuer, Keys: hmacKeys(t), Audience: many, Leeway: -1}); err == nil ||
		!strings.Contains(err.Error(), "Audience has 33 members") || !strings.Contains(err.Error(), "Leeway is -1ns") {
		t.Errorf("got %v", err)
	}
}

// brokenKeys cannot say which keys are valid.
type brokenKeys struct{}

func (brokenKeys) KeySet(context.Context) (*authsdk.KeySet, error) {
	return nil, errors.New("connection refused")
}

// TestVerifyUnknown: what cannot be known is neither good nor bad.
func TestVerifyUnknown(t *testing.T) {
	t.Parallel()
	keys := hmacKeys(t)
	token := issue(t, keys, authsdk.Claims{})
	revoked := func(answer bool, err error) func(*authsdk.VerifierConfig) {
		return func(c *authsdk.VerifierConfig) {
			c.Revoked = func(context.Context, *authsdk.Claims) (bool, error) { return answer, err }
		}
	}
	for _, tt := range []struct {
		name string
		v    *authsdk.Verifier
		p    authsdk.Policy
		want error
	}{
		{"not revoked", newVerifier(t, keys, revoked(false, nil)), authsdk.Policy{}, nil},
		{"revoked", newVerifier(t, keys, revoked(true, nil)), authsdk.Policy{}, authsdk.ErrTokenRevoked},
		{"revoked, not asked", newVerifier(t, keys, revoked(true, nil)), authsdk.Policy{SkipRevocation: true}, nil},
		{"no answer", newVerifier(t, keys, revoked(false, errors.New("timeout"))), authsdk.Policy{}, authsdk.ErrStoreUnavailable},
		{"an answer of its own", newVerifier(t, keys, revoked(false, authsdk.ErrUserNotFound)), authsdk.Policy{}, authsdk.ErrUserNotFound},
		{"no keys", newVerifier(t, brokenKeys{}), authsdk.Policy{}, authsdk.ErrStoreUnavailable},
	} {
		if _, err := tt.v.Verify(t.Context(), token, tt.p); !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
}

// FuzzVerify: nothing but what was issued is accepted, and nothing panics.
func FuzzVerify(f *testing.F) {
	keys := hmacKeys(f)
	good := issue(f, keys, authsdk.Claims{ID: "0123456789abcdef"}) // the same in every process
	v := newVerifier(f, keys)
	for _, seed := range []string{good, "", "..", good + "=", strings.ReplaceAll(good, ".", "..")} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		c, err := v.Verify(t.Context(), token, authsdk.Policy{})
		if (err == nil) != (token == good) {
			t.Fatalf("Verify(%q) = %v, %v", token, c, err)
		}
	})
}

// FuzzSealed: whatever is signed with the right key either is refused or has
// every claim that is required.
func FuzzSealed(f *testing.F) {
	keys := hmacKeys(f)
	v := newVerifier(f, keys)
	f.Add(goodHeader(keys), payload(nil))
	f.Add(`{"alg":"none"}`, `{}`)
	f.Fuzz(func(t *testing.T, header, payload string) {
		c, err := v.Verify(t.Context(), seal(header, payload), authsdk.Policy{})
		if err != nil {
			if authsdk.ErrorOf(err).Status != 401 {
				t.Fatalf("refused with %v", err)
			}
			return
		}
		if c.Subject == "" || c.ID == "" || c.Type != authsdk.Access || c.Issuer != testIssuer || !c.Expires.After(start) {
			t.Fatalf("accepted %+v of %q", c, payload)
		}
	})
}
