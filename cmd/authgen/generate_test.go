package main

import (
	"bytes"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/authsdk/authsdk-go/authsdk/openapi"
	"github.com/authsdk/authsdk-go/authsdk/security"
)

// generate writes a document to a file and runs the command on it.
func generate(t *testing.T, document string, args ...string) (dir string, status int, output string) {
	t.Helper()
	dir = t.TempDir()
	path := filepath.Join(dir, "openapi.yaml")
	if err := os.WriteFile(path, []byte(document), 0o600); err != nil {
		t.Fatal(err)
	}
	for i, a := range args {
		args[i] = strings.ReplaceAll(a, "DIR", dir)
	}
	var out bytes.Buffer
	status = run(append(args, path), &out, &out)
	return dir, status, out.String()
}

const document = `
openapi: 3.1.0
info: {title: t, version: '1'}
components:
  securitySchemes:
    bearerAuth: {type: http, scheme: bearer}
    login: {type: http, scheme: basic}
    api_key: {type: apiKey, in: header, name: X-API-Key}
    session-cookie: {type: apiKey, in: cookie, name: sid}
    key: {type: apiKey, in: query, name: key}
    mtls: {type: mutualTLS}
    refresh: {type: http, scheme: bearer, x-authsdk: {type: refresh}}
paths:
  /orders:
    get:
      operationId: listOrders
      security: [{bearerAuth: [read, write]}, {session-cookie: [], api_key: []}, {}]
      responses: {'200': {description: d}}
    post:
      security: [{mtls: []}]
      x-authsdk: {fresh: true, fresh-within: 90s, roles: [a, b]}
      responses: {'200': {description: d}}
  /public:
    get:
      operationId: get-public_thing.v2
      responses: {'200': {description: d}}
  /half:
    get:
      operationId: half
      security: [{login: []}, {key: []}, {refresh: []}]
      x-authsdk: {fresh-within: 1500ms}
      responses: {'200': {description: d}}
`

// TestGenerate holds what is generated against the file that was read over.
func TestGenerate(t *testing.T) {
	t.Parallel()
	dir, status, output := generate(t, document, "--package", "shop", "--out", "DIR/server.go", "--client-out", "DIR/client.go", "--client-package", "shopclient")
	if status != 0 {
		t.Fatal(output)
	}
	for _, name := range []string{"server.go", "client.go"} {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		golden := filepath.Join("testdata", name+".golden")
		if os.Getenv("UPDATE") != "" {
			if err := os.WriteFile(golden, got, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s (-want +got; UPDATE=1 writes it anew):\n%s", name, diff)
		}
		if formatted, err := format.Source(got); err != nil || !bytes.Equal(formatted, got) {
			t.Errorf("%s is not as gofmt wants it: %v", name, err)
		}
	}
}

// TestRefuses: the exact words, and no file is touched.
func TestRefuses(t *testing.T) {
	t.Parallel()
	operation := func(id string) string {
		return "openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths:\n  /a:\n    get: {operationId: " + id + ", responses: {'200': {description: d}}}\n" +
			"  /b:\n    get: {operationId: getA, responses: {'200': {description: d}}}\n"
	}
	scheme := func(names ...string) string {
		doc := "openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths: {}\ncomponents:\n  securitySchemes:\n"
		for _, n := range names {
			doc += "    " + n + ": {type: http, scheme: bearer}\n"
		}
		return doc
	}
	out := []string{"--out", "DIR/out.go"}
	for _, tt := range []struct {
		name, document string
		args           []string
		want           string
	}{
		{"nothing to write", document, nil, "authgen: nothing to write: give --out, --client-out or both\n"},
		{"bad package", document, append(out, "--package", "my-api"), "authgen: \"my-api\" is no name for a package\n"},
		{"keyword as package", document, append(out, "--package", "func"), "authgen: \"func\" is no name for a package\n"},
		{"operations of one name", operation("get-a"), out, "authgen: the operations \"get-a\" and \"getA\" make the same Go name OpGetA: rename one of them\n"},
		{"schemes of one name", scheme("a_b", "aB"), out, "authgen: the security schemes \"aB\" and \"a_b\" make the same Go name AB: rename one of them\n"},
		{"a scheme without a name in Go", scheme("'1st'"), out, "authgen: the security scheme \"1st\" makes no Go name: begin it with a letter of ASCII\n"},
		{
			"undeclared scheme", strings.ReplaceAll(document, "mtls: []", "tls: []"), out,
			"authgen: openapi: line 19: POST /orders: the security scheme \"tls\" is not declared: add it to components.securitySchemes, or correct the name\n",
		},
	} {
		dir, status, output := generate(t, tt.document, append([]string{}, tt.args...)...)
		if status != 1 || output != tt.want {
			t.Errorf("%s: %d\n got %swant %s", tt.name, status, output, tt.want)
		}
		if _, err := os.Stat(filepath.Join(dir, "out.go")); err == nil {
			t.Errorf("%s: a file was written", tt.name)
		}
	}
	if status := run([]string{"--help"}, &bytes.Buffer{}, &bytes.Buffer{}); status != 0 {
		t.Errorf("--help ends with %d", status)
	}
}

func TestGoName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"listOrders": "ListOrders", "list_orders": "ListOrders", "list-orders.v2": "ListOrdersV2", "csrfToken": "CSRFToken", "orderId": "OrderID",
		"getURL": "GetURL", "HTTPServer": "HTTPServer", "get /orders/{id}": "GetOrdersID", "ünïcode": "NCode", "": "", "**/": "", "x\ny": "XY", "JWT": "JWT",
	} {
		if got := goName(name); got != want {
			t.Errorf("goName(%q) = %q, want %q", name, got, want)
		}
	}
}

