package authsdk_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/authsdk/authsdk-go/authsdk"
)

// find asks a location about a request.
type find struct {
	name     string
	location authsdk.Location
	// The request: header lines, the query and the body.
	headers []string
	query   string
	body    string
	token   authsdk.TokenType
	want    string // the token
	reason  string // of a missing one, or of a malformed one
	err     error
}

func TestLocations(t *testing.T) {
	t.Parallel()
	const json, vendor = "Content-Type: application/json", "Content-Type: application/vnd.api+json; charset=utf-8"
	var (
		missing   = authsdk.ErrTokenMissing
		malformed = authsdk.ErrCredentialsMalformed
		def       = authsdk.Header(authsdk.HeaderConfig{})
		own       = authsdk.Header(authsdk.HeaderConfig{Name: "X-Auth", Scheme: "JWT", MatchCase: true})
		bare      = authsdk.Header(authsdk.HeaderConfig{Bare: true})
		query     = authsdk.Query("token", "Bearer ")
		plain     = authsdk.Query("jwt", "")
		body      = authsdk.JSONBody("access_token", "refresh_token")
		socket    = authsdk.WebSocket()
	)
	for _, tt := range []find{
		{"header", def, []string{"Authorization: Bearer x"}, "", "", "", "x", "", nil},
		{"header, other case", def, []string{"Authorization: bearer x"}, "", "", "", "x", "", nil},
		{"header, none", def, nil, "", "", "", "", "Missing Authorization Header", missing},
		{"header, commas alone", def, []string{"Authorization: , ,"}, "", "", "", "", "Missing Authorization Header", missing},
		{"header, another scheme", def, []string{"Authorization: Basic x"}, "", "", "", "", "Missing 'Bearer' type in 'Authorization' header. Expected 'Authorization: Bearer <JWT>'", missing},
		{"header, list", def, []string{"Authorization: Basic c, Bearer x"}, "", "", "", "x", "", nil},
		{"header, list turned round", def, []string{"Authorization: Bearer x, Basic c"}, "", "", "", "x", "", nil},
		{"header, trailing commas", def, []string{"Authorization: Bearer x,   ,"}, "", "", "", "x", "", nil},
		{"header, two lines", def, []string{"Authorization: Basic c", "Authorization: Bearer x"}, "", "", "", "x", "", nil},
		{"header, two tokens", def, []string{"Authorization: Bearer x, Bearer y"}, "", "", "", "", "Missing 'Bearer' type in 'Authorization' header. Expected 'Authorization: Bearer <JWT>'", malformed},
		{"header, the scheme alone", def, []string{"Authorization: Bearer"}, "", "", "", "", "Bad Authorization header. Expected 'Authorization: Bearer <JWT>'", malformed},
		{"header, three words", def, []string{"Authorization: Bearer x y"}, "", "", "", "", "Bad Authorization header. Expected 'Authorization: Bearer <JWT>'", malformed},
		{"own header", own, []string{"X-Auth: JWT x"}, "", "", "", "x", "", nil},
		{"own header, other case", own, []string{"X-Auth: jwt x"}, "", "", "", "", "Missing 'JWT' type in 'X-Auth' header. Expected 'X-Auth: JWT <JWT>'", missing},
		{"own header, Authorization sent", own, []string{"Authorization: JWT x"}, "", "", "", "", "Missing X-Auth Header", missing},
		{"bare header", bare, []string{"Authorization: x"}, "", "", "", "x", "", nil},
		{"bare header, with a scheme", bare, []string{"Authorization: Bearer x"}, "", "", "", "", "Bad Authorization header. Expected 'Authorization: <JWT>'", malformed},
		{"bare header, none", bare, []string{"Authorization:  "}, "", "", "", "", "Missing Authorization Header", missing},

		{"query", query, nil, "token=Bearer%20x", "", "", "x", "", nil},
		{"query, plus for a blank", query, nil, "token=Bearer+x", "", "", "x", "", nil},
		{"query, no prefix", query, nil, "token=x", "", "", "", "Invalid value for query parameter 'token'. Expected the value to start with 'Bearer '", malformed},
		{"query, prefix alone", query, nil, "token=Bearer+", "", "", "", "Invalid value for query parameter 'token'. Expected the value to start with 'Bearer '", malformed},
		{"query, none", query, nil, "x=y", "", "", "", "Missing 'token' query parameter", missing},
		{"query, empty", plain, nil, "jwt=", "", "", "", "Missing 'jwt' query parameter", missing},
		{"query, other case", plain, nil, "JWT=x", "", "", "", "Missing 'jwt' query parameter", missing},
		{"query, twice", plain, nil, "jwt=x&jwt=y", "", "", "", "The query parameter 'jwt' came twice", malformed},
		{"query, plain", plain, nil, "jwt=x", "", "", "x", "", nil},

		{"body", body, []string{json}, "", `{"access_token":"x"}`, "", "x", "", nil},
		{"body, refresh", body, []string{json}, "", `{"access_token":"x","refresh_token":"y"}`, authsdk.Refresh, "y", "", nil},
		{"body, vendor type", body, []string{vendor}, "", `{"access_token":"x"}`, "", "x", "", nil},
		{"body, form", body, []string{"Content-Type: application/x-www-form-urlencoded"}, "", `access_token=x`, "", "", "Invalid content-type. Must be application/json.", missing},
		{"body, no type", body, nil, "", `{"access_token":"x"}`, "", "", "Invalid content-type. Must be application/json.", missing},
		{"body, key absent", body, []string{json}, "", `{"a":"x"}`, "", "", `Missing "access_token" key in json data.`, missing},
		{"body, null", body, []string{json}, "", `{"access_token":null}`, "", "", `Missing "access_token" key in json data.`, missing},
		{"body, empty", body, []string{json}, "", `{"access_token":""}`, "", "", `Missing "access_token" key in json data.`, missing},
		{"body, number", body, []string{json}, "", `{"access_token":1}`, "", "", `The "access_token" key in json data must be a string.`, malformed},
		{"body, array", body, []string{json}, "", `[1]`, "", "", `Missing "access_token" key in json data.`, missing},
		{"body, text", body, []string{json}, "", `"x"`, "", "", `Missing "access_token" key in json data.`, missing},
		{"body, none", body, []string{json}, "", ``, "", "", `Missing "access_token" key in json data.`, missing},
		{"body, twice", body, []string{json}, "", `{"access_token":"x","access_token":"y"}`, "", "", `Missing "access_token" key in json data.`, missing},

		{"socket", socket, []string{"Sec-WebSocket-Protocol: bearer, x"}, "", "", "", "x", "", nil},
		{"socket, with others", socket, []string{"Sec-WebSocket-Protocol: chat", "Sec-WebSocket-Protocol: Bearer, x"}, "", "", "", "x", "", nil},
		{"socket, none", socket, []string{"Sec-WebSocket-Protocol: chat"}, "", "", "", "", "Missing the sub-protocol 'bearer'", missing},
		{"socket, the word alone", socket, []string{"Sec-WebSocket-Protocol: bearer"}, "", "", "", "", "Expected the sub-protocols 'bearer, <JWT>'", malformed},
		{"socket, more behind", socket, []string{"Sec-WebSocket-Protocol: bearer, x, y"}, "", "", "", "", "Expected the sub-protocols 'bearer, <JWT>'", malformed},
	} {
		r := httptest.NewRequest(http.MethodPost, "/?"+tt.query, strings.NewReader(tt.body))
		for _, line := range tt.headers {
			name, value, _ := strings.Cut(line, ": ")
			r.Header.Add(name, value)
		}
		typ := tt.token
		if typ == "" {
			typ = authsdk.Access
		}
		got, err := tt.location.Find(r, typ)
		if got != tt.want || !errors.Is(err, tt.err) || (err == nil) != (tt.err == nil) {
			t.Errorf("%s: %q, %v; want %q, %v", tt.name, got, err, tt.want, tt.err)
			continue
		}
		if err != nil && authsdk.ErrorOf(err).Reason != tt.reason {
			t.Errorf("%s: reason %q, want %q", tt.name, authsdk.ErrorOf(err).Reason, tt.reason)
		}
		if rest, err := io.ReadAll(r.Body); err != nil || string(rest) != tt.body {
			t.Errorf("%s: the handler reads %q, %v; want the whole body", tt.name, rest, err)
		}
	}
}

