package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// TestATK206HostileDocuments (ATK-206): what a document holds becomes quoted text of the
// code or an error, nothing of it is fetched, and none keeps the generator busy.
func TestATK206HostileDocuments(t *testing.T) {
	t.Parallel()
	var fetched atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { fetched.Add(1) }))
	defer server.Close()
	document := func(scheme, id, path, rest string) string {
		return fmt.Sprintf(`{"openapi":"3.0.3","info":{"title":"t","version":"1"},
"components":{"securitySchemes":{%q:{"type":"apiKey","in":"header","name":"X-Key"}},"schemas":{"S":{"type":"object"}%s}},
"paths":{%q:{"get":{"operationId":%q,"security":[{%q:[]}],"responses":{"200":{"description":"ok"}}}}}}`, scheme, rest, path, id, scheme)
	}
	plain := func(rest string) string { return document("key", "get", "/x", rest) }
	documents := map[string]string{
		"plain":           plain(""),
		"recursive":       plain(`,"T":{"type":"object","properties":{"t":{"$ref":"#/components/schemas/T"}}}`),
		"two that recur":  plain(`,"T":{"$ref":"#/components/schemas/U"},"U":{"$ref":"#/components/schemas/T"}`),
		"itself":          plain(`,"T":{"$ref":"#/components/schemas/T"}`),
		"a network $ref":  plain(`,"T":{"$ref":"` + server.URL + `/x.json"}`),
		"a file":          plain(`,"T":{"$ref":"../../../../etc/passwd"}`),
		"an absolute one": plain(`,"T":{"$ref":"file:///etc/passwd"}`),
		"17 MB":           plain("") + strings.Repeat(" ", 17<<20),
		"deep":            strings.Repeat("[", 1<<20),
		"aliases":         "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: [*f,*f,*f,*f,*f,*f,*f,*f,*f]\n",
		"nothing":         "",
		"no document":     "\x00\xff",
	}
	for i, name := range []string{
		`a"b`, "a`b", "a\nfunc init() { panic(1) }", "*/ func init() {} /*", "func", "type", "init", "_", "String", "1", "a\u2028b", "//go:embed x", "", "\u202e",
	} {
		documents[fmt.Sprint("scheme ", i)] = document(name, "get", "/x", "")
		documents[fmt.Sprint("operation ", i)] = document("key", name, "/x", "")
		documents[fmt.Sprint("path ", i)] = document("key", "get", "/"+name, "")
	}
	generated := 0
	for name, text := range documents {
		dir := t.TempDir()
		in, out := filepath.Join(dir, "openapi.yaml"), filepath.Join(dir, "out.go")
		if err := os.WriteFile(in, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		var stdout, stderr bytes.Buffer
		if status := run([]string{"--out", out, "--client-out", filepath.Join(dir, "client.go"), in}, &stdout, &stderr); status != 0 {
			if stderr.Len() == 0 || stderr.Len() > 4096 || strings.Contains(stderr.String(), "root:") {
				t.Errorf("%s: refused with %d bytes, %.200s", name, stderr.Len(), stderr.String())
			}
			continue
		}
		generated++
		for _, file := range []string{out, filepath.Join(dir, "client.go")} {
			parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			ast.Inspect(parsed, func(n ast.Node) bool {
				if f, ok := n.(*ast.FuncDecl); ok && f.Name.Name == "init" {
					t.Errorf("%s: the document has put a function into the code", name)
				}
				return true
			})
		}
	}
	if generated < 10 || generated == len(documents) {
		t.Errorf("of %d documents %d were generated from", len(documents), generated)
	}
	if n := fetched.Load(); n != 0 {
		t.Errorf("%d times something was fetched", n)
	}
}
