package flaskcompat_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
)

// mistake is a value that New refuses, and what it says.
type mistake struct {
	set  func(*config)
	want string
}

func checkMistakes(t *testing.T, mistakes []mistake) {
	t.Helper()
	for _, m := range mistakes {
		cfg := config{Secret: []byte(secret)}
		m.set(&cfg)
		refuses(t, cfg, m.want)
	}
}

const algorithms = "take one of HS256, HS384, HS512, RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA"

func TestKeyMistakes(t *testing.T) {
	t.Parallel()
	private, public := rsaKey()
	other := vectorKeys(t, "RS256")
	ec := vectorKeys(t, "ES384")
	anyKey := func(context.Context, map[string]any, map[string]any) (any, error) { return []byte(secret), nil }
	checkMistakes(t, []mistake{
		{func(c *config) { c.Algorithm = "none" }, `Algorithm "none" cannot be used: ` + algorithms},
		{func(c *config) { c.Algorithm = "hs256" }, `Algorithm "hs256" cannot be used: ` + algorithms},
		{func(c *config) { c.Algorithm = "ES256K" }, `Algorithm "ES256K" cannot be used: ` + algorithms},
		{func(c *config) { c.DecodeAlgorithms = []string{"none", ""} }, `DecodeAlgorithms: "none" cannot be used: ` + algorithms +
			"\nDecodeAlgorithms: \"\" cannot be used: " + algorithms},
		{func(c *config) { c.Secret = nil }, "Secret must be set for HS256"},
		{func(c *config) {
			c.Secret, c.EncodeKey = nil, func(context.Context, any) (any, error) { return secret, nil }
		}, "Secret must be set for HS256"},
		{func(c *config) { c.Secret = c.Secret[:31] }, "Secret has 31 bytes, HS256 wants 32 (RFC 7518 section 3.2): set InsecureShortSecret to keep it"},
		{func(c *config) { c.Secret, c.DecodeAlgorithms = c.Secret[:63], []string{"HS512"} }, "Secret has 63 bytes, HS512 wants 64 (RFC 7518 section 3.2): set InsecureShortSecret to keep it"},
		{func(c *config) { c.Secret = public }, "Secret is a PEM block: a public key as a secret lets anybody sign"},
		{func(c *config) { c.Secret = []byte("ssh-rsa " + strings.Repeat("A", 64)) }, "Secret is a PEM block: a public key as a secret lets anybody sign"},
		{func(c *config) { c.PublicKey = public }, "PrivateKey and PublicKey are not used for HS256: leave them empty"},
		{func(c *config) { c.DecodeAlgorithms = []string{"RS256"} }, "DecodeAlgorithms: the key of HS256 does not fit RS256: set DecodeKey, which is told the alg of a token"},
		{func(c *config) { *c = asymmetric(); c.DecodeAlgorithms = []string{"PS256", "HS256"} }, "DecodeAlgorithms: the key of RS256 does not fit HS256: set DecodeKey, which is told the alg of a token"},
		{func(c *config) { *c = asymmetric(); c.Secret = []byte(secret) }, "Secret is not used for RS256: leave it empty"},
		{func(c *config) { *c = config{Algorithm: "EdDSA"} }, "PublicKey must be set for EdDSA"},
		{func(c *config) { *c = config{Algorithm: "EdDSA", PublicKey: public} }, "PublicKey is no public key for EdDSA in PEM"},
		{func(c *config) { *c = config{Algorithm: "ES256", PublicKey: []byte(ec.Public)} }, "PublicKey is no public key for ES256 in PEM"},
		{func(c *config) { *c = config{Algorithm: "ES384", PublicKey: public, PrivateKey: private} }, "PublicKey is no public key for ES384 in PEM"},
		{func(c *config) { *c = config{Algorithm: "RS256", PublicKey: private} }, "PublicKey is no public key for RS256 in PEM"},
		{func(c *config) { *c = config{Algorithm: "RS256", PublicKey: public, PrivateKey: public} }, "PrivateKey is no private key for RS256 in PEM"},
		{func(c *config) { *c = config{Algorithm: "ES256", PrivateKey: []byte(ec.Private), DecodeKey: anyKey} }, "PrivateKey is no private key for ES256 in PEM"},
		{func(c *config) { *c = asymmetric(); c.PrivateKey = []byte(other.Private) }, "PrivateKey and PublicKey are no pair: tokens that are made here would be refused here"},
	})
	// With DecodeKey no key is needed to read, and none to sign.
	for _, cfg := range []config{{DecodeKey: anyKey}, {Algorithm: "RS256", DecodeKey: anyKey, DecodeAlgorithms: []string{"HS256"}}} {
		m := manager(t, cfg)
		token := foreign(t, object{"sub": "username"})
		send(m, plain, bearer(token)).says(t, cfg.Algorithm, http.StatusOK, "")
	}
}

