package openapi_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/authsdk/authsdk-go/authsdk/openapi"
	"github.com/authsdk/authsdk-go/gen/spec"
)

// shop is somebody's document.
const shop = `openapi: 3.0.3
info: {title: Shop, version: 1.0.0} # ours
servers:
  - url: https://shop.example
security:
  - token: []
tags:
  - name: Notes
paths:
  # what people write down
  /notes:
    get:
      operationId: notes
      tags: [Notes]
      responses:
        "200": {description: all of them}
components:
  securitySchemes:
    token: {type: http, scheme: bearer}
`

// guards returns what guards each route of a document.
func guards(t *testing.T, document []byte) map[string]string {
	t.Helper()
	doc, err := openapi.Load(document)
	if err != nil {
		t.Fatal(err)
	}
	table, err := openapi.Table(doc)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for i := range table.Operations {
		op := &table.Operations[i]
		found[op.Method+" "+op.Path] = table.Guard(op)
	}
	return found
}

// TestMerge adds the token endpoints to a document: every route of both is guarded
// as before.
func TestMerge(t *testing.T) {
	t.Parallel()
	ours, theirs := guards(t, spec.YAML()), guards(t, []byte(shop))
	for _, base := range []string{"", "/api"} {
		merged, err := openapi.Merge([]byte(shop), spec.YAML(), openapi.MergeOptions{BasePath: base})
		if err != nil {
			t.Fatal(err)
		}
		got := guards(t, merged)
		if len(got) != len(ours)+len(theirs) {
			t.Errorf("got %d routes, want %d and %d", len(got), len(ours), len(theirs))
		}
		for route, guard := range theirs {
			if got[route] != guard {
				t.Errorf("%s: got %q, want %q", route, got[route], guard)
			}
		}
		for route, guard := range ours {
			method, path, _ := strings.Cut(route, " ")
			if route = method + " " + base + path; got[route] != guard {
				t.Errorf("%s: got %q, want %q", route, got[route], guard)
			}
		}
		for _, kept := range []string{"# ours", "# what people write down", "url: https://shop.example"} {
			if !bytes.Contains(merged, []byte(kept)) {
				t.Errorf("%q is gone", kept)
			}
		}
		if bytes.Contains(merged, []byte("127.0.0.1")) {
			t.Error("got the servers of the other document")
		}
		again, err := openapi.Merge(merged, spec.JSON(), openapi.MergeOptions{BasePath: base})
		if err != nil || !bytes.Equal(again, merged) {
			t.Errorf("merging once more: got another document, or error %v", err)
		}
	}
}

func TestMergeJSON(t *testing.T) {
	t.Parallel()
	document, err := openapi.JSON([]byte(shop))
	if err != nil {
		t.Fatal(err)
	}
	merged, err := openapi.Merge(document, spec.YAML(), openapi.MergeOptions{})
	if err != nil || !json.Valid(merged) {
		t.Errorf("got error %v, and JSON: %t", err, json.Valid(merged))
	}
}

// TestMergeSecurity: what was public stays public, and what one document guards by
// its global security stays guarded, whatever the other's says.
func TestMergeSecurity(t *testing.T) {
	t.Parallel()
	const open = `openapi: 3.0.3
info: {title: Open, version: 1.0.0}
paths:
  /news: {get: {operationId: news, responses: {"200": {description: news}}}}
`
	for name, pair := range map[string][2]string{"added to the guarded": {shop, open}, "added to the open": {open, shop}} {
		merged, err := openapi.Merge([]byte(pair[0]), []byte(pair[1]), openapi.MergeOptions{})
		if err != nil {
			t.Fatal(err)
		}
		got := guards(t, merged)
		want := map[string]string{"GET /news": guards(t, []byte(open))["GET /news"], "GET /notes": guards(t, []byte(shop))["GET /notes"]}
		for route, guard := range want {
			if got[route] != guard {
				t.Errorf("%s: %s: got %q, want %q", name, route, got[route], guard)
			}
		}
	}
}

func TestMergeRefuses(t *testing.T) {
	t.Parallel()
	other := func(old, changed string) string {
		if !strings.Contains(shop, old) {
			t.Fatalf("the shop has no %q", old)
		}
		return strings.ReplaceAll(shop, old, changed)
	}
	for name, tt := range map[string]struct {
		document, added string
		o               openapi.MergeOptions
		want            string
	}{
		"a path with another operation": {shop, other("all of them", "some of them"), openapi.MergeOptions{}, "the path /notes is in both"},
		"an operationId elsewhere":      {shop, other("/notes", "/remarks"), openapi.MergeOptions{}, "the operationId notes stands at /notes and at /remarks"},
		"a scheme of another kind": {
			shop, strings.NewReplacer("/notes", "/remarks", "operationId: notes", "operationId: remarks", "scheme: bearer", "scheme: basic").Replace(shop),
			openapi.MergeOptions{},
			"the component securitySchemes token is in both",
		},
		"no document":         {"nothing", shop, openapi.MergeOptions{}, "the first document: "},
		"no second document":  {shop, "{}", openapi.MergeOptions{}, "the second document: "},
		"a base with a slash": {shop, shop, openapi.MergeOptions{BasePath: "/api/"}, "BasePath"},
		"a base without one":  {shop, shop, openapi.MergeOptions{BasePath: "api"}, "BasePath"},
		"nullable in a newer document": {
			other("3.0.3", "3.1.0"),
			strings.NewReplacer("/notes", "/remarks", "operationId: notes", "operationId: remarks", "components:\n",
				"components:\n  schemas: {Remark: {type: string, nullable: true}}\n").Replace(shop),
			openapi.MergeOptions{},
			"nullable",
		},
		"a scheme that nobody declares": {shop, strings.NewReplacer("/notes", "/remarks", "operationId: notes", "operationId: remarks",
			"- token: []", "- nobody: []").Replace(shop), openapi.MergeOptions{}, "nobody"},
	} {
		if _, err := openapi.Merge([]byte(tt.document), []byte(tt.added), tt.o); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got error %v, want %q", name, err, tt.want)
		}
	}
}

func TestJSONRefuses(t *testing.T) {
	t.Parallel()
	for _, document := range []string{"", "- a list", "a: &x 1\nb: *x", "1: 2", "a: [", "\x00"} {
		if out, err := openapi.JSON([]byte(document)); err == nil {
			t.Errorf("JSON(%q): got %s, want an error", document, out)
		}
	}
}
