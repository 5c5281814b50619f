package flaskcompat_test

import (
	"context"
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/flaskcompat"
)

// option is a field of a configuration: what happens with it and without.
type option[C any] struct {
	field string
	given func(*C) // holds in both cases; may be nil
	set   func(*C)
	// outcome tells in a word what a configuration leads to.
	outcome       func(*testing.T, C) string
	without, with string
}

// checkOptions tries every option, and wants one for each field of C, so that
// a new field is not forgotten.
func checkOptions[C any](t *testing.T, base func() C, rows []option[C]) {
	t.Helper()
	seen := map[string]bool{}
	for _, o := range rows {
		seen[o.field] = true
		t.Run(o.field, func(t *testing.T) {
			without, with := base(), base()
			if o.given != nil {
				o.given(&without)
				o.given(&with)
			}
			o.set(&with)
			same(t, "without it", o.outcome(t, without), o.without)
			same(t, "with it", o.outcome(t, with), o.with)
		})
	}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[C]()) {
		if !seen[field.Name] {
			t.Errorf("the field %s has no row that shows its effect", field.Name)
		}
		delete(seen, field.Name)
	}
	for name := range seen {
		t.Errorf("there is no field %s", name)
	}
}

// tried returns what a request is answered with: the location of the token, or
// the message of the refusal. TOKEN in it stands for a token of cfg, or of
// other if that is set.
func tried(p authsdk.Policy, other *config, o options, target, body string, headers ...string) func(*testing.T, config) string {
	return func(t *testing.T, cfg config) string {
		t.Helper()
		m := manager(t, cfg)
		maker := m
		if other != nil {
			maker = manager(t, *other)
		}
		token := access(t, maker, o)
		if len(p.Types) > 0 {
			token = renewal(t, maker, o)
		}
		filled := make([]string, len(headers))
		for i, h := range headers {
			filled[i] = replaceToken(h, token)
		}
		got := send(m, p, request("POST", replaceToken(target, token), replaceToken(body, token), filled...))
		if got.status == http.StatusOK {
			return fmt.Sprint(got.location(t))
		}
		return fmt.Sprint(got.status, " ", strings.TrimSpace(got.body))
	}
}

// inHeader tries a token in the header.
func inHeader(other *config, o options) func(*testing.T, config) string {
	return tried(plain, other, o, "/", "", "Authorization", "Bearer TOKEN")
}

// claim returns a claim of an access token of a configuration, as JSON.
func claim(name string, maker func(testing.TB, *flaskcompat.Manager, options) string) func(*testing.T, config) string {
	return func(t *testing.T, cfg config) string {
		t.Helper()
		got, ok := claimsOf(t, maker(t, manager(t, cfg), options{}))[name]
		if !ok {
			return ""
		}
		text, _ := json.Marshal(got)
		return string(text)
	}
}

func says(msg string) string { return `422 {"msg":"` + msg + `"}` }

