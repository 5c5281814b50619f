package openapi_test

import (
	"strings"
	"testing"

	"github.com/authsdk/authsdk-go/authsdk/openapi"
)

// TestMergeKeepsGuards: what YAML hides from the merging does not become open.
func TestMergeKeepsGuards(t *testing.T) {
	t.Parallel()
	const (
		open = "info: {title: open, version: '1'}\npaths:\n  /x:\n    get: {responses: {'200': {description: ok}}}\n"
		head = "info: {title: guarded, version: '1'}\nsecurity: [{k: []}]\n" +
			"components: {securitySchemes: {k: {type: http, scheme: bearer}}}\npaths:\n"
	)
	for _, c := range []struct{ name, version, paths string }{
		{"an operation", "3.0.3", "  /a:\n    x-op: &op {responses: {'200': {description: ok}}}\n    get: *op\n"},
		{"a merge key", "3.1.0", "  /a:\n    x-item: &item {get: {responses: {'200': {description: ok}}}}\n    <<: *item\n"},
		{"an operation of another method", "3.2.0", "  /a:\n    additionalOperations: {COPY: {responses: {'200': {description: ok}}}}\n"},
	} {
		version := "openapi: " + c.version + "\n"
		got, err := openapi.Merge([]byte(version+open), []byte(version+head+c.paths), openapi.MergeOptions{BasePath: "/api"})
		if err == nil || !strings.Contains(err.Error(), " /a would not be guarded as it is") {
			t.Errorf("%s: got %s and error %v", c.name, got, err)
		}
	}
	const item = "openapi: 3.0.3\n" + head + "  /a: &item\n    get: {responses: {'200': {description: ok}}}\n  /b: *item\n"
	merged, err := openapi.Merge([]byte("openapi: 3.0.3\n"+open), []byte(item), openapi.MergeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if got := guards(t, merged); got["GET /a"] != "k" || got["GET /b"] != "k" {
		t.Errorf("an alias of a path: got %v", got)
	}
}

// TestMergeComparesValues: aliases of one name are not the same component.
func TestMergeComparesValues(t *testing.T) {
	t.Parallel()
	document := func(path, scheme string) []byte {
		return []byte("openapi: 3.0.3\ninfo: {title: a, version: '1'}\nx-s: &s " + scheme + "\npaths:\n  " + path +
			":\n    get: {security: [{k: []}], responses: {'200': {description: ok}}}\ncomponents: {securitySchemes: {k: *s}}\n")
	}
	_, err := openapi.Merge(document("/a", "{type: http, scheme: bearer}"), document("/b", "{type: http, scheme: basic}"), openapi.MergeOptions{})
	if err == nil || !strings.Contains(err.Error(), "the component securitySchemes k is in both, and not the same") {
		t.Errorf("got %v", err)
	}
}

// TestMergeKeepsMeanings: an alias that comes along finds another value of its name.
func TestMergeKeepsMeanings(t *testing.T) {
	t.Parallel()
	const first = "openapi: 3.0.3\ninfo: {title: a, version: '1'}\nx-d: &d {fresh: false}\nx-s: &s {type: http, scheme: bearer}\n" +
		"paths:\n  /a:\n    get: {responses: {'200': {description: ok}}}\n"
	for _, c := range []struct{ name, second, want string }{
		{
			"a demand",
			"x-d: &d {fresh: true}\npaths:\n  /b:\n    get: {x-authsdk: *d, security: [{k: []}], responses: {'200': {description: ok}}}\n" +
				"components: {securitySchemes: {k: {type: http, scheme: bearer}}}\n",
			"GET /b would not be guarded as it is",
		},
		{
			"a scheme",
			"x-s: &s {type: http, scheme: basic}\npaths:\n  /b:\n    get: {security: [{k: []}], responses: {'200': {description: ok}}}\n" +
				"components: {securitySchemes: {k: *s}}\n",
			"the security scheme k would not be what it is",
		},
	} {
		got, err := openapi.Merge([]byte(first), []byte("openapi: 3.0.3\ninfo: {title: b, version: '1'}\n"+c.second), openapi.MergeOptions{})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %s and error %v", c.name, got, err)
		}
	}
}

// TestMergeKeepsDemands: a demand at another line is the same demand.
func TestMergeKeepsDemands(t *testing.T) {
	t.Parallel()
	document := func(path, more string) []byte {
		return []byte("openapi: 3.0.3\ninfo: {title: a, version: '1'}\n" + more + "paths:\n  " + path +
			":\n    get:\n      x-authsdk:\n        fresh: true\n        roles: [admin]\n      security: [{k: []}]\n" +
			"      responses: {'200': {description: ok}}\ncomponents:\n  securitySchemes:\n    k:\n      type: http\n      scheme: bearer\n")
	}
	if _, err := openapi.Merge(document("/a", "x-b: 1\nx-c: 2\n"), document("/b", ""), openapi.MergeOptions{}); err != nil {
		t.Error(err)
	}
}
