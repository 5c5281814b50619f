package flaskcompat_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/flaskcompat"
)

// refuses fails the test unless New refuses cfg with this text alone.
func refuses(t *testing.T, cfg config, want string) {
	t.Helper()
	if cfg.Now == nil {
		cfg.Now = fixedClock
	}
	_, err := flaskcompat.New(cfg)
	if err == nil || err.Error() != "flaskcompat: Config: "+want {
		t.Errorf("New: %v\nwant flaskcompat: Config: %s", err, want)
	}
}

// A configuration cannot be read here: what it leads to is.
func TestFJE022_DefaultConfig(t *testing.T) {
	t.Parallel()
	m := manager(t, config{})
	for _, tt := range []struct {
		kind

		life time.Duration
	}{{kinds[0], 15 * time.Minute}, {kinds[1], 30 * 24 * time.Hour}} {
		token := tt.make(t, m, options{})
		same(t, "header", string(decoding(t, tt.name, m, token, flaskcompat.DecodeOptions{}, "").Header), `{"alg":"HS256","typ":"JWT"}`)
		claims := claimsOf(t, token)
		names := slices.Sorted(maps.Keys(claims))
		if want := []string{"csrf", "exp", "fresh", "iat", "jti", "nbf", "sub", "type"}; !slices.Equal(names, want) {
			t.Errorf("claims %v, want %v", names, want)
		}
		for name, want := range map[string]any{
			"iat": number(start), "nbf": number(start), "exp": number(start.Add(tt.life)), "fresh": false, "type": tt.name, "sub": "username",
		} {
			same(t, name, claims[name], want)
		}
		for _, name := range []string{"jti", "csrf"} {
			if id, _ := claims[name].(string); !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(id) {
				t.Errorf("%s is %q, want a UUID of version 4", name, id)
			}
		}
	}
	send(m, plain, request(http.MethodGet, "/", "")).says(t, "headers alone", http.StatusUnauthorized, noHeader)
	all := manager(t, config{Locations: []string{"headers", "cookies", "query_string", "json"}})
	const nowhere = "Missing JWT in headers, cookies, query_string or json (Missing Authorization Header; "
	send(all, plain, request(http.MethodGet, "/", "")).says(t, "access names", http.StatusUnauthorized,
		nowhere+`Missing cookie "access_token_cookie"; Missing 'jwt' query paramater; Invalid content-type. Must be application/json.)`)
	send(all, refresh, request(http.MethodGet, "/", "{}", "Content-Type", "application/json")).says(t, "refresh names", http.StatusUnauthorized,
		nowhere+`Missing cookie "refresh_token_cookie"; Missing 'jwt' query paramater; Missing "refresh_token" key in json data.)`)
}

// number is a time as a claim has it.
func number(at time.Time) json.Number {
	data, _ := json.Marshal(at.Unix())
	return json.Number(data)
}

// TestConfigOptions tries each option alone; here they work together.
func TestFJE023_OverrideConfig(t *testing.T) {
	t.Parallel()
	m := manager(t, config{
		Algorithm: "HS512", DecodeAlgorithms: []string{"HS256"},
		AccessExpires: 5 * time.Minute, RefreshExpires: 7 * 24 * time.Hour,
		IdentityClaim: "foo", OmitNotBefore: true, EncodeIssuer: "me", DecodeIssuer: []string{"me"},
		EncodeAudience: []string{"a", "b"}, DecodeAudience: []string{"b"}, Leeway: time.Second,
		Locations: []string{"query_string", "json", "cookies", "headers"}, HeaderName: "TestHeader", HeaderType: "TestType",
		QueryName: "q", JSONKey: "TestKey", RefreshJSONKey: "TestRefreshKey", MessageKey: "message",
		Cookies: cookies{
			Access:  authsdk.CookieNames{Name: "new_access_cookie", CSRFName: "access_csrf_cookie", CSRFHeader: "X-ACCESS", CSRFField: "access_field"},
			Refresh: authsdk.CookieNames{Name: "new_refresh_cookie", CSRFName: "refresh_csrf_cookie", CSRFHeader: "X-REFRESH", CSRFField: "refresh_field"},
			Domain:  ".example.com", Lasting: true, SameSite: http.SameSiteStrictMode, CSRFForm: true,
		},
	})
	for _, k := range kinds {
		token := k.make(t, m, options{})
		claims := claimsOf(t, token)
		names := slices.Sorted(maps.Keys(claims))
		if want := []string{"aud", "csrf", "exp", "foo", "fresh", "iat", "iss", "jti", "type"}; !slices.Equal(names, want) {
			t.Errorf("claims %v, want %v", names, want)
		}
		cookie, header := "new_"+k.name+"_cookie", "X-"+k.name
		for what, r := range map[string]*http.Request{
			"header": request("GET", "/", "", "TestHeader", "TestType "+token),
			"query":  request("GET", "/?q="+token, ""),
			"json":   request("POST", "/", `{"TestKey":"`+token+`","TestRefreshKey":"`+token+`"}`, "Content-Type", "application/json"),
			"cookie": request("POST", "/", "", "Cookie", cookie+"="+token, header, csrfOf(t, token)),
		} {
			if got := send(m, k.policy, r); got.status != http.StatusOK {
				t.Errorf("%s in %s: %d %s", k.name, what, got.status, got.body)
			}
		}
		const attributes = "Path=/; Domain=example.com; Expires=Sat, 20 Nov 2027 13:06:40 GMT; Max-Age=31540000; "
		want := map[string]string{
			cookie:                  attributes + "HttpOnly; Secure; SameSite=Strict",
			k.name + "_csrf_cookie": attributes + "Secure; SameSite=Strict",
		}
		if got := k.login(t, m, flaskcompat.CookieOptions{}); !maps.Equal(got, want) {
			t.Errorf("cookies %q, want %q", got, want)
		}
	}
	got := send(m, plain, request("GET", "/", ""))
	got.is(t, "nothing", http.StatusUnauthorized, `{"message":"Missing JWT in query_string, json, cookies or headers `+
		`(Missing 'q' query paramater; Invalid content-type. Must be application/json.; Missing cookie \"new_access_cookie\"; Missing TestHeader Header)"}`)
}