func TestConfigOptions(t *testing.T) {
	var (
		own       = config{}
		hs512     = config{Algorithm: "HS512"}
		elsewhere = []byte("another-secret-0123456789-abcdefghijklmnopqrstuvwxyz-and-some-more-12")
		other     = config{Secret: elsewhere}
		rs256     = asymmetric()
		pair      = func(c *config) { *c = asymmetric() }
		queries   = func(c *config) { c.Locations = []string{"query_string"} }
		bodies    = func(c *config) { c.Locations = []string{"json"} }
		query     = tried(plain, nil, options{}, "/?jwt=TOKEN", "")
		inBody    = tried(plain, nil, options{}, "/", `{"access_token":"TOKEN"}`, "Content-Type", "application/json")
		past      = options{ExpiresIn: -time.Second}
	)
	const jsonKey = `401 {"msg":"Missing \"a\" key in json data."}`
	checkOptions(t, func() config { return config{} }, []option[config]{
		{"Algorithm", nil, func(c *config) { c.Algorithm = "HS384" }, func(t *testing.T, cfg config) string {
			t.Helper()
			return fmt.Sprint(headerOf(t, access(t, manager(t, cfg), options{}))["alg"])
		}, "HS256", "HS384"},
		{"DecodeAlgorithms", nil, func(c *config) { c.DecodeAlgorithms = []string{"HS512"} }, inHeader(&hs512, options{}), says(foreignAlg), "headers"},
		{"Secret", nil, func(c *config) { c.Secret = elsewhere }, inHeader(&other, options{}), says(badSign), "headers"},
		{"PublicKey", nil, func(c *config) { *c = config{Algorithm: "RS256", PublicKey: rs256.PublicKey} }, inHeader(&rs256, options{}), says(foreignAlg), "headers"},
		{"PrivateKey", pair, func(c *config) { c.PrivateKey = nil }, func(t *testing.T, cfg config) string {
			t.Helper()
			_, err := manager(t, cfg).CreateAccessToken(t.Context(), "username", options{})
			return fmt.Sprint(err)
		}, "<nil>", "flaskcompat: no key to sign with: set Secret, PrivateKey or EncodeKey"},
		{"EncodeKey", nil, func(c *config) {
			c.EncodeKey = func(context.Context, any) (any, error) { return elsewhere, nil }
		}, inHeader(nil, options{}), "headers", says(badSign)},
		{"DecodeKey", nil, func(c *config) {
			c.DecodeKey = func(context.Context, map[string]any, map[string]any) (any, error) { return elsewhere, nil }
		}, inHeader(&other, options{}), says(badSign), "headers"},
		{"AccessExpires", nil, func(c *config) { c.AccessExpires = time.Hour }, claim("exp", access), "1795176900", "1795179600"},
		{"RefreshExpires", nil, func(c *config) { c.RefreshExpires = time.Hour }, claim("exp", renewal), "1797768000", "1795179600"},
		{"IdentityClaim", nil, func(c *config) { c.IdentityClaim = "uid" }, claim("uid", access), "", `"username"`},
		{"OmitNotBefore", nil, func(c *config) { c.OmitNotBefore = true }, claim("nbf", access), "1795176000", ""},
		{"EncodeAudience", nil, func(c *config) { c.EncodeAudience = []string{"a", "b"} }, claim("aud", access), "", `["a","b"]`},
		{"EncodeIssuer", nil, func(c *config) { c.EncodeIssuer = "me" }, claim("iss", access), "", `"me"`},
		{"DecodeAudience", nil, func(c *config) { c.DecodeAudience = []string{"a"} }, inHeader(&own, options{Claims: object{"aud": "b"}}), "headers", says("Audience doesn't match")},
		{"DecodeIssuer", nil, func(c *config) { c.DecodeIssuer = []string{"a"} }, inHeader(&own, options{Claims: object{"iss": "b"}}), "headers", says("Invalid issuer")},
		{"Leeway", nil, func(c *config) { c.Leeway = 2 * time.Second }, inHeader(nil, past), `401 {"msg":"Token has expired"}`, "headers"},
		{"Locations", nil, queries, query, `401 {"msg":"Missing Authorization Header"}`, "query_string"},
		{"HeaderName", nil, func(c *config) { c.HeaderName = "X-Auth" }, inHeader(nil, options{}), "headers", `401 {"msg":"Missing X-Auth Header"}`},
		{"HeaderType", nil, func(c *config) { c.HeaderType = "JWT" }, tried(plain, nil, options{}, "/", "", "Authorization", "JWT TOKEN"), `401 {"msg":"` + escaped(noBearer) + `"}`, "headers"},
		{"BareHeader", nil, func(c *config) { c.BareHeader = true }, tried(plain, nil, options{}, "/", "", "Authorization", "TOKEN"), `401 {"msg":"` + escaped(noBearer) + `"}`, "headers"},
		{"QueryName", queries, func(c *config) { c.QueryName = "t" }, query, "query_string", `401 {"msg":"Missing 't' query paramater"}`},
		{"QueryPrefix", queries, func(c *config) { c.QueryPrefix = "x" }, tried(plain, nil, options{}, "/?jwt=xTOKEN", ""), says("Invalid header padding"), "query_string"},
		{"JSONKey", bodies, func(c *config) { c.JSONKey = "a" }, inBody, "json", jsonKey},
		{
			"RefreshJSONKey", bodies, func(c *config) { c.RefreshJSONKey = "a" },
			tried(refresh, nil, options{}, "/", `{"refresh_token":"TOKEN"}`, "Content-Type", "application/json"), "json", jsonKey,
		},
		{"Cookies", nil, func(c *config) { c.Cookies.InsecureNoCSRF = true }, func(t *testing.T, cfg config) string {
			t.Helper()
			_, got := claimsOf(t, access(t, manager(t, cfg), options{}))["csrf"]
			return fmt.Sprint(got)
		}, "true", "false"},
		{"UserIdentity", nil, func(c *config) {
			c.UserIdentity = func(_ context.Context, identity any) (any, error) { return "user:" + identity.(string), nil }
		}, claim("sub", access), `"username"`, `"user:username"`},
		{"AdditionalClaims", nil, func(c *config) { c.AdditionalClaims = yields(object{"a": 1}) }, claim("a", access), "", "1"},
		{"AdditionalHeaders", nil, func(c *config) { c.AdditionalHeaders = yields(object{"a": 1}) }, func(t *testing.T, cfg config) string {
			t.Helper()
			return fmt.Sprint(headerOf(t, access(t, manager(t, cfg), options{}))["a"])
		}, "<nil>", "1"},
		{"Revoked", nil, func(c *config) { c.Revoked = decides(t, true) }, inHeader(nil, options{}), "headers", `401 {"msg":"Token has been revoked"}`},
		{"Verify", nil, func(c *config) { c.Verify = decides(t, false) }, inHeader(nil, options{}), "headers", `400 {"msg":"User claims verification failed"}`},
		{"UserLookup", nil, func(c *config) { c.UserLookup = nobody }, inHeader(nil, options{}), "headers", `401 {"msg":"Error loading the user username"}`},
		{"MessageKey", nil, func(c *config) { c.MessageKey = "m" }, inHeader(nil, past), `401 {"msg":"Token has expired"}`, `401 {"m":"Token has expired"}`},
		{"Render", nil, func(c *config) {
			c.Render = func(w http.ResponseWriter, _ *http.Request, e *authsdk.Error) { http.Error(w, e.Code, e.Status) }
		}, inHeader(nil, past), `401 {"msg":"Token has expired"}`, "401 token_expired"},
		{"OnError", nil, func(c *config) { c.OnError = func(r *http.Request, err error) { r.Header.Set("X-Told", err.Error()) } }, func(t *testing.T, cfg config) string {
			t.Helper()
			r := request("GET", "/", "")
			send(manager(t, cfg), plain, r)
			return r.Header.Get("X-Told")
		}, "", "authsdk: token_missing: Missing Authorization Header"},
		{"Now", nil, func(c *config) { c.Now = func() time.Time { return start.Add(time.Hour) } }, claim("iat", access), "1795176000", "1795179600"},
		{"InsecureShortSecret", func(c *config) { c.Secret = []byte("short") }, func(c *config) { c.InsecureShortSecret = true }, func(t *testing.T, cfg config) string {
			t.Helper()
			_, err := flaskcompat.New(cfg)
			return fmt.Sprint(err)
		}, "flaskcompat: Config: Secret has 5 bytes, HS256 wants 32 (RFC 7518 section 3.2): set InsecureShortSecret to keep it", "<nil>"},
		{"InsecureAnySubject", nil, func(c *config) { c.InsecureAnySubject = true }, inHeader(nil, options{Claims: object{"sub": 1}}), says("Subject must be a string"), "headers"},
		{"InsecureNoAccessExpiry", nil, func(c *config) { c.InsecureNoAccessExpiry = true }, claim("exp", access), "1795176900", ""},
		{"InsecureNoRefreshExpiry", nil, func(c *config) { c.InsecureNoRefreshExpiry = true }, claim("exp", renewal), "1797768000", ""},
	})
}

