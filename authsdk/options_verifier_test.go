package authsdk_test

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
)

// answer tells how a request with this token is answered: 200, or a code.
func answer(token string) func(*testing.T, authsdk.VerifierConfig) string {
	r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
	r.Header.Set("Authorization", "Bearer "+token)
	return answerTo(r)
}

func answerTo(r *http.Request) func(*testing.T, authsdk.VerifierConfig) string {
	return func(t *testing.T, cfg authsdk.VerifierConfig) string {
		t.Helper()
		v := must[*authsdk.Verifier](t)(authsdk.NewVerifier(cfg))
		_, err := v.Principal(r, authsdk.Policy{})
		if err == nil {
			return "200"
		}
		w := httptest.NewRecorder()
		v.Refuse(w, r, err)
		var body struct{ Code string }
		if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
			t.Fatal(err)
		}
		return body.Code
	}
}

func TestVerifierOptions(t *testing.T) {
	t.Parallel()
	type cfg = authsdk.VerifierConfig
	base := func() cfg { return cfg{Issuer: testIssuer, Keys: hmacKeys(t), Now: fixedClock} }
	// sealed is a good token with other claims.
	sealed := func(changes map[string]string) string { return seal(goodHeader(hmacKeys(t)), payload(changes)) }
	good := sealed(nil)
	inHeader := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
	inHeader.Header.Set("X-Token", good)
	preflight := httptest.NewRequest(http.MethodOptions, "/", http.NoBody)
	told := ""
	old := func(context.Context, string) (*authsdk.Claims, error) {
		return &authsdk.Claims{Type: authsdk.Access}, nil
	}
	nobody := func(c *cfg) { c.User = func(context.Context, *authsdk.Claims) (any, error) { return nil, nil } }

	again := func(t *testing.T, c cfg) string {
		t.Helper()
		c.Keys = must[*authsdk.KeySet](t)(authsdk.NewKeySet(must[*authsdk.Key](t)(authsdk.GenerateKey(authsdk.EdDSA))))
		if remembers(t, must[*authsdk.Verifier](t)(authsdk.NewVerifier(c)), issue(t, c.Keys, authsdk.Claims{}), authsdk.Policy{}) {
			return "remembered"
		}
		return "checked"
	}

	checkOptions(t, base, []option[cfg]{
		{
			"Issuer", nil, func(c *cfg) { c.Issuer = "https://other.example" },
			answer(sealed(map[string]string{"iss": `"https://other.example"`, "aud": `"https://other.example"`})), "token_invalid", "200",
		},
		{
			"OtherIssuers", nil, func(c *cfg) { c.OtherIssuers = []string{"https://old.example"} },
			answer(sealed(map[string]string{"iss": `"https://old.example"`})), "token_invalid", "200",
		},
		{
			"Trusted", nil, func(c *cfg) {
				c.Trusted = []authsdk.TrustedIssuer{{Issuer: testIssuer + "/2", Keys: otherKeys(t)}}
			},
			answer(issueAs(t, testIssuer+"/2", otherKeys(t))), "token_invalid", "200",
		},
		{"TypeByHeader", nil, func(c *cfg) { c.TypeByHeader = true }, answer(sealed(map[string]string{"type": ""})), "token_invalid", "200"},
		{"Cipher", nil, func(c *cfg) { c.Cipher = reversed{} }, answer(reverse(good)), "token_malformed", "200"},
		{"Keys", nil, func(c *cfg) { c.Keys = otherKeys(t) }, answer(issue(t, otherKeys(t), authsdk.Claims{})), "token_invalid", "200"},
		{"Audience", nil, func(c *cfg) { c.Audience = []string{"api"} }, answer(sealed(map[string]string{"aud": `"api"`})), "token_invalid", "200"},
		{
			"Leeway", nil, func(c *cfg) { c.Leeway = time.Minute },
			answer(sealed(map[string]string{"iat": "1795175000", "exp": "1795175990"})), "token_expired", "200",
		},
		{
			"MaxLifetime", nil, func(c *cfg) { c.MaxLifetime = 48 * time.Hour },
			answer(sealed(map[string]string{"exp": "1795348800"})), "token_invalid", "200",
		},
		{
			"Locations", nil, func(c *cfg) {
				c.Locations = []authsdk.Location{authsdk.Header(authsdk.HeaderConfig{Name: "X-Token", Bare: true})}
			},
			answerTo(inHeader), "token_missing", "200",
		},
		{
			"Revoked", nil, func(c *cfg) { c.Revoked = func(context.Context, *authsdk.Claims) (bool, error) { return true, nil } },
			answer(good), "200", "token_revoked",
		},
		{
			"Check", nil, func(c *cfg) {
				c.Check = func(context.Context, *authsdk.Claims) error { return authsdk.ErrInsufficientScope }
			},
			answer(good), "200", "insufficient_scope",
		},
		{"User", nil, nobody, answer(good), "200", "user_not_found"},
		{"LazyUser", nobody, func(c *cfg) { c.LazyUser = true }, answer(good), "user_not_found", "200"},
		{"CacheSize", nil, func(c *cfg) { c.CacheSize = -1 }, again, "remembered", "checked"},
		{"ExemptOptions", nil, func(c *cfg) { c.ExemptOptions = true }, answerTo(preflight), "token_missing", "200"},
		{"InsecureAnyAudience", nil, func(c *cfg) { c.InsecureAnyAudience = true }, answer(sealed(map[string]string{"aud": ""})), "token_invalid", "200"},
		{"InsecureNoExpiry", nil, func(c *cfg) { c.InsecureNoExpiry = true }, answer(sealed(map[string]string{"exp": ""})), "token_invalid", "200"},
		{"InsecureOpen", nil, func(c *cfg) { *c = cfg{InsecureOpen: old} }, answer("old"), "token_malformed", "200"},
		{"Render", nil, func(c *cfg) {
			c.Render = func(w http.ResponseWriter, _ *http.Request, _ *authsdk.Error) {
				_, _ = w.Write([]byte(`{"code":"mine"}`))
			}
		}, answer("x"), "token_malformed", "mine"},
		{
			"OnError", nil, func(c *cfg) { c.OnError = func(_ *http.Request, err error) { told = authsdk.ErrorOf(err).Code } },
			func(t *testing.T, c cfg) string {
				t.Helper()
				told = "nothing"
				answer("x")(t, c)
				return told
			}, "nothing", "token_malformed",
		},
		{"Now", nil, func(c *cfg) { c.Now = func() time.Time { return start.Add(time.Hour) } }, answer(good), "200", "token_expired"},
	})
	construct := func(c cfg) error { _, err := authsdk.NewVerifier(c); return err }
	at := func(l authsdk.Location) func(*cfg) {
		return func(c *cfg) { c.Locations = []authsdk.Location{authsdk.Bearer(), l} }
	}
	const (
		prefix     = "authsdk: VerifierConfig: "
		besideOpen = "InsecureOpen takes the place of Issuer, OtherIssuers, Trusted, Cipher, TypeByHeader, Keys, Audience, Leeway, MaxLifetime, InsecureAnyAudience and InsecureNoExpiry: leave them empty"
	)
	checkMistakes(t, base, construct, []mistake[cfg]{
		{func(c *cfg) { c.Issuer = " " }, prefix + "Issuer is required: the iss of the tokens, without control characters"},
		{func(c *cfg) { c.OtherIssuers = []string{""} }, prefix + "OtherIssuers has a member that is empty, longer than 255 bytes or has control characters"},
		{func(c *cfg) { c.Keys = nil }, prefix + "Keys is required: see ParseKeySet and NewKeySet"},
		{func(c *cfg) { c.Audience = []string{"a\x00"} }, prefix + "Audience has a member that is empty, longer than 255 bytes or has control characters"},
		{func(c *cfg) { c.Leeway = -time.Second }, prefix + "Leeway is -1s: it must lie between 0 and 5m0s"},
		{func(c *cfg) { c.Leeway = 301 * time.Second }, prefix + "Leeway is 5m1s: it must lie between 0 and 5m0s"},
		{func(c *cfg) { c.MaxLifetime = time.Millisecond }, prefix + "MaxLifetime is 1ms: a lifetime must be at least 1s; leave it zero for the default"},
		{func(c *cfg) { c.MaxLifetime = 401 * 24 * time.Hour }, prefix + "MaxLifetime is 9624h0m0s: a lifetime must be at most 9600h0m0s"},
		{at(authsdk.Location{Name: "x"}), prefix + "Locations has a member without Find: see Bearer and Cookies.Location"},
		{func(c *cfg) { c.CacheSize = 1<<20 + 1 }, prefix + "CacheSize is 1048577: it must be at most 1048576"},
		{
			func(c *cfg) { c.Trusted = []authsdk.TrustedIssuer{{Keys: otherKeys(t)}} },
			prefix + "Trusted has an Issuer that is empty, longer than 255 bytes or has control characters",
		},
		{func(c *cfg) { c.Trusted = []authsdk.TrustedIssuer{{Issuer: "x"}} }, prefix + `Trusted: the issuer "x" has no Keys`},
		{
			func(c *cfg) { c.Trusted = []authsdk.TrustedIssuer{{Issuer: testIssuer, Keys: otherKeys(t)}} },
			prefix + `Trusted has the issuer "https://auth.example" twice: whose keys count must not be guessed at`,
		},
		{
			func(c *cfg) {
				c.Trusted = []authsdk.TrustedIssuer{{Issuer: "x", Keys: otherKeys(t), Audience: []string{""}}}
			},
			prefix + "Audience has a member that is empty, longer than 255 bytes or has control characters",
		},
		{
			func(c *cfg) { c.Cipher = reversed{thumbprint: hmacKeys(t).Signer().ID()} },
			prefix + "Cipher and Keys have a key in common: one key signs or encrypts, not both",
		},
		{func(c *cfg) { c.LazyUser = true }, prefix + "LazyUser needs User, which loads them"},
		{
			func(c *cfg) { c.Audience, c.InsecureAnyAudience = []string{"api"}, true },
			prefix + "Audience and InsecureAnyAudience exclude each other",
		},
		{
			at(authsdk.Location{Find: authsdk.Bearer().Find}),
			prefix + "Locations has a member without Name: it tells people where a token was looked for",
		},
		{at(authsdk.Query("", "x")), prefix + "Locations: Query needs the name of a parameter"},
		{at(authsdk.JSONBody("", "x")), prefix + "Locations: JSONBody needs two keys, which may be the same"},
		{at(authsdk.JSONBody("x", "")), prefix + "Locations: JSONBody needs two keys, which may be the same"},
		{at(authsdk.Header(authsdk.HeaderConfig{Name: "X Token"})), prefix + `Locations: Header: the Name "X Token" is no header name`},
		{at(authsdk.Header(authsdk.HeaderConfig{Scheme: "a b"})), prefix + `Locations: Header: the Scheme "a b" is not one word`},
		{at(authsdk.Header(authsdk.HeaderConfig{Scheme: "a,b"})), prefix + `Locations: Header: the Scheme "a,b" is not one word`},
		{at(authsdk.Header(authsdk.HeaderConfig{Scheme: "JWT", Bare: true})), prefix + "Locations: Header: a Bare header has no Scheme and no MatchCase"},
		{at(authsdk.Header(authsdk.HeaderConfig{MatchCase: true, Bare: true})), prefix + "Locations: Header: a Bare header has no Scheme and no MatchCase"},
		{func(c *cfg) { c.InsecureOpen = old }, prefix + besideOpen},
	})
	// Beside InsecureOpen, everything is refused that it takes the place of.
	checkMistakes(t, func() cfg { return cfg{InsecureOpen: old} }, construct, []mistake[cfg]{
		{func(c *cfg) { c.Issuer = testIssuer }, prefix + besideOpen},
		{func(c *cfg) { c.OtherIssuers = []string{testIssuer} }, prefix + besideOpen},
		{func(c *cfg) { c.Keys = hmacKeys(t) }, prefix + besideOpen},
		{func(c *cfg) { c.Trusted = []authsdk.TrustedIssuer{{}} }, prefix + besideOpen},
		{func(c *cfg) { c.Cipher = reversed{} }, prefix + besideOpen},
		{func(c *cfg) { c.TypeByHeader = true }, prefix + besideOpen},
		{func(c *cfg) { c.Audience = []string{"api"} }, prefix + besideOpen},
		{func(c *cfg) { c.Leeway = 1 }, prefix + besideOpen},
		{func(c *cfg) { c.MaxLifetime = time.Hour }, prefix + besideOpen},
		{func(c *cfg) { c.CacheSize = -1 }, prefix + "CacheSize has no effect beside InsecureOpen: leave it zero"},
		{func(c *cfg) { c.InsecureAnyAudience = true }, prefix + besideOpen},
		{func(c *cfg) { c.InsecureNoExpiry = true }, prefix + besideOpen},
		{at(authsdk.Query("", "x")), prefix + "Locations: Query needs the name of a parameter"},
	})
}

