package openapi_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/authsdk/authsdk-go/authsdk/openapi"
)

// TestEmptySecurity: what YAML makes null, and members that stand twice.
func TestEmptySecurity(t *testing.T) {
	t.Parallel()
	const jsonDocument = `{"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "security": [{"b": []}],
"components": {"securitySchemes": {"b": {"type": "http", "scheme": "bearer"}}},
"paths": {"/a": {"get": {"responses": {"200": {"description": "d"}}, "operationId": "a"}, "parameters": []}}}`
	if _, err := table(jsonDocument); err != nil {
		t.Fatal(err)
	}
	inJSON := func(old, replacement string) string { return strings.Replace(jsonDocument, old, replacement, 1) }
	for _, tt := range []struct{ name, data, want string }{
		{
			"null requirement", document("3.0.3", everyScheme+paths("GET /a: , security: [null, {bearer: []}]")),
			"openapi: line 16: GET /a: one of the alternatives in security is null: write {} to admit everybody, or remove it",
		},
		{
			"null requirement, inherited", document("3.0.3", everyScheme+"security:\n  -\n  - bearer: []\n"+paths("GET /a: ")),
			"openapi: line 19: GET /a: one of the alternatives in security is null: write {} to admit everybody, or remove it",
		},
		{
			"null requirement in JSON", inJSON(`"operationId": "a"`, `"security": [null]`),
			"openapi: GET /a: one of the alternatives in security is null: write {} to admit everybody, or remove it",
		},
		{
			"empty in the document", document("3.0.3", everyScheme+"security:\n"+paths("GET /a: ")),
			"openapi: line 1: the document: security is empty: write [] to admit everybody, or leave it out",
		},
		{
			"empty in an operation", document("3.0.3", everyScheme+"security: [{bearer: []}]\n"+paths("GET /a: , security: ~")),
			"openapi: line 17: GET /a: security is empty: write [] to admit everybody, or leave it out",
		},
		{
			"null in JSON", inJSON(`[{"b": []}]`, "null"),
			"openapi: the document cannot be read: line 3: the document: security is empty: write [] to admit everybody, or leave it out",
		},
		{
			"null in an operation in JSON", inJSON(`"operationId": "a"`, `"security": null`),
			"openapi: the document cannot be read: line 3: paths./a.get: security is empty: write [] to admit everybody, or leave it out",
		},
		{
			"member twice in JSON", inJSON(`"operationId": "a"`, "\"security\": [{\"b\": []}],\n\"secur\\u0069ty\": []"),
			`openapi: the document cannot be read: line 4: paths./a.get: the member "security" stands twice: remove one`,
		},
	} {
		_, err := table(tt.data)
		if err == nil || err.Error() != tt.want {
			t.Errorf("%s:\n got %v\nwant %s", tt.name, err, tt.want)
		}
	}
	// What is data, or another name, stays.
	for _, members := range []string{
		`"x-data": {"security": null}`, `"x-data": [{"a": 1}, {"a": 1}]`, `"x-data": {"a": {"a": {}}, "A": {}}`,
	} {
		if _, err := table(inJSON(`"operationId": "a"`, members)); err != nil {
			t.Errorf("%s: %v", members, err)
		}
	}
	dir := t.TempDir()
	for name, data := range map[string]string{
		"openapi.yaml": document("3.0.3", "paths:\n  /a:\n    $ref: ./a.json\n"),
		"a.json":       `{"get": {"security": [{"b": []}], "security": [], "responses": {"200": {"description": "d"}}}}`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := openapi.LoadFile(filepath.Join(dir, "openapi.yaml")); err == nil || !strings.Contains(err.Error(), `a.json: line 1: get: the member "security" stands twice`) {
		t.Errorf("a member that stands twice in another file: %v", err)
	}
}

// TestMisplaced: the extension is refused in every object that may have
// extensions, and is nobody's where it is data.
func TestMisplaced(t *testing.T) {
	t.Parallel()
	const ext = "x-authsdk: {roles: [admin]}"
	with := func(operation, rest string) string {
		return document("3.1.0", everyScheme+rest+`
paths:
  /a:
    post:
      security: [{bearer: []}]
      responses: {'200': {description: d}}
`+operation)
	}
	for _, tt := range []struct{ place, data string }{
		{"the document", with("", ext)},
		{"info.contact", strings.Replace(with("", ""), "version: '1'", "version: '1', contact: {"+ext+"}", 1)},
		{"servers", with("", "servers: [{url: /, "+ext+"}]")},
		{"tags", with("", "tags: [{name: x, "+ext+"}]")},
		{"paths", with("  "+ext+"\n", "")},
		{"paths./b", with("  /b: {"+ext+"}\n", "")},
		{"paths./a.post.parameters", with("      parameters: [{name: q, in: query, schema: {type: string}, "+ext+"}]\n", "")},
		{"paths./a.post.parameters.schema.properties.p", with("      parameters: [{name: q, in: query, schema: {properties: {p: {"+ext+"}}}}]\n", "")},
		{"paths./a.post.requestBody", with("      requestBody: {content: {}, "+ext+"}\n", "")},
		{"paths./a.post.requestBody.content.a/b", with("      requestBody: {content: {a/b: {"+ext+"}}}\n", "")},
		{"paths./a.post.responses", strings.Replace(with("", ""), "responses: {", "responses: {"+ext+", ", 1)},
		{"paths./a.post.responses.200", strings.Replace(with("", ""), "description: d", "description: d, "+ext, 1)},
		{"paths./a.post.responses.default.headers.H", strings.Replace(with("", ""), "responses: {",
			"responses: {default: {description: d, headers: {H: {schema: {}, "+ext+"}}}, ", 1)},
		{"paths./a.post.callbacks.c.{$url}.get", with("      callbacks: {c: {'{$url}': {get: {responses: {'200': {description: d}}, "+ext+"}}}}\n", "")},
		{"webhooks.w.post", with("", "webhooks: {w: {post: {responses: {'200': {description: d}}, "+ext+"}}}")},
		{"components.securitySchemes.other", strings.Replace(with("", ""), "    bearer:",
			"    other: {$ref: '#/components/securitySchemes/bearer', x-authsdk: {type: refresh}}\n    bearer:", 1)},
		{"components.securitySchemes.oauth.flows", strings.Replace(with("", ""), "flows: {", "flows: {"+ext+", ", 1)},
		{"components.schemas.s", document("3.1.0", "components: {schemas: {s: {"+ext+"}}}\npaths: {}\n")},
		{"components.schemas.s.additionalProperties", document("3.1.0", "components: {schemas: {s: {additionalProperties: {X-AuthSDK: 1}}}}\npaths: {}\n")},
	} {
		_, err := table(tt.data)
		if err == nil || !strings.Contains(err.Error(), ": "+tt.place+": ") || !strings.Contains(err.Error(), " has no effect here: put it on an operation") ||
			strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", tt.place, err)
		}
	}
	for _, data := range []string{
		with("      x-AuthSDK: {roles: [admin]}\n", ""),
		strings.Replace(with("", ""), "x-authsdk: {proof", "x-Authsdk: {proof", 1),
	} {
		if _, err := table(data); err == nil || !strings.HasSuffix(err.Error(), " has no effect: write it x-authsdk") {
			t.Errorf("another case: %v", err)
		}
	}
	for name, data := range map[string]string{
		"a name of a property": with("      requestBody: {content: {a/b: {schema: {properties: {x-authsdk: {type: object}, properties: {type: string}}}}}}\n", ""),
		"an example":           with("      requestBody: {content: {a/b: {example: {"+ext+"}}}}\n", ""),
		"examples":             with("      requestBody: {content: {a/b: {examples: {e: {value: {"+ext+"}}}}}}\n", ""),
		"values of a schema":   with("      requestBody: {content: {a/b: {schema: {default: {"+ext+"}, enum: [{"+ext+"}], const: {"+ext+"}, examples: [{"+ext+"}], example: {"+ext+"}}}}}\n", ""),
		"a name of a header":   strings.Replace(with("", ""), "description: d", "description: d, headers: {X-AuthSDK: {schema: {type: string}}}", 1),
		"another extension":    with("", "x-other: {"+ext+"}"),
		"an operation":         with("      "+ext+"\n", ""),
		"a path by reference":  with("      "+ext+"\n  /b: {$ref: '#/paths/~1a'}\n", ""),
		"a schema in itself":   document("3.1.0", "components: {schemas: {s: {properties: {s: {$ref: '#/components/schemas/s'}}}}}\npaths: {}\n"),
	} {
		if _, err := table(data); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestNoEffect: the extension stands where it may, and would do nothing.
func TestNoEffect(t *testing.T) {
	t.Parallel()
	scheme := func(s string) string {
		return document("3.1.0", "components: {securitySchemes: {s: "+s+"}}\n"+paths("GET /a: , security: [{s: []}]"))
	}
	with := func(line string) string { return document("3.0.3", everyScheme+paths(line)) }
	const noToken = `openapi: line 3: the security scheme "s": x-authsdk: type has no effect on a scheme that carries no token: remove it`
	for _, tt := range []struct{ name, data, want string }{
		{"type on basic", scheme("{type: http, scheme: basic, x-authsdk: {type: refresh}}"), noToken},
		{"type on mutualTLS", scheme("{type: mutualTLS, x-authsdk: {type: refresh}}"), noToken},
		{"type in a cookie", scheme("{type: apiKey, in: cookie, name: c, x-authsdk: {type: refresh}}"), ""},
		{"type in a header", scheme("{type: apiKey, in: header, name: X, x-authsdk: {type: refresh}}"), ""},
		{"proof beside another", with("GET /a: , security: [{csrf: [], cookie: []}]"), ""},
		{
			"proof alone", with("GET /a: , security: [{bearer: []}, {csrf: []}]"),
			"openapi: line 16: GET /a: an alternative has proofs alone (csrf), which identify nobody: add the scheme that they prove something about",
		},
		{
			"nothing demanded of everybody", with("GET /a: , security: [], x-authsdk: {fresh: false}"),
			"openapi: line 16: GET /a: x-authsdk has no effect on requests without credentials, which the operation admits",
		},
	} {
		_, err := table(tt.data)
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
	}
}
