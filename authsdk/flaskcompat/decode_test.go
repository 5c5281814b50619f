package flaskcompat_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/flaskcompat"
)

// The first fault in PyJWT's order is the one that is told.
func TestDecodeHeaders(t *testing.T) {
	t.Parallel()
	const detached = `It is required that you pass in a value for the "detached_payload" argument to decode a message having the b64 header set to false.`
	m := manager(t, config{})
	good := object{"sub": "username"}
	for _, tt := range []struct {
		header any
		claims any
		want   string
	}{
		{object{"alg": "HS256"}, good, ""},
		{object{"alg": "HS256", "typ": 5, "kid": "x"}, good, ""},
		{object{"alg": "HS256", "kid": 1, "crit": 1}, good, "Key ID header parameter must be a string"},
		{object{"alg": "HS256", "crit": []string{}}, good, "Invalid 'crit' header: must be a non-empty list"},
		{object{"alg": "HS256", "crit": "b64"}, good, "Invalid 'crit' header: must be a non-empty list"},
		{object{"alg": "HS256", "crit": []any{1}}, good, "Invalid 'crit' header: values must be strings"},
		{object{"alg": "HS256", "crit": []string{"exp"}}, good, "Unsupported critical extension: exp"},
		{object{"alg": "HS256", "crit": []string{"b64"}}, good, "Critical extension 'b64' is missing from headers"},
		{object{"alg": "HS256", "crit": []string{"b64"}, "b64": true}, good, ""},
		{object{"alg": "HS256", "b64": false}, good, detached},
		{object{"alg": "HS256"}, []byte("x"), "Invalid payload string: Expecting value: line 1 column 1 (char 0)"},
		{object{"alg": "HS256"}, []byte("[]"), "Invalid payload string: must be a json object"},
		{object{}, good, "Algorithm not specified"},
		{object{"alg": nil}, good, foreignAlg},
		{object{"alg": "none"}, good, foreignAlg},
		{object{"alg": "HS512"}, good, foreignAlg},
	} {
		decoding(t, "header", m, signed(t, tt.header, tt.claims), flaskcompat.DecodeOptions{}, tt.want)
	}
	token := access(t, m, options{})
	parts := strings.Split(token, ".")
	for raw, want := range map[string]string{
		"":                                      segments,
		"a":                                     segments,
		"a.b":                                   segments,
		"a.b.c.d":                               "Invalid header padding",
		parts[0] + ".a." + parts[2]:             "Invalid payload padding",
		parts[0] + "." + parts[1] + ".a":        "Invalid crypto padding",
		parts[0] + "." + parts[1] + ".":         badSign,
		strings.Repeat("a", 4*8192):             segments,
		strings.Repeat("a", 4*8192+1):           "Token is too long",
		parts[0] + "." + parts[1] + ".AAAA":     badSign,
		parts[0] + ".\r\n" + parts[1] + ".AAAA": "Invalid payload padding",
		token:                                   "",
	} {
		decoding(t, raw, m, raw, flaskcompat.DecodeOptions{}, want)
	}
}

// now is the time of the tests as a claim.
var now = start.Unix()

func TestDecodeDates(t *testing.T) {
	t.Parallel()
	m := manager(t, config{})
	for _, tt := range []struct {
		name, want string
		at         any
	}{
		{"iat", "", now},
		{"iat", "The token is not yet valid (iat)", now + 1},
		{"nbf", "The token is not yet valid (nbf)", now + 1},
		{"exp", expired, now},
		{"exp", "", now + 1},
		{"exp", "", float64(now) + 1.9},
		{"exp", expired, float64(now) + 0.9},
		{"exp", "", " 9999999999 "},
		{"exp", expired, true},
		{"exp", expired, false},
		{"exp", "Expiration Time claim (exp) must be an integer.", "soon"},
		{"exp", "Expiration Time claim (exp) must be an integer.", []int{1}},
		{"nbf", "Not Before claim (nbf) must be an integer.", nil},
		{"iat", "Issued At claim (iat) must be an integer.", object{}},
		{"exp", "", 1e300},
		{"nbf", "", -1e300},
	} {
		decoding(t, tt.name, m, foreign(t, object{"sub": "username", tt.name: tt.at}), flaskcompat.DecodeOptions{}, tt.want)
	}
	c := decoding(t, "far", m, foreign(t, object{"sub": "username", "exp": 1e300}), flaskcompat.DecodeOptions{}, "")
	odd := decoding(t, "true", m, foreign(t, object{"sub": "username", "iat": true, "nbf": false}), flaskcompat.DecodeOptions{}, "")
	same(t, "true", odd.IssuedAt.Unix()+odd.NotBefore.Unix(), int64(1))
	same(t, "far", c.Expires, time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC))
}