func TestConfigMistakes(t *testing.T) {
	t.Parallel()
	const lifetime = "a lifetime must be at least 1s; leave it zero for the default"
	checkMistakes(t, []mistake{
		{func(c *config) { c.AccessExpires = -time.Minute }, "AccessExpires is -1m0s: " + lifetime},
		{func(c *config) { c.AccessExpires = 15 }, "AccessExpires is 15ns: " + lifetime},
		{func(c *config) { c.RefreshExpires = 401 * 24 * time.Hour }, "RefreshExpires is 9624h0m0s: a lifetime must be at most 9600h0m0s"},
		{func(c *config) { c.AccessExpires, c.InsecureNoAccessExpiry = time.Hour, true }, "AccessExpires and InsecureNoAccessExpiry exclude each other: leave one of them empty"},
		{func(c *config) { c.RefreshExpires, c.InsecureNoRefreshExpiry = time.Hour, true }, "RefreshExpires and InsecureNoRefreshExpiry exclude each other: leave one of them empty"},
		{func(c *config) { c.Leeway = -1 }, "Leeway is -1ns: it must lie between 0 and 5m0s"},
		{func(c *config) { c.Leeway = time.Hour }, "Leeway is 1h0m0s: it must lie between 0 and 5m0s"},
		{func(c *config) { c.IdentityClaim = "a\nb" }, `IdentityClaim "a\nb" must be text without control characters`},
		{func(c *config) { c.IdentityClaim = "\xff" }, `IdentityClaim "\xff" must be text without control characters`},
		{func(c *config) { c.IdentityClaim = "exp" }, `IdentityClaim "exp" has another meaning: take sub, or a name of your own`},
		{func(c *config) { c.EncodeAudience = []string{"a", ""} }, `EncodeAudience: the member "" must be text without control characters`},
		{func(c *config) { c.DecodeAudience = []string{""} }, `DecodeAudience: the member "" must be text without control characters`},
		{func(c *config) { c.DecodeIssuer = []string{"\x00"} }, `DecodeIssuer: the member "\x00" must be text without control characters`},
		{func(c *config) { c.EncodeIssuer = "\x7f" }, `EncodeIssuer "\x7f" must be text without control characters`},
		{func(c *config) { c.MessageKey = "a\tb" }, `MessageKey "a\tb" must be text without control characters`},
		{func(c *config) { c.Locations = []string{"header"} }, `Locations: "header" is no location: they are headers, cookies, query_string and json`},
		{func(c *config) { c.Locations = []string{"json", "headers", "json"} }, `Locations: "json" is there twice`},
		{func(c *config) { c.HeaderName = "X Auth" }, `HeaderName "X Auth" is no header name: see RFC 9110 section 5.1`},
		{func(c *config) { c.HeaderName = "X-Auth:" }, `HeaderName "X-Auth:" is no header name: see RFC 9110 section 5.1`},
		{func(c *config) { c.HeaderType = "my type" }, `HeaderType "my type" is not one word: for none set BareHeader`},
		{func(c *config) { c.HeaderType = "a,b" }, `HeaderType "a,b" is not one word: for none set BareHeader`},
		{func(c *config) { c.HeaderType = "a\x7f" }, `HeaderType "a\x7f" is not one word: for none set BareHeader`},
		{func(c *config) { c.HeaderType = "é" }, `HeaderType "é" is not one word: for none set BareHeader`},
		{func(c *config) { c.HeaderType, c.BareHeader = "Bearer", true }, "HeaderType and BareHeader exclude each other: leave one of them empty"},
		{func(c *config) { c.QueryName = "\r" }, `QueryName "\r" must be text without control characters`},
		{func(c *config) { c.QueryPrefix = "\n" }, `QueryPrefix "\n" must be text without control characters`},
		{func(c *config) { c.JSONKey = "\xc0" }, `JSONKey "\xc0" must be text without control characters`},
		{func(c *config) { c.RefreshJSONKey = "\x01" }, `RefreshJSONKey "\x01" must be text without control characters`},
		{ // all are told together
			func(c *config) { c.Secret, c.Leeway, c.Locations = nil, -1, []string{"x"} },
			"Secret must be set for HS256\nLeeway is -1ns: it must lie between 0 and 5m0s\n" +
				`Locations: "x" is no location: they are headers, cookies, query_string and json`,
		},
	})
	manager(t, config{Leeway: 5 * time.Minute, Secret: []byte(secret[:32])}) // the most, and the least
}

