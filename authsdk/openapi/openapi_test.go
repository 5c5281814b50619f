package openapi_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/authsdk/authsdk-go/authsdk/openapi"
	"github.com/authsdk/authsdk-go/authsdk/security"
	"github.com/authsdk/authsdk-go/gen/spec"
)

// document wraps parts of a document in the rest.
func document(version, body string) string {
	return "openapi: " + version + "\ninfo: {title: t, version: '1'}\n" + strings.TrimLeft(body, "\n")
}

const everyScheme = `
components:
  securitySchemes:
    bearer: {type: http, scheme: Bearer}
    basic: {type: http, scheme: basic}
    header: {type: apiKey, in: header, name: X-Key}
    cookie: {type: apiKey, in: cookie, name: sid}
    query: {type: apiKey, in: query, name: key}
    oauth: {type: oauth2, flows: {clientCredentials: {tokenUrl: 'https://a.example/token', scopes: {read: r, write: w}}, implicit: {authorizationUrl: 'https://a.example/auth', scopes: {admin: a}}}}
    oidc: {type: openIdConnect, openIdConnectUrl: 'https://a.example/.well-known/openid-configuration'}
    refresh: {type: http, scheme: bearer, x-authsdk: {type: refresh}}
    csrf: {type: apiKey, in: header, name: X-CSRF, x-authsdk: {proof: true}}
`

// paths writes operations with their security, "GET /x: security".
func paths(lines ...string) string {
	var b strings.Builder
	b.WriteString("paths:\n")
	for _, line := range lines {
		route, body, _ := strings.Cut(line, ": ")
		method, path, _ := strings.Cut(route, " ")
		fmt.Fprintf(&b, "  %s:\n    %s: {responses: {'200': {description: d}}%s}\n", path, strings.ToLower(method), body)
	}
	return b.String()
}

func table(data string) (*security.Table, error) {
	doc, err := openapi.Load([]byte(data))
	if err != nil {
		return nil, err
	}
	return openapi.Table(doc)
}

