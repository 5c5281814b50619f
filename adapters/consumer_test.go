package adapters_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// routerModules are the routers, by the adapter that may bring them.
var routerModules = map[string]string{
	"authchi":   "github.com/go-chi/chi/v5",
	"authgin":   "github.com/gin-gonic/gin",
	"authecho":  "github.com/labstack/echo/v5",
	"authecho4": "github.com/labstack/echo/v4",
	"authhttp":  "",
}

// never are the modules that no adapter brings.
var never = []string{
	"github.com/oapi-codegen/oapi-codegen/v2",
	"github.com/getkin/kin-openapi", "github.com/alexedwards/argon2id",
	"github.com/pressly/goose/v3",
	"modernc.org/sqlite",
	"github.com/redis/go-redis/v9",
	"github.com/redis/rueidis",
	"github.com/jackc/pgx/v5",
}

// TestConsumer: a program that imports one adapter gets its router and no
// other, no driver and no generator; neither compiled in, nor in its go.mod and
// go.sum.
func TestConsumer(t *testing.T) {
	t.Parallel()
	for adapter, router := range routerModules {
		t.Run(adapter, func(t *testing.T) {
			t.Parallel()
			dir := consumer(t, adapter)
			goCommand(t, dir, "build", "-mod=mod", "-o", os.DevNull, ".")
			packages := strings.Fields(goCommand(t, dir, "list", "-mod=mod", "-deps", "."))
			requirements, sums := readFile(t, dir, "go.mod"), readFile(t, dir, "go.sum")
			if router != "" && !links(packages, router) {
				t.Errorf("%s is not linked", router)
			}
			for _, m := range foreignTo(router) {
				if links(packages, m) {
					t.Errorf("%s is linked", m)
				}
				if strings.Contains(requirements, m+" ") || strings.Contains(sums, m+" ") {
					t.Errorf("%s stands in go.mod or go.sum", m)
				}
			}
			t.Logf("%d indirect requirements, %d lines of go.sum", strings.Count(requirements, "// indirect"), strings.Count(sums, "\n"))
		})
	}
}

// TestConsumerTidies: go mod tidy of a consumer loads the tests of every package
// that he imports, so a router in one of them is a download and lines of go.sum
// for everybody.
func TestConsumerTidies(t *testing.T) {
	t.Parallel()
	const module = "github.com/authsdk/authsdk-go"
	for adapter, router := range routerModules {
		imported := []string{"list", "-test", "-deps"}
		for p := range strings.FieldsSeq(goCommand(t, ".", "list", "-deps", module+"/adapters/"+adapter, module+"/authsdk/memstore")) {
			if strings.HasPrefix(p, module) {
				imported = append(imported, p)
			}
		}
		tested := strings.Fields(goCommand(t, ".", imported...))
		for _, m := range foreignTo(router) {
			if links(tested, m) {
				t.Errorf("the tests of what %s links bring %s", adapter, m)
			}
		}
	}
}

// foreignTo are the modules that a program with one router does not want.
func foreignTo(router string) []string {
	foreign := slices.Clone(never)
	for _, other := range routerModules {
		if other != "" && other != router {
			foreign = append(foreign, other)
		}
	}
	return foreign
}

// links reports whether one of the packages is of the module m.
func links(packages []string, m string) bool {
	return slices.ContainsFunc(packages, func(p string) bool { return p == m || strings.HasPrefix(p, m+"/") })
}

// TestSecurityLinksNothing: generated code and clients import authsdk/security,
// so it stands on the standard library alone.
func TestSecurityLinksNothing(t *testing.T) {
	t.Parallel()
	const path = "github.com/authsdk/authsdk-go/authsdk/security"
	foreign := goCommand(t, ".", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", path)
	if got := strings.Fields(foreign); !slices.Equal(got, []string{path}) {
		t.Errorf("outside the standard library it links %q, want itself alone", got)
	}
}

// consumer writes a program of another module, which imports one adapter and
// the store in memory, and returns its folder.
func consumer(t *testing.T, adapter string) string {
	t.Helper()
	const module = "github.com/authsdk/authsdk-go"
	root, version, _ := strings.Cut(strings.TrimSpace(goCommand(t, ".", "list", "-m", "-f", "{{.Dir}}\t{{.GoVersion}}")), "\t")
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod": fmt.Sprintf("module example.com/consumer\n\ngo %[2]s\n\nrequire %[1]s v0.0.0\n\nreplace %[1]s => %[3]q\n",
			module, version, root),
		"main.go": fmt.Sprintf("package main\n\nimport (\n\t_ %q\n\t_ %q\n)\n\nfunc main() {}\n",
			module+"/adapters/"+adapter, module+"/authsdk/memstore"),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func readFile(t *testing.T, dir, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// goCommand runs the go command in dir and returns what it prints. It asks no
// network: where the module cache lacks a file, the test is skipped. Where
// nothing may be skipped, the file is fetched.
func goCommand(t *testing.T, dir string, args ...string) string {
	t.Helper()
	var stderr strings.Builder
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir, cmd.Stderr = dir, &stderr
	cmd.Env = append(cmd.Environ(), "GOWORK=off", "GOFLAGS=")
	offline := os.Getenv("AUTHSDK_TEST_REQUIRE") == ""
	if offline {
		cmd.Env = append(cmd.Env, "GOPROXY=off", "GOSUMDB=off")
	}
	out, err := cmd.Output()
	if err != nil {
		if offline && strings.Contains(stderr.String(), "GOPROXY=off") {
			t.Skipf("the module cache lacks a file; AUTHSDK_TEST_REQUIRE=1 fetches it: %s", &stderr)
		}
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, &stderr)
	}
	return string(out)
}