func TestCookieMistakes(t *testing.T) {
	t.Parallel()
	at := func(change func(*cookies)) func(*config) { return func(c *config) { change(&c.Cookies) } }
	checkMistakes(t, []mistake{
		{at(func(c *cookies) { c.Access.Name = "a b" }), `Cookies.Access.Name "a b" with the path "/" and the domain "" is not a cookie that can be set`},
		{at(func(c *cookies) { c.Refresh.Path = "auth" }), `Cookies.Refresh.Name "refresh_token_cookie" with the path "auth" and the domain "" is not a cookie that can be set`},
		{at(func(c *cookies) { c.Access.CSRFPath = "/;" }), `Cookies.Access.CSRFName "csrf_access_token" with the path "/;" and the domain "" is not a cookie that can be set`},
		{at(func(c *cookies) { c.Refresh.CSRFName = "access_token_cookie" }), `Cookies.Refresh.CSRFName "access_token_cookie": another cookie has that name`},
		{at(func(c *cookies) { c.Access.Name, c.Access.Path = "__Host-a", "/api" }), `Cookies.Access.Name "__Host-a": a cookie named __Host-… must have the path / and no domain, not "/api" and ""`},
		{at(func(c *cookies) { c.Access.Name, c.Domain = "__Host-a", "example.com" }), `Cookies.Access.Name "__Host-a": a cookie named __Host-… must have the path / and no domain, not "/" and "example.com"`},
		{at(func(c *cookies) { c.Refresh.Name, c.InsecureHTTP = "__Secure-r", true }), `Cookies.Refresh.Name "__Secure-r": a cookie with that prefix must be Secure, which InsecureHTTP turns off`},
		{at(func(c *cookies) { c.Access.CSRFHeader = "X CSRF" }), `Cookies.Access.CSRFHeader "X CSRF" is no header name: see RFC 9110 section 5.1`},
		{at(func(c *cookies) { c.Refresh.CSRFHeader = "é" }), `Cookies.Refresh.CSRFHeader "é" is no header name: see RFC 9110 section 5.1`},
		{at(func(c *cookies) { c.Access.CSRFField = "\n" }), `Cookies.Access.CSRFField "\n" must be text without control characters`},
		{at(func(c *cookies) { c.Refresh.CSRFField = "\n" }), `Cookies.Refresh.CSRFField "\n" must be text without control characters`},
		{at(func(c *cookies) { c.SameSite = 42 }), "Cookies.SameSite 42 is none of http.SameSiteLaxMode, StrictMode and NoneMode: leave it zero for no attribute"},
		{at(func(c *cookies) { c.SameSite = http.SameSiteDefaultMode }), "Cookies.SameSite 1 is none of http.SameSiteLaxMode, StrictMode and NoneMode: leave it zero for no attribute"},
		{at(func(c *cookies) { c.SameSite, c.InsecureHTTP = http.SameSiteNoneMode, true }), "Cookies: SameSite=None and Partitioned need Secure, which InsecureHTTP turns off"},
		{at(func(c *cookies) { c.Partitioned, c.InsecureHTTP = true, true }), "Cookies: SameSite=None and Partitioned need Secure, which InsecureHTTP turns off"},
		{at(func(c *cookies) { c.InsecureCSRFMethods = []string{"post"} }), `Cookies.InsecureCSRFMethods: "post" is no method: they are written in upper case`},
		{at(func(c *cookies) { c.InsecureCSRFMethods = []string{"", "A B"} }), "Cookies.InsecureCSRFMethods: \"\" is no method: they are written in upper case\n" +
			`Cookies.InsecureCSRFMethods: "A B" is no method: they are written in upper case`},
		{at(func(c *cookies) { c.TrustedOrigins = []string{"app.example.com"} }), `Cookies.TrustedOrigins: "app.example.com" is not an origin such as https://app.example.com`},
		{at(func(c *cookies) { c.Domain = "not a domain" }), strings.Join([]string{
			`Cookies.Access.Name "access_token_cookie" with the path "/" and the domain "not a domain" is not a cookie that can be set`,
			`Cookies.Refresh.Name "refresh_token_cookie" with the path "/" and the domain "not a domain" is not a cookie that can be set`,
			`Cookies.Access.CSRFName "csrf_access_token" with the path "/" and the domain "not a domain" is not a cookie that can be set`,
			`Cookies.Refresh.CSRFName "csrf_refresh_token" with the path "/" and the domain "not a domain" is not a cookie that can be set`,
		}, "\n")},
	})
	// These are kept.
	manager(t, inCookies(cookies{Access: authsdk.CookieNames{Name: "__Host-a"}, Refresh: authsdk.CookieNames{Name: "__Secure-r", Path: "/auth"}}))
}