// escaped is a message as JSON has it.
func escaped(msg string) string {
	text, _ := json.Marshal(msg)
	return strings.Trim(string(text), `"`)
}

// Callbacks that fail end the making of a token, with their error.
func TestLoadersFail(t *testing.T) {
	t.Parallel()
	down := errors.New("no answer")
	fails := func(context.Context, any) (map[string]any, error) { return nil, down }
	for name, cfg := range map[string]config{
		"claims":        {AdditionalClaims: fails},
		"headers":       {AdditionalHeaders: fails},
		"user identity": {UserIdentity: func(context.Context, any) (any, error) { return nil, down }},
		"encode key":    {EncodeKey: func(context.Context, any) (any, error) { return nil, down }},
	} {
		_, err := manager(t, cfg).CreateAccessToken(t.Context(), "username", options{})
		if !errors.Is(err, down) || err.Error() != "flaskcompat: "+name+": no answer" {
			t.Errorf("%s: %v", name, err)
		}
	}
	m := manager(t, config{Verify: func(context.Context, *authsdk.Claims) (bool, error) { return true, down }})
	got := send(m, plain, bearer(access(t, m, options{})))
	same(t, "a verification that fails", got.status, http.StatusServiceUnavailable)
	same(t, "Retry-After", got.header.Get("Retry-After"), "2")
}