// "Token has expired" means that everything else was right.
func TestExpiryComesLast(t *testing.T) {
	t.Parallel()
	m := manager(t, config{DecodeAudience: []string{"a"}, DecodeIssuer: []string{"i"}})
	past := func(change object) string {
		claims := object{"sub": "username", "exp": now - 1, "aud": "a", "iss": "i", "csrf": "c", "jti": "j"}
		for name, value := range change {
			if claims[name] = value; value == "-" {
				delete(claims, name)
			}
		}
		return foreign(t, claims)
	}
	for want, change := range map[string]object{
		expired: nil, "Invalid issuer": {"iss": "x"}, "Audience doesn't match": {"aud": "x"}, "Subject must be a string": {"sub": 1},
		"JWT ID must be a string": {"jti": nil}, "Missing claim: sub": {"sub": "-"}, "Missing claim: csrf": {"csrf": "-"}, otherCSRF: {"csrf": "x"},
	} {
		decoding(t, want, m, past(change), flaskcompat.DecodeOptions{CSRF: "c"}, want)
	}
	for aud, want := range map[string]string{
		`""`: "is missing", `[]`: "is missing", `null`: "is missing", `0`: "is missing", `0.0`: "is missing", `false`: "is missing", `{}`: "is missing",
		`true`: "Invalid claim format", `1`: "Invalid claim format", `{"a":1}`: "Invalid claim format", `["a",1]`: "Invalid claim format", `["b"]`: "doesn't match",
	} {
		_, err := m.Decode(t.Context(), foreign(t, object{"sub": "username", "iss": "i", "aud": json.RawMessage(aud)}), flaskcompat.DecodeOptions{})
		if got := reason(err); !strings.Contains(got, want) {
			t.Errorf("aud %s: %q, want %q", aud, got, want)
		}
	}
	send(m, refresh, bearer(past(nil))).says(t, "type comes later", http.StatusUnauthorized, expired)
}

// What the claims of a token become in Go.
func TestTypedClaims(t *testing.T) {
	t.Parallel()
	c := decoding(t, "all", manager(t, config{}), signed(t, object{"alg": "HS256", "kid": "k"}, object{
		"sub": "username", "jti": "j", "iss": "i", "aud": []string{"a", "b"}, "csrf": "c", "sid": "s", "type": "refresh",
		"iat": now - 1, "nbf": now - 2, "exp": now + 3, "auth_time": now - 4, "scope": "read  write", "roles": []string{"admin"}, "fresh": 1.5,
	}), flaskcompat.DecodeOptions{}, "")
	for what, pair := range map[string][2]any{
		"ID": {c.ID, "j"}, "Issuer": {c.Issuer, "i"}, "CSRF": {c.CSRF, "c"}, "SessionID": {c.SessionID, "s"}, "KeyID": {c.KeyID, "k"},
		"Type": {c.Type, authsdk.Refresh}, "Audience": {strings.Join(c.Audience, " "), "a b"}, "Scopes": {strings.Join(c.Scopes, " "), "read write"},
		"Roles": {strings.Join(c.Roles, " "), "admin"}, "IssuedAt": {c.IssuedAt.Unix(), now - 1}, "NotBefore": {c.NotBefore.Unix(), now - 2},
		"Expires": {c.Expires.Unix(), now + 3}, "AuthTime": {c.AuthTime.Unix(), now - 4}, "FreshUntil": {c.FreshUntil.UnixMilli(), int64(1500)},
	} {
		same(t, what, pair[0], pair[1])
	}
}

// Freshness ends at the time that the claim names, with its fraction.
func TestFreshUntil(t *testing.T) {
	t.Parallel()
	m := manager(t, config{Leeway: time.Minute})
	for _, tt := range []struct {
		fresh  any
		status int
	}{
		{now, 200},
		{float64(now) + 0.5, 200},
		{float64(now) - 0.5, 401}, // leeway is not for freshness
		{1, 401},
		{0, 401},
		{math.MaxFloat64, 200},
	} {
		got := send(m, onlyFresh, bearer(foreign(t, object{"sub": "username", "fresh": tt.fresh})))
		same(t, "fresh", got.status, tt.status)
	}
}

// A query that cannot be decoded is no token, and not nothing either.
func TestUnreadableQuery(t *testing.T) {
	t.Parallel()
	m := manager(t, config{Locations: []string{"query_string"}})
	for query, want := range map[string]string{
		"jwt=%zz": segments, "a=b&jwt=%": segments, "jwt=": "Missing 'jwt' query paramater", "x=%zz": "Missing 'jwt' query paramater",
	} {
		r := request("GET", "/", "")
		r.URL.RawQuery = query
		same(t, query, parsed(t, []byte(send(m, plain, r).body))["msg"], any(want))
	}
}

// A signature has one spelling.
func TestStrictBase64(t *testing.T) {
	t.Parallel()
	m := manager(t, config{})
	token := access(t, m, options{})
	sig, _ := base64.RawURLEncoding.DecodeString(token[strings.LastIndexByte(token, '.')+1:])
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(alphabet, token[len(token)-1])
	same(t, "unused bits", last%4, 0) // 32 bytes leave two of them
	loose := token[:len(token)-1] + string(alphabet[last+1])
	if again, _ := base64.RawURLEncoding.DecodeString(loose[strings.LastIndexByte(loose, '.')+1:]); !bytes.Equal(again, sig) {
		t.Fatal("the other spelling is another signature")
	}
	decoding(t, "unused bits", m, loose, flaskcompat.DecodeOptions{}, "Invalid crypto padding")
}
