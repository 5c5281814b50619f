package adapters_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/adapters/guard"
	"github.com/authsdk/authsdk-go/authsdk"
)

// TestAttacksClaims is section F: claims have one type each, and bounds.
func TestAttacksClaims(t *testing.T) { //nolint:tparallel // the rows share what tells whether a handler was reached
	t.Parallel()
	f := newForge(t)
	// with is a token whose claim is written like this, for each.
	with := func(name string, raws ...string) (out []string) {
		for _, raw := range raws {
			out = append(out, f.sealed(f.header(), claims(name, raw)))
		}
		return out
	}
	// beside is a token with further text among its claims: before and behind.
	beside := func(texts ...string) (out []string) {
		c := claims()
		for _, text := range texts {
			out = append(out, f.sealed(f.header(), "{"+text+","+c[1:]), f.sealed(f.header(), c[:len(c)-1]+","+text+"}"))
		}
		return out
	}
	notStrings := []string{"1", "true", "null", `["a"]`, `{"a":"b"}`, "9007199254740993", "1.5"}
	odd := []string{`""`, `"  "`, `"a\u0000"`, `"a\r\nb"`, `"a\u001b[2J"`, `"\u202egnimda"`, `"\ud800"`, quote(strings.Repeat("a", 100_000)), `"\t"`}
	times := []string{
		"0", "0.0", "0.5", "-0", "1e-400", `"1795176900"`, `"2026-11-20T12:15:00Z"`, "null", "true", `[1795176900]`, `{"a":1}`, "1e400", "1e300", "1e19",
		"9223372036854775807", "18446744073709551615", "-1", "1795176900000", "253402300799000", "1795176900.5", "1.7951769e9", "01795176900", "+1795176900",
	}
	many := strings.TrimSuffix(strings.Repeat(`"a",`, 50_000), ",")
	f.refuse(f.verifier(), []attack{
		{"ATK-051 ended", with("exp", "1795175999", "1795176000", "1")},
		{"ATK-052 to 054 exp is no time", with("exp", times...)},
		{"ATK-054 lives too long", with("exp", "1795262401", "99999999999", "253402300799")},
		{"ATK-055 never ends", with("exp", "")},
		{"ATK-056 ends twice", beside(`"exp":1795176900`, `"exp":1`, `"\u0065xp":99999`, `"EXP":99999`, `"Exp":1795176900`)},
		{"ATK-057 begins later, or never", append(with("nbf", times...), with("nbf", "1795176001", "99999999999")...)},
		{"ATK-058 was made later, or never", append(with("iat", times...), with("iat", "1795176001", "")...)},
		{"ATK-059 for another audience", with("aud", "", `"other"`, `"https://auth.exampl"`, `"https://auth.example/"`, `"HTTPS://AUTH.EXAMPLE"`,
			`"https://auth.example other"`, `"https://auth.example,other"`, "null", "1", `{}`, `[]`, `[""]`, `[["https://auth.example"]]`,
			`["https://auth.example",1]`, `"*"`, `["*"]`, "["+many+"]")},
		{"ATK-060 of another issuer", with("iss", "", `"other"`, `"https://auth.exampl"`, `"auth.example"`, `"https://auth.example/"`,
			`"https://AUTH.example"`, `["https://auth.example"]`, "null", `"https://auth.example\u0000"`, "1")},
		{"ATK-061 the subject is no string", with("sub", notStrings...)},
		{"ATK-062 the subject is no name", append(with("sub", odd...), with("sub", "")...)},
		{"ATK-063 two subjects", beside(`"sub":"admin"`, `"SUB":"admin"`, `"Sub":"admin"`, `"ſub":"admin"`, `"s\u0075b":"admin"`)},
		{"ATK-064 the identifier is none", append(append(with("jti", notStrings...), with("jti", odd...)...),
			append(with("jti", "", `"short"`, `"*"`, `"' OR 1=1 -- aaaaaaaaaaa"`, `"0123456789abcdef\n"`), beside(`"jti":"0123456789abcdeg"`, `"JTI":"x"`)...)...)},
		{"ATK-065 the scope is none", with("scope", `["a"]`, "1", `"a\tb"`, `"a\u0000"`, `"a  b"`, `" a"`, "null", `"a\"b"`, `"é"`)},
	})
	for name, custom := range map[string]any{
		"ATK-066 a claim name that ends early": map[string]any{`x":0,"admin`: true},
		"ATK-066 a claim name with a blank":    map[string]any{"a b": 1},
		"ATK-067 sub":                          map[string]any{"sub": "admin"},
		"ATK-067 another case":                 map[string]any{"Sub": "admin"},
		"ATK-067 exp":                          map[string]any{"exp": 99999999999},
		"ATK-067 iss":                          map[string]any{"iss": "x"},
		"ATK-067 type":                         map[string]any{"type": "access"},
		"ATK-067 jti":                          map[string]any{"jti": "x"},
		"ATK-067 csrf":                         map[string]any{"csrf": "x"},
		"ATK-067 fresh":                        map[string]any{"fresh": true},
	} {
		t.Run(name, func(t *testing.T) {
			if token, err := f.world.issuer.Issue(t.Context(), authsdk.Claims{Subject: "alice"}, custom); err == nil || token != "" {
				t.Errorf("%v was made into %q", custom, token)
			}
		})
	}
}