// broken is a body that ends early.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
func (broken) Close() error             { return nil }

func TestJSONBodyBounds(t *testing.T) {
	t.Parallel()
	body := authsdk.JSONBody("t", "t")
	large := `{"t":"x"` + strings.Repeat(" ", 64<<10) + "}"
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(large))
	r.Header.Set("Content-Type", "application/json")
	if token, err := body.Find(r, authsdk.Access); !errors.Is(err, authsdk.ErrRequestMalformed) || token != "" {
		t.Errorf("a large body: %q, %v; want request_malformed", token, err)
	}
	if rest, err := io.ReadAll(r.Body); err != nil || string(rest) != large {
		t.Errorf("the handler reads %d bytes, %v; want all %d", len(rest), err, len(large))
	}
	r.Body = broken{}
	if _, err := body.Find(r, authsdk.Access); !errors.Is(err, authsdk.ErrRequestMalformed) || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a body that ends early: %v, want request_malformed", err)
	}
	r.Body = nil
	if _, err := body.Find(r, authsdk.Access); !errors.Is(err, authsdk.ErrTokenMissing) {
		t.Errorf("no body: %v, want token_missing", err)
	}
}

// TestMissing: the refusal tells where a token was looked for, and in which order.
func TestMissing(t *testing.T) {
	t.Parallel()
	cookies := newCookies(t, authsdk.CookieConfig{InsecureHTTP: true, Access: authsdk.CookieNames{Name: "access_token_cookie"}})
	all := []authsdk.Location{
		authsdk.Header(authsdk.HeaderConfig{}), cookies.Location(), authsdk.Query("jwt", ""), authsdk.JSONBody("access_token", "refresh_token"),
	}
	v := newVerifier(t, hmacKeys(t))
	for _, tt := range []struct {
		locations []authsdk.Location
		want      string
	}{
		{all[:1], "Missing Authorization Header"},
		{all[1:2], `Missing cookie "access_token_cookie"`},
		{[]authsdk.Location{all[1], all[0]}, `Missing JWT in cookies or headers (Missing cookie "access_token_cookie"; Missing Authorization Header)`},
		{all, `Missing JWT in headers, cookies, query_string or json (Missing Authorization Header; Missing cookie "access_token_cookie"; ` +
			`Missing 'jwt' query parameter; Invalid content-type. Must be application/json.)`},
		{[]authsdk.Location{place("", "", nil), place("", "", nil)}, "Missing JWT in test or test (no token in test; no token in test)"},
	} {
		_, err := v.Authenticate(httptest.NewRequest(http.MethodGet, "/", http.NoBody), authsdk.Policy{Locations: tt.locations})
		if !errors.Is(err, authsdk.ErrTokenMissing) || authsdk.ErrorOf(err).Reason != tt.want {
			t.Errorf("%v, want %s", err, tt.want)
		}
	}
	if authsdk.ErrTokenMissing.Reason != "" {
		t.Error("the sentinel was changed")
	}
}