func TestTable(t *testing.T) {
	t.Parallel()
	data := document("3.0.3", everyScheme+"security: [{bearer: []}]\n"+paths(
		"GET /inherits: , operationId: inherits",
		"GET /public: , security: []",
		"GET /optional: , security: [{}, {bearer: []}]",
		"POST /either: , security: [{oauth: [read, write]}, {cookie: [], header: []}, {oidc: [any]}]",
		"GET /demands: , x-authsdk: {fresh: true, fresh-within: 5m, roles: [admin, ops]}",
	))
	got, err := table(data)
	if err != nil {
		t.Fatal(err)
	}
	// Schemes are in the order of their names.
	const (
		basic = iota
		bearer
		cookie
		csrf
		header
		oauth
		oidc
	)
	need := func(s int, scopes ...string) security.Requirement {
		return security.Requirement{Scheme: s, Scopes: append([]string{}, scopes...)}
	}
	_, _ = basic, csrf
	want := &security.Table{
		Schemes: []security.Scheme{
			{Name: "basic", Kind: security.Basic},
			{Name: "bearer", Kind: security.Bearer},
			{Name: "cookie", Kind: security.APIKeyCookie, Param: "sid"},
			{Name: "csrf", Kind: security.APIKeyHeader, Param: "X-CSRF", Proof: true},
			{Name: "header", Kind: security.APIKeyHeader, Param: "X-Key"},
			{Name: "oauth", Kind: security.Bearer},
			{Name: "oidc", Kind: security.Bearer, DiscoveryURL: "https://a.example/.well-known/openid-configuration"},
			{Name: "query", Kind: security.APIKeyQuery, Param: "key"},
			{Name: "refresh", Kind: security.Bearer, TokenType: "refresh"},
		},
		Operations: []security.Operation{
			{
				Method: "GET", Path: "/demands", Security: []security.Alternative{{need(bearer)}},
				Demands: security.Demands{Fresh: true, FreshWithin: 5 * time.Minute, Roles: []string{"admin", "ops"}},
			},
			{Method: "POST", Path: "/either", Security: []security.Alternative{
				{need(oauth, "read", "write")}, {need(cookie), need(header)}, {need(oidc, "any")},
			}},
			{ID: "inherits", Method: "GET", Path: "/inherits", Security: []security.Alternative{{need(bearer)}}},
			{Method: "GET", Path: "/optional", Security: []security.Alternative{{}, {need(bearer)}}},
			{Method: "GET", Path: "/public"},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestVersions reads what only 3.1 has, and 3.2.
func TestVersions(t *testing.T) {
	t.Parallel()
	body := "components:\n  securitySchemes:\n    mtls: {type: mutualTLS}\n    bearer: {type: http, scheme: bearer}\n" +
		paths("GET /a: , security: [{mtls: []}, {bearer: [role]}]")
	for _, version := range []string{"3.1.0", "3.1.1", "3.2.0"} {
		got, err := table(document(version, body))
		if err != nil {
			t.Errorf("%s: %v", version, err)
			continue
		}
		if got.Schemes[1].Kind != security.MutualTLS || got.Operations[0].Security[1][0].Scopes[0] != "role" {
			t.Errorf("%s: %+v", version, got)
		}
	}
}

// TestOwnDocument: the table of the SDK's own document.
func TestOwnDocument(t *testing.T) {
	t.Parallel()
	got, err := table(string(spec.YAML()))
	if err != nil {
		t.Fatal(err)
	}
	fromJSON, err := table(string(spec.JSON()))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got, fromJSON); diff != "" {
		t.Errorf("YAML and JSON differ:\n%s", diff)
	}
	if len(got.Operations) != 13 || len(got.Schemes) != 6 {
		t.Errorf("%d operations and %d schemes, want 13 and 6", len(got.Operations), len(got.Schemes))
	}
}

// TestRefusals: what cannot be enforced as it is written, and the exact words.
func TestRefusals(t *testing.T) {
	t.Parallel()
	with := func(lines ...string) string { return document("3.0.3", everyScheme+paths(lines...)) }
	scheme := func(s string) string {
		return document("3.0.3", "components: {securitySchemes: {s: "+s+"}}\n"+paths("GET /a: "))
	}
	for _, tt := range []struct{ name, data, want string }{
		{
			"undeclared scheme", with("GET /a: , operationId: a, security: [{nobody: []}]"),
			`openapi: line 16: GET /a (a): the security scheme "nobody" is not declared: add it to components.securitySchemes, or correct the name`,
		},
		{
			"undeclared scheme, inherited", document("3.0.3", "security: [{nobody: []}]\n"+paths("GET /a: ")),
			`openapi: line 6: GET /a: the security scheme "nobody" is not declared: add it to components.securitySchemes, or correct the name`,
		},
		{
			"undeclared scope", with("GET /a: , security: [{oauth: [read, delete]}]"),
			`openapi: line 16: GET /a: the scope "delete" is not declared by the flows of "oauth": add it there, or correct the name`,
		},
		{
			"scopes of a bearer in 3.0", with("GET /a: , security: [{bearer: [read]}]"),
			`openapi: line 16: GET /a: OpenAPI 3.0 has scopes on oauth2 and openIdConnect only, and "bearer" is of type http: declare it as oauth2, or make the document 3.1`,
		},
		{
			"the same operationId", with("GET /a: , operationId: same", "GET /b: , operationId: same"),
			`openapi: line 18: GET /b (same) has the operationId of GET /a (same): every operation needs its own`,
		},
		{
			"a catch-all", with("GET /files/*: "),
			`openapi: line 16: GET /files/*: routers take * for everything that follows, and its security would hold for that: write a parameter`,
		},
		{
			"the same route", with("GET /a/{x}: , parameters: [{name: x, in: path, required: true, schema: {type: string}}]",
				"GET /a/{y}: , parameters: [{name: y, in: path, required: true, schema: {type: string}}]"),
			`openapi: line 18: GET /a/{y} and GET /a/{x} are the same route: no router can tell them apart`,
		},
		{
			"digest", scheme("{type: http, scheme: digest}"),
			`openapi: line 3: the security scheme "s" is of type http with the scheme "digest": bearer and basic are supported`,
		},
		{
			"unknown type", scheme("{type: magic}"),
			`openapi: line 3: the security scheme "s" is of type "magic": http, apiKey, oauth2, openIdConnect and mutualTLS are supported`,
		},
		{
			"API key in the path", scheme("{type: apiKey, in: path, name: x}"),
			`openapi: line 3: the security scheme "s" is an API key in "path": header, cookie and query are supported`,
		},
		{
			"API key without a name", scheme("{type: apiKey, in: header}"),
			`openapi: line 3: the security scheme "s" is an API key without a name: say the name of the header, cookie or query parameter`,
		},
		{
			"several at once", with("GET /a: , security: [{x: []}, {oauth: [y]}]"),
			`openapi: line 16: GET /a: the security scheme "x" is not declared: add it to components.securitySchemes, or correct the name
line 16: GET /a: the scope "y" is not declared by the flows of "oauth": add it there, or correct the name`,
		},

		{
			"extension: token type", scheme("{type: http, scheme: bearer, x-authsdk: {type: REFRESH}}"),
			`openapi: line 3: the security scheme "s": x-authsdk: type must be a token type such as refresh`,
		},
		{
			"extension: proof", scheme("{type: http, scheme: bearer, x-authsdk: {proof: 1}}"),
			`openapi: line 3: the security scheme "s": x-authsdk: proof must be true or false`,
		},
		{
			"extension: unknown member of a scheme", scheme("{type: http, scheme: bearer, x-authsdk: {fresh: true}}"),
			`openapi: line 3: the security scheme "s": x-authsdk has the member "fresh", which is not known here: ["type" "proof"] are`,
		},
		{
			"extension: unknown member", with("GET /a: , security: [{bearer: []}], x-authsdk: {Fresh: true}"),
			`openapi: line 16: GET /a: x-authsdk has the member "Fresh", which is not known here: ["fresh" "fresh-within" "roles"] are`,
		},
		{
			"extension: no object", with("GET /a: , security: [{bearer: []}], x-authsdk: fresh"),
			`openapi: line 16: GET /a: x-authsdk must be an object`,
		},
		{
			"extension: bad values", with("GET /a: , security: [{bearer: []}], x-authsdk: {fresh: 'yes', fresh-within: 5, roles: admin}"),
			`openapi: line 16: GET /a: x-authsdk: fresh must be true or false
x-authsdk: fresh-within must be a duration such as 5m
x-authsdk: roles must be a list of names`,
		},
		{
			"extension: negative duration", with("GET /a: , security: [{bearer: []}], x-authsdk: {fresh-within: -5m}"),
			`openapi: line 16: GET /a: x-authsdk: fresh-within must be a duration such as 5m`,
		},
		{
			"extension: no roles", with("GET /a: , security: [{bearer: []}], x-authsdk: {roles: []}"),
			`openapi: line 16: GET /a: x-authsdk: roles must be a list of names`,
		},
		{
			"extension: public", with("GET /a: , security: [], x-authsdk: {fresh: true}"),
			`openapi: line 16: GET /a: x-authsdk has no effect on requests without credentials, which the operation admits`,
		},
		{
			"extension: optional", with("GET /a: , security: [{bearer: []}, {}], x-authsdk: {fresh: true}"),
			`openapi: line 16: GET /a: x-authsdk has no effect on requests without credentials, which the operation admits`,
		},
		{
			"extension: on the document", document("3.0.3", "x-authsdk: {fresh: true}\n"+paths("GET /a: ")),
			`openapi: line 1: the document: x-authsdk has no effect here: put it on an operation of paths, or on a security scheme`,
		},
		{
			"extension: on a path", document("3.0.3", "paths:\n  /a:\n    x-authsdk: {fresh: true}\n    get: {responses: {'200': {description: d}}}\n"),
			`openapi: line 4: paths./a: x-authsdk has no effect here: put it on an operation of paths, or on a security scheme`,
		},
	} {
		_, err := table(tt.data)
		if err == nil || err.Error() != tt.want {
			t.Errorf("%s:\n got %v\nwant %s", tt.name, err, tt.want)
		}
	}
	for name, tt := range map[string]struct{ data, want string }{
		"no document": {"hello", "openapi: "},
		"nothing":     {"", "openapi: "},
		"version 2":   {"swagger: '2.0'", "openapi: this is no OpenAPI document of version 3"},
		"remote $ref": {document("3.0.3", "paths:\n  /a:\n    $ref: 'https://other.example/a.yaml'\n"), "openapi: the document cannot be read"},
		"file $ref":   {document("3.0.3", "paths:\n  /a:\n    $ref: './a.yaml'\n"), "openapi: the document cannot be read"},
		"not valid":   {document("3.0.3", "paths:\n  /a:\n    get: {}\n"), "openapi: the document is not valid"},
		"too large":   {strings.Repeat(" ", 17<<20), "openapi: the document has"},
	} {
		if _, err := table(tt.data); err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %s…", name, err, tt.want)
		}
	}
}

// FuzzTable: no document makes the reader panic, and a table that comes out is
// one that a validator takes.
func FuzzTable(f *testing.F) {
	f.Add([]byte(document("3.0.3", everyScheme+paths("GET /a: , security: [{bearer: []}]"))))
	f.Add([]byte(document("3.1.0", paths("GET /a: "))))
	f.Add(spec.JSON())
	f.Fuzz(func(t *testing.T, data []byte) {
		doc, err := openapi.Load(data)
		if err != nil {
			return
		}
		got, err := openapi.Table(doc)
		if err != nil {
			return
		}
		auths := map[string]security.Authenticator{}
		for _, s := range got.Schemes {
			auths[s.Name] = func(context.Context, *security.Credential) (*security.Principal, error) { return nil, nil }
		}
		if _, err := security.New(got, auths); err != nil {
			t.Fatalf("the table is refused: %v", err)
		}
	})
}