func TestPolicyOptions(t *testing.T) {
	t.Parallel()
	type cfg = authsdk.Policy
	v := newVerifier(t, hmacKeys(t), func(c *authsdk.VerifierConfig) {
		c.Revoked = func(_ context.Context, c *authsdk.Claims) (bool, error) { return c.Subject == "revoked", nil }
	})
	// verdict is that of the policy on a token with these changes; nil is no token.
	verdict := func(changes map[string]string) func(*testing.T, cfg) string {
		r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
		if changes != nil {
			token := seal(goodHeader(hmacKeys(t)), payload(changes))
			r.Header.Set("Authorization", "Bearer "+token)
			r.Header.Set("X-Token", token)
		}
		return func(t *testing.T, p cfg) string {
			t.Helper()
			if _, err := v.Authenticate(r, p); err != nil {
				return authsdk.ErrorOf(err).Code
			}
			return "good"
		}
	}
	with := func(pairs ...string) map[string]string {
		changes := map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			maps.Copy(changes, map[string]string{pairs[i]: pairs[i+1]})
		}
		return changes
	}
	checkOptions(t, func() cfg { return cfg{} }, []option[cfg]{
		{"Optional", nil, func(p *cfg) { p.Optional = true }, verdict(nil), "token_missing", "good"},
		{"Fresh", nil, func(p *cfg) { p.Fresh = true }, verdict(with("fresh", "false")), "good", "fresh_token_required"},
		{"FreshWithin", nil, func(p *cfg) { p.FreshWithin = time.Minute }, verdict(with("auth_time", "1795175939")), "good", "fresh_token_required"},
		{"Types", nil, func(p *cfg) { p.Types = []authsdk.TokenType{authsdk.Refresh} }, verdict(with()), "good", "token_wrong_type"},
		{"Scopes", nil, func(p *cfg) { p.Scopes = []string{"a", "b"} }, verdict(with("scope", `"a"`)), "good", "insufficient_scope"},
		{"Roles", nil, func(p *cfg) { p.Roles = []string{"a", "b"} }, verdict(with("roles", `["a"]`)), "good", "insufficient_scope"},
		{"Locations", nil, func(p *cfg) { p.Locations = []authsdk.Location{authsdk.Query("token", "")} }, verdict(with()), "good", "token_missing"},
		{"SkipRevocation", nil, func(p *cfg) { p.SkipRevocation = true }, verdict(with("sub", `"revoked"`)), "token_revoked", "good"},
		{"InsecureExpired", nil, func(p *cfg) { p.InsecureExpired = true }, verdict(with("iat", "1795175000", "exp", "1795175990")), "token_expired", "good"},
	})
	construct := func(p cfg) error { return p.Validate() }
	const prefix = "authsdk: Policy: "
	checkMistakes(t, func() cfg { return cfg{} }, construct, []mistake[cfg]{
		{func(p *cfg) { p.FreshWithin = -time.Second }, prefix + "FreshWithin is -1s: it must not be negative"},
		{func(p *cfg) { p.Types = []authsdk.TokenType{""} }, prefix + `Types: "" must match ^[a-z][a-z0-9-]{0,31}$`},
		{func(p *cfg) { p.Types = []authsdk.TokenType{authsdk.AnyType, "Access"} }, prefix + `Types: "Access" must match ^[a-z][a-z0-9-]{0,31}$`},
		{func(p *cfg) { p.Scopes = []string{"a b"} }, prefix + "Scopes must be scopes of RFC 6749 section 3.3: printable ASCII without spaces, quotes and backslashes"},
		{func(p *cfg) { p.Roles = []string{"a", ""} }, prefix + "Roles must have 1 to 255 bytes each and no control characters"},
		{func(p *cfg) { p.Locations = []authsdk.Location{{}} }, prefix + "Locations has a member without Find: see Bearer and Cookies.Location"},
		{
			func(p *cfg) { p.FreshWithin, p.Scopes = -1, []string{""} },
			prefix + "FreshWithin is -1ns: it must not be negative\nScopes must be scopes of RFC 6749 section 3.3: printable ASCII without spaces, quotes and backslashes",
		},
	})
}