// TestCompiles builds what is generated, with a client that stands for one of
// oapi-codegen.
func TestCompiles(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("testdata", "tmp-") //nolint:usetesting // inside the module, to resolve its imports
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	files := map[string]string{
		"doc/openapi.yaml": document,
		"client/stub.go": `package client
import ("context"; "net/http")
type Client struct{ edit []func(context.Context, *http.Request) error }
type ClientOption func(*Client) error
func WithRequestEditorFn(f func(context.Context, *http.Request) error) ClientOption {
	return func(c *Client) error { c.edit = append(c.edit, f); return nil }
}`,
	}
	for name, data := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if status := run([]string{"--out", dir + "/doc/security.go", "--package", "doc", "--client-out", dir + "/client/security.go", dir + "/doc/openapi.yaml"}, &out, &out); status != 0 {
		t.Fatal(out.String())
	}
	bare := filepath.Join(dir, "bare")
	if err := os.Mkdir(bare, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(bare+"/openapi.yaml", []byte("openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths: {}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if status := run([]string{
		"--out", bare + "/security.go", "--package", "bare", "--client-out", bare + "/client.go", "--client-package", "bare", bare + "/openapi.yaml",
	}, &out, &out); status != 0 {
		t.Fatal(out.String())
	}
	cmd := exec.CommandContext(t.Context(), "go", "vet", "./"+dir+"/doc", "./"+dir+"/client", "./"+bare)
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
}

// FuzzGenerate: whatever a document calls its things, what is generated
// parses, has one SecurityHandler, and holds no code of the document's.
func FuzzGenerate(f *testing.F) {
	f.Add("bearer", "X-Key", "listOrders", "/orders", "read")
	f.Add("a\"b", "*/ func init() { panic(1) } /*", "x\nfunc init() {}", "/`\n", "\\\"")
	f.Add("type", "\u2028", "func", "/{", "\xff")
	f.Fuzz(func(t *testing.T, scheme, param, id, path, scope string) {
		table := &security.Table{
			Schemes: []security.Scheme{{Name: scheme, Kind: security.APIKeyHeader, Param: param, TokenType: scope}, {Name: "basic", Kind: security.Basic}},
			Operations: []security.Operation{{
				ID: id, Method: "GET", Path: path, Security: []security.Alternative{{{Scheme: 0, Scopes: []string{scope}}}, {}},
				Demands: security.Demands{Fresh: true, FreshWithin: 1, Roles: []string{scope}},
			}},
		}
		g := generator{source: path, table: table}
		server, err := g.server("api")
		if err != nil {
			if strings.Contains(err.Error(), "bug of authgen") {
				t.Fatal(err)
			}
			return
		}
		client, err := g.client("client")
		if err != nil {
			t.Fatal(err)
		}
		for _, code := range [][]byte{server, client} {
			file, err := parser.ParseFile(token.NewFileSet(), "x.go", code, 0)
			if err != nil {
				t.Fatalf("%v:\n%s", err, code)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if f, ok := n.(*ast.FuncDecl); ok && f.Name.Name == "init" {
					t.Fatalf("the document has put a function into the code:\n%s", code)
				}
				return true
			})
		}
		if n := strings.Count(string(server), strconv.Quote(scheme)); n < 2 {
			t.Fatalf("the scheme %q stands %d times in the code:\n%s", scheme, n, server)
		}
	})
}

// TestOwnFilesAreFresh: the files of this module that are generated are what
// the command writes now.
func TestOwnFilesAreFresh(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ document, out, pkg string }{
		{"../../openapi.yaml", "../../gen/api/security.gen.go", "api"},
		{"../../examples/orders/orders/openapi.yaml", "../../examples/orders/orders/security.gen.go", "orders"},
	} {
		doc, err := openapi.LoadFile(tt.document)
		if err != nil {
			t.Fatal(err)
		}
		table, err := openapi.Table(doc)
		if err != nil {
			t.Fatal(err)
		}
		g := generator{source: "openapi.yaml", table: table}
		want, err := g.server(tt.pkg)
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(tt.out)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is stale: run go generate", tt.out)
		}
	}
}