// TestAttacksType is section G: a token is good for what it was made for.
func TestAttacksType(t *testing.T) { //nolint:tparallel // the rows share what tells whether a handler was reached
	t.Parallel()
	f := newForge(t)
	typ := func(raws ...string) (out []string) {
		for _, raw := range raws {
			out = append(out, f.sealed(f.header("typ", raw), claims()))
		}
		return out
	}
	use := func(raws ...string) (out []string) {
		for _, raw := range raws {
			out = append(out, f.sealed(f.header(), claims("type", raw)))
		}
		return out
	}
	refresh := f.sealed(f.header("typ", `"rt+jwt"`), claims("type", `"refresh"`))
	reset := f.sealed(f.header("typ", `"password-reset+jwt"`), claims("type", `"password-reset"`))
	c := claims()
	f.refuse(f.verifier(), []attack{
		{"ATK-068 a refresh token for an access token", []string{
			refresh, f.sealed(f.header(), claims("type", `"refresh"`)), f.sealed(f.header("typ", `"rt+jwt"`), claims()),
		}},
		{"ATK-069 a token for something else", append(typ(
			`"JWT"`, `"id_token"`, `"dpop+jwt"`, `"logout+jwt"`, `"secevent+jwt"`, `"oauth-authz-req+jwt"`, `"application/jwt"`), reset)},
		{"ATK-070 no type in the header", append(typ("", "1", `["at+jwt"]`, "null", `""`, `"at+jwt "`, `"text/at+jwt"`),
			f.sealed(strings.Replace(f.header(), "{", `{"typ":"at+jwt",`, 1), claims()), f.sealed(f.header("TYP", `"at+jwt"`), claims()))},
		{"ATK-072 no type in the claims", append(use("", `"Access"`, `"ACCESS"`, `["access"]`, "null", "0", "true", `"*"`, `""`),
			f.sealed(f.header(), `{"type":"access",`+c[1:]), f.sealed(f.header(), `{"TYPE":"refresh",`+c[1:]))},
		{"ATK-073 a token that is bound to a key", []string{
			f.sealed(f.header(), claims("cnf", `{"jkt":"x"}`)), f.sealed(f.header(), claims("cnf", `{"x5t#S256":"x"}`)), f.sealed(f.header(), claims("cnf", "null")),
		}},
		{"ATK-076 the token of another issuer, or for another service, with the same key", []string{
			f.sealed(f.header(), claims("iss", `"https://tenant.example"`)), f.sealed(f.header(), claims("aud", `"https://tenant.example"`)),
		}},
	})
	onlyFresh := f.verifier()
	for name, token := range map[string]string{"claimed": "false", "absent": "", "over": "1795175999"} {
		t.Run("ATK-075 a fresh token is wanted, "+name, func(t *testing.T) {
			_, err := onlyFresh.Verify(t.Context(), f.sealed(f.header(), claims("fresh", token)), authsdk.Policy{Fresh: true})
			if !errors.Is(err, authsdk.ErrFreshTokenRequired) {
				t.Error(err)
			}
		})
	}
	t.Run("ATK-068 an access token for a refresh token", func(t *testing.T) {
		_, err := onlyFresh.Verify(t.Context(), f.good(), authsdk.Policy{Types: []authsdk.TokenType{authsdk.Refresh}})
		if !errors.Is(err, authsdk.ErrTokenWrongType) {
			t.Error(err)
		}
	})
	t.Run("ATK-074 proofs are not offered: their scheme is no token, their header says nothing", func(t *testing.T) {
		for name, h := range required(onlyFresh, map[string]authsdk.Policy{"/": {}}, tell) {
			for header, want := range map[string]string{"DPoP " + f.good(): "401 token_missing", "Bearer " + f.good(): "200 alice access headers ?"} {
				q := query{method: http.MethodGet, path: "/", header: map[string]string{"Authorization": header, "Dpop": "x.y.z"}}
				if got := ask(h, q); got != want {
					t.Errorf("%s, %.10s: %s, want %s", name, header, got, want)
				}
			}
		}
	})
}

