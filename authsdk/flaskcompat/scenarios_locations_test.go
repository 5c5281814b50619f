package flaskcompat_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/flaskcompat"
)

var everywhere = []string{"headers", "cookies", "query_string", "json"}

// at makes the policy of a route with locations of its own.
func at(t *testing.T, m *flaskcompat.Manager, p authsdk.Policy, names ...string) authsdk.Policy {
	t.Helper()
	var err error
	if p.Locations, err = m.Locations(names...); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestEachLocation(t *testing.T) {
	for name, r := range map[string]struct {
		location string
		request  func(token, csrf string) *http.Request
	}{
		"FJE-100 token in the header": {"headers", func(token, _ string) *http.Request { return bearer(token) }},
		"FJE-101 token in the cookie": {"cookies", func(token, csrf string) *http.Request {
			return request("POST", "/", "", "Cookie", "access_token_cookie="+token, "X-CSRF-TOKEN", csrf)
		}},
		"FJE-102 token in the query": {"query_string", func(token, _ string) *http.Request { return request("GET", "/?jwt="+token, "") }},
		"FJE-103 token in the body": {"json", func(token, _ string) *http.Request {
			return request("POST", "/", `{"access_token":"`+token+`"}`, "Content-Type", "application/json")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			byConfig, byRoute := manager(t, config{Locations: everywhere}), manager(t, config{})
			token := access(t, byConfig, options{})
			got := send(byConfig, plain, r.request(token, csrfOf(t, token)))
			same(t, "by configuration", got.location(t), any(r.location))
			got = send(byRoute, at(t, byRoute, plain, everywhere...), r.request(token, csrfOf(t, token)))
			same(t, "by route", got.location(t), any(r.location))
		})
	}
}

func TestFJE104_NoTokenInRequest(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		names []string
		msg   string
	}{
		{[]string{"cookies", "headers"}, "Missing JWT in cookies or headers (" + noCookie + "; " + noHeader + ")"},
		{[]string{"headers", "json"}, "Missing JWT in headers or json (" + noHeader + "; Invalid content-type. Must be application/json.)"},
		{[]string{"query_string", "cookies"}, "Missing JWT in query_string or cookies (Missing 'jwt' query paramater; " + noCookie + ")"},
	} {
		m := manager(t, config{Locations: tt.names})
		send(m, plain, request("GET", "/", "")).says(t, "nothing", http.StatusUnauthorized, tt.msg)
		send(m, optional, request("GET", "/", "")).says(t, "optional", http.StatusOK, "")
	}
}

func TestFJE105_OrderOfLocations(t *testing.T) {
	t.Parallel()
	for _, names := range [][]string{{"cookies", "headers"}, {"headers", "cookies"}} {
		m := manager(t, config{Locations: names})
		got := send(m, plain, request("GET", "/", "", "Cookie", "access_token_cookie="+access(t, m, options{})))
		same(t, "location", got.location(t), any("cookies"))
	}
}

func TestFJE106_OrderOfLocationsWithOneBadToken(t *testing.T) {
	t.Parallel()
	both := func(m *flaskcompat.Manager) *http.Request {
		return request("GET", "/", "", "Cookie", "access_token_cookie="+access(t, m, options{}), "Authorization", "Bearer aaaaa.bbbbb.ccccc")
	}
	m := manager(t, config{Locations: []string{"cookies", "headers"}})
	same(t, "cookies first", send(m, plain, both(m)).location(t), any("cookies"))
	m = manager(t, config{Locations: []string{"headers", "cookies"}})
	send(m, plain, both(m)).says(t, "headers first", http.StatusUnprocessableEntity, "Invalid header padding")
}

// What Flask finds out with the first request is told when the route is made.
func TestFJE124_OverrideLocation(t *testing.T) {
	t.Parallel()
	m := manager(t, config{Locations: []string{"cookies"}})
	token := access(t, m, options{})
	send(m, at(t, m, plain, "headers"), bearer(token)).says(t, "headers", http.StatusOK, "")
	send(m, plain, bearer(token)).says(t, "cookies", http.StatusUnauthorized, noCookie)
	_, err := m.Locations("banana")
	same(t, "unknown", err.Error(), `flaskcompat: "banana" is no location: they are headers, cookies, query_string and json`)
}

// tryQuery asks with a query, in which TOKEN stands for a good token.
func tryQuery(t *testing.T, cfg config, query string, status int, msg string) {
	t.Helper()
	cfg.Locations = []string{"query_string"}
	m := manager(t, cfg)
	send(m, plain, request("GET", "/?"+replaceToken(query, access(t, m, options{})), "")).says(t, query, status, msg)
}

func TestFJE110_DefaultQuery(t *testing.T) {
	t.Parallel()
	tryQuery(t, config{}, "jwt=TOKEN", http.StatusOK, "")
	tryQuery(t, config{}, "jwt=TOKEN&jwt=x", http.StatusOK, "")
	tryQuery(t, config{}, "jwt=x&jwt=TOKEN", http.StatusUnprocessableEntity, segments)
}

func TestFJE111_QueryPrefix(t *testing.T) {
	t.Parallel()
	cfg := config{QueryPrefix: "bearer "}
	const bad = "Invalid value for query parameter 'jwt'. Expected the value to start with 'bearer '"
	tryQuery(t, cfg, "jwt="+url.QueryEscape("bearer ")+"TOKEN", http.StatusOK, "")
	tryQuery(t, cfg, "jwt=TOKEN", http.StatusUnprocessableEntity, bad)
	tryQuery(t, cfg, "jwt=Bearer+TOKEN", http.StatusUnprocessableEntity, bad)
	tryQuery(t, cfg, "jwt=bearer+", http.StatusUnprocessableEntity, segments)
}

func TestFJE112_CustomQueryName(t *testing.T) {
	t.Parallel()
	cfg := config{QueryName: "foo"}
	tryQuery(t, cfg, "jwt=TOKEN", http.StatusUnauthorized, "Missing 'foo' query paramater")
	tryQuery(t, cfg, "foo=TOKEN", http.StatusOK, "")
}

func TestFJE113_MissingQuery(t *testing.T) {
	t.Parallel()
	m := manager(t, config{Locations: []string{"query_string"}})
	const none = "Missing 'jwt' query paramater"
	send(m, plain, request("GET", "/", "")).says(t, "nothing", http.StatusUnauthorized, none)
	send(m, plain, bearer(access(t, m, options{}))).says(t, "header", http.StatusUnauthorized, none)
	m = manager(t, config{Locations: []string{"query_string"}, Render: own(http.StatusTeapot, authsdk.ErrTokenMissing)})
	send(m, plain, request("GET", "/", "")).is(t, "own", http.StatusTeapot, `{"own":"Missing 'jwt' query paramater"}`)
}