// The JSON encoder is what writes claims. What a date becomes there does not
// depend on the version of anything here.
func TestDates(t *testing.T) {
	m := manager(t, config{})
	at := time.Date(2020, 1, 1, 1, 0, 0, 0, time.FixedZone("", 3600))
	claims := claimsOf(t, access(t, m, options{Claims: object{"iat": at, "nbf": at, "exp": at, "day": at}}))
	t.Run("FJE-024 registered dates are numbers", func(t *testing.T) {
		for _, name := range []string{"iat", "nbf", "exp"} {
			same(t, name, claims[name], any(number(at)))
		}
	})
	t.Run("FJE-025 a date has the form of HTTP", func(t *testing.T) {
		same(t, "day", claims["day"], any("Wed, 01 Jan 2020 00:00:00 GMT"))
	})
}

func TestFJE026_TokensNeverExpire(t *testing.T) {
	t.Parallel()
	m := manager(t, config{InsecureNoAccessExpiry: true, InsecureNoRefreshExpiry: true})
	for _, k := range kinds {
		token := k.make(t, m, options{})
		if exp, ok := claimsOf(t, token)["exp"]; ok {
			t.Errorf("%s: exp is %v", k.name, exp)
		}
		send(m, k.policy, bearer(token)).says(t, k.name, http.StatusOK, "")
	}
}

// Lifetimes are durations: an integer of seconds is one times time.Second.
func TestFJE027_LifetimesInSeconds(t *testing.T) {
	t.Parallel()
	m := manager(t, config{AccessExpires: 300 * time.Second, RefreshExpires: 432000 * time.Second})
	same(t, "access", claimsOf(t, access(t, m, options{}))["exp"], any(number(start.Add(5*time.Minute))))
	same(t, "refresh", claimsOf(t, renewal(t, m, options{}))["exp"], any(number(start.Add(5*24*time.Hour))))
}

// There is no SECRET_KEY of an app to fall back to: it is given as Secret.
func TestFJE028_SymmetricSecret(t *testing.T) {
	t.Parallel()
	refuses(t, config{}, "Secret must be set for HS256")
	a, b := manager(t, config{Secret: []byte(secret)}), manager(t, config{Secret: []byte(secret + "x")})
	send(a, plain, bearer(access(t, a, options{}))).says(t, "the secret", http.StatusOK, "")
	send(a, plain, bearer(access(t, b, options{}))).says(t, "another", http.StatusUnprocessableEntity, badSign)
}

// Bad types cannot be written down here; bad values are told by New.
func TestFJE030_InvalidConfig(t *testing.T) {
	t.Parallel()
	good := func(change func(*config)) config {
		cfg := config{Secret: []byte(secret)}
		change(&cfg)
		return cfg
	}
	const known = "they are headers, cookies, query_string and json"
	refuses(t, good(func(c *config) { c.Locations = []string{"banana"} }), `Locations: "banana" is no location: `+known)
	refuses(t, good(func(c *config) { c.Locations = []string{"headers", "cookies", "banana"} }), `Locations: "banana" is no location: `+known)
	refuses(t, good(func(c *config) { c.Locations = []string{""} }), `Locations: "" is no location: `+known)
	refuses(t, good(func(c *config) { c.HeaderName = " " }), `HeaderName " " is no header name: see RFC 9110 section 5.1`)
	refuses(t, good(func(c *config) { c.AccessExpires = -1 }), "AccessExpires is -1ns: a lifetime must be at least 1s; leave it zero for the default")
	refuses(t, good(func(c *config) { c.RefreshExpires = -1 }), "RefreshExpires is -1ns: a lifetime must be at least 1s; leave it zero for the default")
}

// There is one way to write locations: a list, whose order holds.
func TestFJE031_Locations(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		locations []string
		msg       string
	}{
		{nil, noHeader},
		{[]string{"cookies"}, noCookie},
		{[]string{"headers", "cookies"}, "Missing JWT in headers or cookies (" + noHeader + "; " + noCookie + ")"},
		{[]string{"cookies", "headers"}, "Missing JWT in cookies or headers (" + noCookie + "; " + noHeader + ")"},
	} {
		m := manager(t, config{Locations: tt.locations})
		send(m, plain, request("GET", "/", "")).says(t, "nothing", http.StatusUnauthorized, tt.msg)
	}
}

func TestFJE032_CSRFProtectConfig(t *testing.T) {
	t.Parallel()
	for _, off := range []bool{false, true} {
		_, got := claimsOf(t, access(t, manager(t, config{Cookies: cookies{InsecureNoCSRF: off}}), options{}))["csrf"]
		same(t, "csrf", got, !off)
	}
}
