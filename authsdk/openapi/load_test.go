package openapi_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/authsdk/authsdk-go/authsdk/openapi"
	"github.com/authsdk/authsdk-go/authsdk/security"
)

func TestLoadFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, data string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const item = "get: {security: [{b: []}], responses: {'200': {description: d}}}\n"
	const schemes = "components: {securitySchemes: {b: {type: http, scheme: bearer}}}\n"
	write("secret.yaml", item)
	write("doc/paths/a.yaml", item)
	ref := func(to string) string { return document("3.0.3", schemes+"paths:\n  /a:\n    $ref: '"+to+"'\n") }
	doc, err := openapi.LoadFile(write("doc/good.yaml", ref("./paths/a.yaml")))
	if err != nil {
		t.Fatal(err)
	}
	got, err := openapi.Table(doc)
	if err != nil || len(got.Operations) != 1 || got.Operations[0].Public() {
		t.Errorf("%+v, %v", got, err)
	}
	if err := os.Symlink(filepath.Join(dir, "secret.yaml"), filepath.Join(dir, "doc", "link.yaml")); err != nil {
		t.Fatal(err)
	}
	for _, to := range []string{"../secret.yaml", "./link.yaml", filepath.Join(dir, "secret.yaml"), "https://other.example/a.yaml", "//other.example/a.yaml", "./missing.yaml"} {
		if _, err := openapi.LoadFile(write("doc/bad.yaml", ref(to))); err == nil {
			t.Errorf("a $ref to %s is read", to)
		}
	}
	if _, err := openapi.LoadFile(filepath.Join(dir, "nowhere", "x.yaml")); err == nil {
		t.Error("a folder that is not there is no mistake")
	}
}

func TestNewValidator(t *testing.T) {
	t.Parallel()
	data := document("3.0.3", everyScheme+paths("GET /a: , operationId: a, security: [{bearer: []}]"))
	auth := func(context.Context, *security.Credential) (*security.Principal, error) { return nil, nil }
	if v, err := openapi.NewValidator([]byte(data), map[string]security.Authenticator{"bearer": auth}); err != nil || v.Index("").Lookup("GET", "/a") == nil {
		t.Errorf("%v, %v", v, err)
	}
	for _, data := range []string{data, "x", document("3.0.3", paths("GET /a: , security: [{x: []}]"))} {
		if _, err := openapi.NewValidator([]byte(data), nil); err == nil {
			t.Errorf("no error for %.40s", data)
		}
	}
}
