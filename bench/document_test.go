package bench_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/authsdk/authsdk-go/authsdk/openapi"
	"github.com/authsdk/authsdk-go/authsdk/security"
)

// resources is how many the document has. Each has three operations.
const resources = 20

func resource(i int) string { return fmt.Sprintf("/resource%02d", i) }

// document returns a document of 60 operations: list, create and get for every
// resource. A new one at every call, because the official middlewares keep and
// change it.
func document(t testing.TB) *openapi3.T {
	t.Helper()
	var text strings.Builder
	text.WriteString(`openapi: 3.0.3
info: { title: Sixty operations, version: "1" }
security: [{ token: [read] }]
components:
  securitySchemes:
    token:
      type: oauth2
      flows: { clientCredentials: { tokenUrl: /token, scopes: { read: Read, write: Write } } }
  schemas:
    Item:
      type: object
      required: [name, quantity]
      properties:
        name: { type: string, minLength: 1, maxLength: 100 }
        quantity: { type: integer, minimum: 1 }
        note: { type: string }
paths:
`)
	for i := range resources {
		fmt.Fprintf(&text, `
  %[1]s:
    get:
      operationId: list%02[2]d
      parameters: [{ name: limit, in: query, schema: { type: integer } }]
      responses: { "200": { description: The list } }
    post:
      operationId: create%02[2]d
      security: [{ token: [write] }]
      requestBody:
        required: true
        content: { application/json: { schema: { $ref: "#/components/schemas/Item" } } }
      responses: { "200": { description: Created } }
  %[1]s/{id}:
    get:
      operationId: get%02[2]d
      parameters: [{ name: id, in: path, required: true, schema: { type: string, maxLength: 36 } }]
      responses: { "200": { description: The item } }
`, resource(i), i)
	}
	doc, err := openapi.Load([]byte(text.String()))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// validator returns our validator of the document.
func validator(t testing.TB) *security.Validator {
	t.Helper()
	table, err := openapi.Table(document(t))
	if err != nil {
		t.Fatal(err)
	}
	v, err := security.New(table, map[string]security.Authenticator{"token": authenticate})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestDocument(t *testing.T) {
	table := validator(t).Table()
	if got := len(table.Operations); got != 60 {
		t.Errorf("the document has %d operations, want 60", got)
	}
	for i := range table.Operations {
		want := "token[read]"
		if op := &table.Operations[i]; op.Method == http.MethodPost {
			want = "token[write]"
		}
		if got := table.Guard(&table.Operations[i]); got != want {
			t.Errorf("%s is guarded by %s, want %s", &table.Operations[i], got, want)
		}
	}
}

// TestLookup: finding an operation allocates nothing, in the spelling of any
// router, known or not.
func TestLookup(t *testing.T) {
	index := validator(t).Index("")
	for _, pattern := range []string{resource(7), resource(7) + "/{id}", resource(7) + "/:id", "/unknown", ""} {
		for _, method := range []string{"GET", "POST", "HEAD", "PURGE"} {
			if n := testing.AllocsPerRun(1000, func() { index.Lookup(method, pattern) }); n != 0 {
				t.Errorf("Lookup(%s, %q) allocates %v times, want 0", method, pattern, n)
			}
		}
	}
}