// remote is a private key of another make, such as one in a device.
type remote struct{ crypto.Signer }

func vectorSigner(t testing.TB) crypto.Signer {
	t.Helper()
	b, _ := pem.Decode([]byte(vectorKeys(t, "RS256").Private))
	key, err := x509.ParsePKCS8PrivateKey(b.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return key.(crypto.Signer)
}

// What a token cannot be made with.
func TestCreateRefuses(t *testing.T) {
	t.Parallel()
	m := manager(t, config{})
	for _, tt := range []struct {
		identity any
		o        options
		want     string
	}{
		{"x", options{Headers: object{"alg": "none"}}, "flaskcompat: headers: alg is none, which is no algorithm"},
		{"x", options{Headers: object{"alg": nil}}, "flaskcompat: headers: alg is <nil>, which is no algorithm"},
		{"x", options{Headers: object{"alg": "RS256"}}, "flaskcompat: a []uint8 cannot sign RS256"},
		{"x", options{Headers: object{"kid": 1}}, "flaskcompat: headers: kid must be a string"},
		{func() {}, options{}, "flaskcompat: claims: json: unsupported type: func()"},
		{"x", options{Headers: object{"typ": func() {}}}, "flaskcompat: headers: json: unsupported type: func()"},
	} {
		token, err := m.CreateAccessToken(t.Context(), tt.identity, tt.o)
		if token != "" || err == nil || err.Error() != tt.want {
			t.Errorf("%q, %v; want %s", token, err, tt.want)
		}
	}
	foreign := manager(t, config{EncodeKey: func(context.Context, any) (any, error) { return remote{vectorSigner(t)}, nil }})
	_, err := foreign.CreateAccessToken(t.Context(), "x", options{Headers: object{"alg": "RS256"}})
	same(t, "a key of another make", fmt.Sprint(err), "flaskcompat: sign: key is of invalid type: RSA sign expects *rsa.PrivateKey")
	// A header may name another algorithm that the key fits, and no typ.
	token := access(t, m, options{Headers: object{"alg": "HS384", "typ": nil}})
	data, _ := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[0])
	same(t, "header", string(data), `{"alg":"HS384"}`)
}