// TestAttacksJSON is section H: JSON that two readers could read differently.
func TestAttacksJSON(t *testing.T) { //nolint:tparallel // the rows share what tells whether a handler was reached
	t.Parallel()
	f := newForge(t)
	c, h := claims(), f.header()
	payloads := func(texts ...string) (out []string) {
		for _, text := range texts {
			out = append(out, f.sealed(h, text))
		}
		return out
	}
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	many := func(n int) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(`"m`)
			b.WriteString(strings.Repeat("x", i%5))
			b.WriteString(`":1,`)
		}
		return b.String()
	}
	in := c[1:]
	began := time.Now()
	f.refuse(f.verifier(), []attack{
		{"ATK-077 no object", payloads("null", "[]", `"a"`, "1", "true", " ", "text", c[:len(c)-1], "{", "["+c+"]", `{"a"`)},
		{"ATK-078 something beside the object", payloads(c+c, c+"{}", c+"x", "{}"+c, c+"\n\x00", `{"sub":"admin"}`+c, c+",", c+"]")},
		{"ATK-079 what is no JSON, or says a thing twice", append(payloads(
			`{"x":1,"x":1,`+in, `{"x":{"y":1,"y":2},`+in, `{"x":[{"y":1,"y":2}],`+in, "{/**/"+in, "{"+strings.TrimSuffix(in, "}")+",}",
			strings.ReplaceAll(c, `"`, "'"), `{"x":"`+"\n"+`",`+in, `{"x":"`+"\x01"+`",`+in, `{"x":NaN,`+in, `{"x":Infinity,`+in, `{x:1,`+in,
			`{"x":01,`+in, `{"x":.5,`+in, `{"x":+1,`+in, `{"x":"\x",`+in, `{"x":"\u12",`+in, `{"x":tru,`+in),
			f.sealed(`{"x":1,"x":2,`+h[1:], c), f.sealed(h[:len(h)-1]+",}", c), f.sealed(h+"{}", c), f.sealed("["+h+"]", c))},
		{"ATK-080 nested too deep", append(payloads(`{"x":`+deep(9_000)+","+in, `{"x":`+deep(10_000)+","+in, `{"x":`+deep(33)+","+in),
			f.sealed(`{"x":`+deep(2_000)+","+h[1:], c), b64(h)+"."+b64(deep(2_500_000))+".AAAA", b64(deep(2_500_000))+"."+b64(c)+".AAAA")},
		{"ATK-081 too much", append(payloads("{"+many(100_000)+in, `{"x":`+strings.Repeat("9", 100_000)+","+in, `{"x":1e400,`+in),
			f.sealed("{"+many(20_000)+h[1:], c))},
	})
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("refusing took %s", took)
	}
	t.Run("ATK-082 a login that says things twice", func(t *testing.T) {
		w := newWorld(t)
		for _, m := range mountings() {
			handler := m.build(w.validator(t, false), strict{}, routes(), guard.Options{BasePath: m.base})
			for _, body := range []string{
				`{"username":"a","password":"b","Username":"c"}`, `{"username":"a","password":"b","uſername":"c"}`, `{"username":"a","username":"c","password":"b"}`,
				`{"username":"a","password":"b"}{"username":"c"}`, "null", `{"username":"\ud800","password":"b"}`, `{"username":"a","password":"b"} x`,
				"[]", `"a"`, "", `{"username":null,"password":"b"}`,
			} {
				r := httptest.NewRequest(http.MethodPost, m.base+"/auth/login", strings.NewReader(body))
				r.Header.Set("Content-Type", "application/json")
				rec := httptest.NewRecorder()
				handler.ServeHTTP(rec, r)
				if rec.Code != http.StatusBadRequest || rec.Header().Get("Content-Type") != "application/problem+json" {
					t.Errorf("%s, %s: %s", m.name, body, text(rec))
				}
			}
		}
	})
}
