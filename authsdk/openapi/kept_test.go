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
