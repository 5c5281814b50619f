package adapters_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/authsdk/authsdk-go/adapters/guard"
	"github.com/authsdk/authsdk-go/authsdk/openapi"
	"github.com/authsdk/authsdk-go/authsdk/security"
	"github.com/authsdk/authsdk-go/gen/api"
	"github.com/authsdk/authsdk-go/gen/spec"
)

// The rows of section O of the catalogue that are about what answers say, and
// about the document.

const metadataPath = "/.well-known/oauth-authorization-server"

// TestATK200MetadataIsConfigured is ATK-200: nothing of a request stands in the metadata.
func TestATK200MetadataIsConfigured(t *testing.T) {
	t.Parallel()
	e := newEndpoints(t)
	for router, h := range e.routers {
		for _, headers := range [][]string{
			nil,
			{"X-Forwarded-Host: evil.example", "X-Forwarded-Proto: http", "X-Forwarded-Prefix: /evil", "Forwarded: host=evil.example;proto=http", "X-Original-URL: /evil"},
		} {
			r := httptest.NewRequest(http.MethodGet, "http://evil.example"+metadataPath+"?issuer=https://evil.example", http.NoBody)
			for _, line := range headers {
				name, value, _ := strings.Cut(line, ": ")
				r.Header.Set(name, value)
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			e.check(router, request{method: "GET", path: metadataPath}, w)
			var got api.Metadata
			if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusOK {
				t.Fatalf("%s: %d %s", router, w.Code, w.Body)
			}
			if got.Issuer != issuerName || got.TokenEndpoint != issuerName+"/auth/token" || got.JwksURI != issuerName+"/.well-known/jwks.json" ||
				got.RevocationEndpoint != issuerName+"/auth/revoke" || got.IntrospectionEndpoint != issuerName+"/auth/introspect" ||
				strings.Contains(w.Body.String(), "evil") || !strings.Contains(w.Body.String(), `"response_types_supported":[]`) {
				t.Errorf("%s: got %s", router, w.Body)
			}
			if !slices.Equal(got.GrantTypesSupported, []string{"refresh_token", "client_credentials", "password"}) {
				t.Errorf("%s: got the grants %v", router, got.GrantTypesSupported)
			}
		}
	}
}

// TestATK201Descriptions is ATK-201: nothing of a request stands in a description.
func TestATK201Descriptions(t *testing.T) {
	t.Parallel()
	e := newEndpoints(t)
	const marker = "zz9"
	for _, evil := range []string{marker + `"`, marker + "\r\nSet-Cookie: a=b", marker + `\`, marker + "ü\u202e", marker + "<script>"} {
		q := url.QueryEscape(evil)
		for _, c := range []request{
			form("/auth/token", "grant_type="+q+"&client_id="+q+"&client_secret="+q),
			form("/auth/token", "grant_type="+q, e.basic("reports")),
			form("/auth/token", "grant_type=client_credentials&scope="+q, e.basic("reports")),
			form("/auth/token", "grant_type=refresh_token&refresh_token="+q+"&client_id=phone"),
			form("/auth/token", "grant_type=password&username="+q+"&password="+q+"&client_id=phone"),
			form("/auth/token", q+"="+q+"&"+q+"="+q),
			form("/auth/token", "%zz"+marker),
			form("/auth/revoke", "token="+q+"&client_id="+q),
			form("/auth/introspect", "token="+q+"&client_id="+q),
			{method: "POST", path: "/auth/token", body: "x=1", headers: []string{"Content-Type: " + marker + "/x"}},
			form("/auth/token", "x=1", "Content-Encoding: "+marker),
			form("/auth/token?"+marker, "x=1", "Authorization: "+marker+" x"),
		} {
			for router := range e.routers {
				w := e.ask(router, c)
				var body struct {
					Description string `json:"error_description"`
				}
				_ = json.Unmarshal(w.Body.Bytes(), &body)
				strange := func(r rune) bool { return r < 0x20 || r > 0x7E || r == '"' || r == '\\' }
				if w.Code < 400 || body.Description == "" || strings.ContainsFunc(body.Description, strange) || strings.Contains(text(w), marker) {
					t.Errorf("%s: %s: got\n%s", router, c.body, text(w))
				}
			}
		}
	}
}

// TestATK202Leaks is ATK-202: causes are for the log.
func TestATK202Leaks(t *testing.T) {
	t.Parallel()
	e := newEndpoints(t)
	g := e.aliceBy("chi", "phone")
	e.store.down.Store(true)
	for _, c := range []request{
		form("/auth/token", "grant_type=refresh_token&client_id=phone&refresh_token="+g.Refresh),
		form("/auth/token", "grant_type=client_credentials&client_id=unknown-now&client_secret=x"),
		form("/auth/revoke", "client_id=phone&token="+g.Access),
		form("/auth/introspect", "token="+g.Access, e.basic("gateway")),
	} {
		e.refuses("store down", c, 503, "temporarily_unavailable")
		for router := range e.routers {
			if w := e.ask(router, c); strings.Contains(text(w), "secret-dsn") || strings.Contains(text(w), "10.1.2.3") || w.Header().Get("Retry-After") != "2" {
				t.Errorf("%s: %s", router, text(w))
			}
		}
	}
	e.store.down.Store(false)
	e.claims = map[string]any{"sub": "secret-dsn"} // which no token can carry
	for router := range e.routers {
		refusal := form("/auth/token", "grant_type=password&username=alice&password=right&client_id=phone")
		if w := e.ask(router, refusal); w.Code != 500 || !strings.Contains(w.Body.String(), `"error":"server_error"`) || strings.Contains(text(w), "secret-dsn") {
			t.Errorf("%s: %s", router, text(w))
		}
		login := request{method: "POST", path: "/auth/login", body: `{"username":"alice","password":"right"}`, headers: []string{"Content-Type: application/json"}}
		if w := e.ask(router, login); w.Code != 500 || !strings.Contains(w.Body.String(), `"code":"server_error"`) || strings.Contains(text(w), "secret-dsn") {
			t.Errorf("%s: %s", router, text(w))
		}
	}
}

// TestATK203NothingIsKept is ATK-203: no ranges, no conditions, no marks.
func TestATK203NothingIsKept(t *testing.T) {
	t.Parallel()
	e := newEndpoints(t)
	for router := range e.routers {
		for _, c := range []request{
			form("/auth/token", "grant_type=client_credentials", e.basic("reports"), "Range: bytes=0-3", "If-None-Match: *", "If-Modified-Since: Fri, 20 Nov 2026 12:00:00 GMT"),
			{method: "POST", path: "/auth/login", body: `{"username":"alice","password":"right"}`, headers: []string{"Content-Type: application/json", "Range: bytes=0-3", "If-None-Match: *"}},
		} {
			w := e.ask(router, c)
			h := w.Header()
			if w.Code != http.StatusOK || h.Get("Cache-Control") != "no-store" || h.Get("ETag") != "" || h.Get("Accept-Ranges") != "" || !json.Valid(w.Body.Bytes()) {
				t.Errorf("%s: %s: got\n%s", router, c.path, text(w))
			}
		}
	}
}

// TestATK204Redirects is ATK-204: nothing redirects.
func TestATK204Redirects(t *testing.T) {
	t.Parallel()
	e := newEndpoints(t)
	for _, next := range []string{"//evil.example", "https:evil.example", `\\evil.example`, "/%0d%0aLocation: https://evil.example", "javascript:alert(1)"} {
		q := "?next=" + url.QueryEscape(next) + "&redirect_uri=" + url.QueryEscape(next)
		for router, h := range e.routers {
			access := "Authorization: Bearer " + e.aliceBy(router, own).Access
			for _, c := range []request{
				{method: "POST", path: "/auth/login" + q, body: `{"username":"alice","password":"right"}`, headers: []string{"Content-Type: application/json"}},
				{method: "POST", path: "/auth/logout" + q, headers: []string{access}},
				form("/auth/token"+q, "grant_type=client_credentials&next="+url.QueryEscape(next), e.basic("reports")),
				form("/auth/revoke"+q, "client_id=phone&token=x&next="+url.QueryEscape(next)),
			} {
				w := send(h, "", c)
				if w.Code >= 300 || w.Header().Get("Location") != "" || w.Header().Get("Refresh") != "" || strings.Contains(text(w), "evil") {
					t.Errorf("%s: %s: got\n%s", router, c.path, text(w))
				}
			}
		}
	}
}

// TestATK205Drift (ATK-205) asks every operation that the document guards, in every
// mounting, without a credential; and wants documents whose guard is not what it
// seems refused.
func TestATK205Drift(t *testing.T) {
	t.Parallel()
	e, w := newEndpoints(t), newWorld(t)
	for i, op := range api.SecurityTable().Operations {
		if op.Public() || slices.ContainsFunc(op.Security, func(a security.Alternative) bool { return len(a) == 0 }) {
			continue
		}
		c := request{method: op.Method, path: strings.ReplaceAll(op.Path, "{session_id}", "0123456789abcdef")}
		if op.ID == api.OpReauthenticate { // the stub decodes before the operation asks
			c.body, c.headers = `{"password":"x"}`, []string{"Content-Type: application/json"}
		}
		for router := range e.routers { // which nobody guards
			if got := e.ask(router, c); got.Code != 401 || got.Header().Get("WWW-Authenticate") != `Bearer realm="api"` {
				t.Errorf("%s: %s: got\n%s", router, &op, text(got))
			}
		}
		for _, m := range mountings() {
			h := m.build(w.validator(t, i%2 == 0), strict{}, routes(), guard.Options{BasePath: m.base})
			if got := send(h, m.base, c); got.Code != 401 || !strings.Contains(got.Body.String(), "token_missing") || strings.Contains(got.Header().Get("WWW-Authenticate"), "error=") {
				t.Errorf("%s%s: %s: got\n%s", m.name, m.base, &op, text(got))
			}
		}
	}
	for name, change := range map[string]func(*openapi3.T){
		"an unknown scheme": func(doc *openapi3.T) {
			doc.Paths.Value("/auth/me").Get.Security = &openapi3.SecurityRequirements{{"nothing": {}}}
		},
		"a scheme that was removed": func(doc *openapi3.T) { delete(doc.Components.SecuritySchemes, "accessToken") },
		"a scope that is not declared": func(doc *openapi3.T) {
			doc.Components.SecuritySchemes["oauth"] = &openapi3.SecuritySchemeRef{Value: &openapi3.SecurityScheme{
				Type: "oauth2", Flows: &openapi3.OAuthFlows{ClientCredentials: &openapi3.OAuthFlow{TokenURL: "/auth/token", Scopes: map[string]string{"a": ""}}},
			}}
			doc.Paths.Value("/auth/me").Get.Security = &openapi3.SecurityRequirements{{"oauth": {"b"}}}
		},
	} {
		doc := must[*openapi3.T](t)(openapi3.NewLoader().LoadFromData(spec.YAML()))
		change(doc)
		if table, err := openapi.Table(doc); err == nil {
			t.Errorf("%s: got the table %v, want an error", name, table)
		}
	}
}

// TestAccessToken: the access tokens of clients are those of RFC 9068.
func TestAccessToken(t *testing.T) {
	t.Parallel()
	e := newEndpoints(t)
	for router := range e.routers {
		header, claims := e.claimsOf(e.token(router, "grant_type=client_credentials&scope=export+nothing", e.basic("reports")).Access)
		if header["typ"] != "at+jwt" || claims["iss"] != issuerName || claims["sub"] != "reports" || claims["client_id"] != "reports" || claims["scope"] != "export" ||
			claims["jti"] == "" || claims["exp"] != claims["iat"].(float64)+900 || claims["sid"] != nil || !slices.Equal(claims["aud"].([]any), []any{"https://reports.example"}) {
			t.Errorf("%s: a service's: %v %v", router, header, claims)
		}
		g := e.aliceBy(router, "reports")
		header, claims = e.claimsOf(g.Access)
		if header["typ"] != "at+jwt" || claims["sub"] != "alice" || claims["client_id"] != "reports" || claims["scope"] != "read" || claims["auth_time"] != claims["iat"] ||
			!slices.Equal(claims["aud"].([]any), []any{"https://reports.example"}) {
			t.Errorf("%s: of a user by a client: %v %v", router, header, claims)
		}
		header, claims = e.claimsOf(g.Refresh)
		if header["typ"] != "rt+jwt" || claims["client_id"] != "reports" || claims["scope"] != "read" || !slices.Equal(claims["aud"].([]any), []any{issuerName}) {
			t.Errorf("%s: a client's refresh token: %v %v", router, header, claims)
		}
		e.refuses("no scope that the client has", form("/auth/token", "grant_type=client_credentials&scope=root", e.basic("reports")), 400, "invalid_scope")
		// For another audience, so that it opens nothing here.
		w := e.ask(router, request{method: "GET", path: "/auth/me", headers: []string{"Authorization: Bearer " + g.Access}})
		if w.Code != http.StatusUnauthorized {
			t.Errorf("%s: a token for another audience: got %d, want 401", router, w.Code)
		}
		phone := e.aliceBy(router, "phone")
		w = e.ask(router, request{method: "POST", path: "/auth/reauthenticate", body: `{"password":"right"}`, headers: []string{"Content-Type: application/json", "Authorization: Bearer " + phone.Access}})
		if w.Code != http.StatusForbidden {
			t.Errorf("%s: a client's session authenticated again: got %d %s, want 403", router, w.Code, w.Body)
		}
	}
}
