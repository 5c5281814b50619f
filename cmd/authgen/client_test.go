package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestOptionNames holds the names that are refused against a client that
// oapi-codegen generated: every option it has of its own, and only where a
// client is written.
func TestOptionNames(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), "../../gen/client/client.gen.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, decl := range file.Decls {
		f, ok := decl.(*ast.FuncDecl)
		if !ok || f.Recv != nil || !strings.HasPrefix(f.Name.Name, "With") {
			continue
		}
		found++
		scheme := strings.TrimPrefix(f.Name.Name, "With")
		doc := "openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths: {}\ncomponents:\n  securitySchemes:\n    " + scheme + ": {type: http, scheme: bearer}\n"
		want := "authgen: the security scheme \"" + scheme + "\" makes the option " + f.Name.Name +
			", which the client of oapi-codegen has already: rename the scheme\n"
		dir, status, output := generate(t, doc, "--out", "DIR/server.go", "--client-out", "DIR/client.go")
		if status != 1 || output != want {
			t.Errorf("%s: %d\n got %swant %s", scheme, status, output, want)
		}
		if _, err := os.Stat(filepath.Join(dir, "server.go")); err == nil {
			t.Errorf("%s: a file was written", scheme)
		}
		if _, status, output := generate(t, doc, "--out", "DIR/server.go"); status != 0 {
			t.Errorf("%s without a client: %s", scheme, output)
		}
		tls := strings.Replace(strings.Replace(doc, "3.0.3", "3.1.0", 1), "{type: http, scheme: bearer}", "{type: mutualTLS}", 1)
		if _, status, output := generate(t, tls, "--client-out", "DIR/client.go"); status != 0 {
			t.Errorf("%s, which gets no option: %s", scheme, output)
		}
	}
	if found == 0 {
		t.Error("the client has no options")
	}
	if _, status, output := generate(t, "openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths: {}\ncomponents:\n  securitySchemes:\n    httpClient: {type: http, scheme: bearer}\n",
		"--client-out", "DIR/client.go"); status != 1 || !strings.Contains(output, `"httpClient" makes the option WithHTTPClient`) {
		t.Errorf("httpClient: %d %s", status, output)
	}
}
